/** One Produce request (version 7, `acks=all`, never repeated here), answered partition by partition. */
import type { OutgoingRecord, TopicPartition } from '../port.js';
import type { KafkaBroker, ProtocolRequest } from './kafkajs-protocol.js';
import { produceRequestV7 } from './kafkajs-protocol.js';

const ALL_REPLICAS = -1;

export interface ProducePart extends TopicPartition {
  readonly records: readonly OutgoingRecord[];
}

export interface ProducedPart extends TopicPartition {
  readonly errorCode: number;
  /** -1 when the broker did not append. */
  readonly baseOffset: number;
}

/** What a batch of records takes in a request, roughly and never less than half. */
export const sizeOf = (record: OutgoingRecord): number => {
  let size = 24 + (record.key?.length ?? 0) + (record.value?.length ?? 0);
  for (const name in record.headers) size += 4 + name.length + (record.headers[name]?.length ?? 0);
  return size;
};

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

/** Sends the parts to the node in one request. Rejects with kafkajs' errors on connection loss and time-out. */
export const produceTo = async (
  broker: KafkaBroker,
  parts: readonly ProducePart[],
  timeoutMs: number,
): Promise<ProducedPart[]> => {
  const topics = new Map<
    string,
    { partition: number; firstSequence: number; messages: readonly OutgoingRecord[] }[]
  >();
  for (const { topic, partition, records } of parts) {
    const list = topics.get(topic) ?? [];
    if (list.length === 0) topics.set(topic, list);
    list.push({ partition, firstSequence: 0, messages: records });
  }
  const request: ProtocolRequest<ProducedPart[]> = {
    request: produceRequestV7({
      acks: ALL_REPLICAS,
      timeout: timeoutMs,
      topicData: [...topics].map(([topic, partitions]) => ({ topic, partitions })),
    }),
    response: {
      decode: (payload) => Promise.resolve(payload).then(decode),
      parse: (decoded) => Promise.resolve(decoded),
    },
  };
  const connection = await broker.connectionPool.getConnection(0);
  return connection.send(request);
};
