/** One Fetch request (version 11) for many partitions of one node, decoded partition by partition. */
import type { TopicPartition } from '../port.js';
import { BusError } from '../port.js';
import { ErrorCode } from './broker-errors.js';
import type { KafkaBroker, ProtocolRequest } from './kafkajs-protocol.js';
import { fetchRequestV11 } from './kafkajs-protocol.js';
import { decodeRecords, type AbortedTransaction, type DecodedRecords } from './record-batch.js';

/** Aborted transactions are never delivered, and the end is the last stable offset. */
export const READ_COMMITTED = 1;

export interface FetchTarget extends TopicPartition {
  readonly position: number;
}

export interface FetchOptions {
  readonly maxWaitMs: number;
  readonly maxBytes: number;
  readonly maxBytesPerPartition: number;
  /** Which of kafkajs' two connections to the node: 1 is its own choice for Fetch, 0 leaves it free for a long poll. */
  readonly connection?: 0 | 1;
}

/** What one partition answered: records, or Kafka's error code, or an error of decoding. */
export interface FetchedPartition extends TopicPartition {
  readonly errorCode: number;
  readonly end: number;
  readonly begin: number;
  /** Decodes lazily and throws `UNSUPPORTED_CODEC` / `INVALID_RECORD`, for this partition alone. */
  decode(from: number): DecodedRecords;
}

class Reading {
  at = 0;
  constructor(readonly bytes: Buffer) {}
  int16(): number {
    this.at += 2;
    return this.bytes.readInt16BE(this.at - 2);
  }
  int32(): number {
    this.at += 4;
    return this.bytes.readInt32BE(this.at - 4);
  }
  int64(): bigint {
    this.at += 8;
    return this.bytes.readBigInt64BE(this.at - 8);
  }
  text(): string {
    const length = this.int16();
    this.at += length;
    return this.bytes.toString('utf8', this.at - length, this.at);
  }
  block(): Buffer {
    const length = Math.max(0, this.int32());
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }
}

const readAborted = (reading: Reading): AbortedTransaction[] => {
  const count = reading.int32();
  return Array.from({ length: Math.max(0, count) }, () => ({
    producerId: reading.int64(),
    firstOffset: Number(reading.int64()),
  }));
};

const readPartition = (topic: string, reading: Reading): FetchedPartition => {
  const partition = reading.int32();
  const errorCode = reading.int16();
  const highWatermark = Number(reading.int64());
  const stable = Number(reading.int64());
  const begin = Number(reading.int64());
  const aborted = readAborted(reading);
  reading.int32(); // the preferred read replica: we always read from the leader
  const block = reading.block();
  const at = { topic, partition };
  return {
    ...at,
    errorCode,
    end: stable >= 0 ? stable : highWatermark,
    begin,
    decode: (from) => decodeRecords(block, at, from, aborted),
  };
};

/** Decodes the body of a Fetch response, version 11. */
export const decodeFetchResponse = (payload: Buffer): FetchedPartition[] => {
  const reading = new Reading(payload);
  reading.int32(); // throttle time
  const errorCode = reading.int16();
  reading.int32(); // session id
  if (errorCode !== ErrorCode.NONE)
    throw new BusError('BROKER', `fetch: the broker answered error ${errorCode}`, true);
  const partitions: FetchedPartition[] = [];
  for (let topics = reading.int32(); topics > 0; topics--) {
    const topic = reading.text();
    for (let n = reading.int32(); n > 0; n--) partitions.push(readPartition(topic, reading));
  }
  return partitions;
};

const groupByTopic = (
  targets: readonly FetchTarget[],
  maxBytes: number,
): Parameters<typeof fetchRequestV11>[0]['topics'] => {
  const topics = new Map<string, { partition: number; fetchOffset: string; maxBytes: number }[]>();
  for (const { topic, partition, position } of targets) {
    const list = topics.get(topic) ?? [];
    if (list.length === 0) topics.set(topic, list);
    list.push({ partition, fetchOffset: String(position), maxBytes });
  }
  return [...topics].map(([topic, partitions]) => ({ topic, partitions }));
};

/** Sends one Fetch. Rejects with kafkajs' errors on connection loss and time-out. */
export const fetchFrom = async (
  broker: KafkaBroker,
  targets: readonly FetchTarget[],
  options: FetchOptions,
): Promise<FetchedPartition[]> => {
  const request: ProtocolRequest<FetchedPartition[]> = {
    request: fetchRequestV11({
      replicaId: -1,
      isolationLevel: READ_COMMITTED,
      maxWaitTime: options.maxWaitMs,
      minBytes: 1,
      maxBytes: options.maxBytes,
      topics: groupByTopic(targets, options.maxBytesPerPartition),
    }),
    response: {
      decode: (payload) => Promise.resolve(payload).then(decodeFetchResponse),
      parse: (decoded) => Promise.resolve(decoded),
    },
    requestTimeout: options.maxWaitMs + 1_000,
  };
  const connection = await broker.connectionPool.getConnection(options.connection ?? 1);
  return connection.send(request);
};
