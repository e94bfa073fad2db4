/** One Produce request (version 7, `acks=all`, never repeated here), answered partition by partition. */
import type { OutgoingRecord, TopicPartition } from '../port.js';
import type { KafkaBroker, ProtocolRequest } from './kafkajs-protocol.js';
import { Encoder } from './kafkajs-protocol.js';
import { encodeRecordBatch } from './record-encoder.js';

const PRODUCE = 0;
const VERSION = 7;
const ALL_REPLICAS = -1;
const NO_TRANSACTION = -1;

export interface ProducePart extends TopicPartition {
  readonly records: readonly OutgoingRecord[];
}

export interface ProducedPart extends TopicPartition {
  readonly errorCode: number;
  /** -1 when the broker did not append. */
  readonly baseOffset: number;
}

const decode = (payload: Buffer): ProducedPart[] => {
  const parts: ProducedPart[] = [];
  let at = 4;
  for (let topics = payload.readInt32BE(0); topics > 0; topics--) {
    const length = payload.readInt16BE(at);
    const topic = payload.toString('utf8', at + 2, at + 2 + length);
    at += 2 + length;
    let n = payload.readInt32BE(at);
    at += 4;
    // partition int32, error code int16, base offset int64, log append time int64, log start offset int64
    for (; n > 0; n--, at += 30) {
      const baseOffset = Number(payload.readBigInt64BE(at + 6));
      parts.push({
        topic,
        partition: payload.readInt32BE(at),
        errorCode: payload.readInt16BE(at + 4),
        baseOffset,
      });
    }
  }
  return parts;
};

const text = (value: string): Buffer => {
  const bytes = Buffer.from(value, 'utf8');
  return Buffer.concat([int16(bytes.length), bytes]);
};
const int16 = (value: number): Buffer => {
  const bytes = Buffer.allocUnsafe(2);
  bytes.writeInt16BE(value);
  return bytes;
};
const int32 = (value: number): Buffer => {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeInt32BE(value);
  return bytes;
};

/** {transactional id, acks, time-out, [topic, [partition, records]]}. */
const encode = (parts: readonly ProducePart[], timeoutMs: number): Buffer => {
  const topics = new Map<string, ProducePart[]>();
  for (const part of parts) {
    const list = topics.get(part.topic);
    if (list === undefined) topics.set(part.topic, [part]);
    else list.push(part);
  }
  const pieces = [int16(NO_TRANSACTION), int16(ALL_REPLICAS), int32(timeoutMs), int32(topics.size)];
  const now = Date.now();
  for (const [topic, list] of topics) {
    pieces.push(text(topic), int32(list.length));
    for (const { partition, records } of list) {
      const batch = encodeRecordBatch(records, now);
      pieces.push(int32(partition), int32(batch.length), batch);
    }
  }
  return Buffer.concat(pieces);
};

/** Sends the parts to the node in one request. Rejects with kafkajs' errors on connection loss and time-out. */
export const produceTo = async (
  broker: KafkaBroker,
  parts: readonly ProducePart[],
  timeoutMs: number,
): Promise<ProducedPart[]> => {
  const request: ProtocolRequest<ProducedPart[]> = {
    request: {
      apiKey: PRODUCE,
      apiVersion: VERSION,
      apiName: 'Produce',
      encode: () => Promise.resolve(new Encoder(16).writeBuffer(encode(parts, timeoutMs))),
    },
    response: {
      decode: (payload) => Promise.resolve(payload).then(decode),
      parse: (decoded) => Promise.resolve(decoded),
    },
  };
  const connection = await broker.connectionPool.getConnection(0);
  return connection.send(request);
};
