/**
 * A topic's id (KIP-516), so that a topic that was deleted and made again is noticed. kafkajs knows Metadata up to version
 * 6; ids came with 10, whose header and strings are "flexible" (KIP-482).
 */
import type { KafkaBroker, ProtocolRequest } from './kafkajs-protocol.js';
import { Encoder } from './kafkajs-protocol.js';

const METADATA = 3;
const VERSION = 10;

/** Unsigned varint, 7 bits a byte. */
const readUnsigned = (bytes: Buffer, at: { n: number }): number => {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes.readUInt8(at.n++);
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
};

const skipTags = (bytes: Buffer, at: { n: number }): void => {
  for (let tags = readUnsigned(bytes, at); tags > 0; tags--) {
    readUnsigned(bytes, at);
    const length = readUnsigned(bytes, at);
    at.n += length;
  }
};

/** Compact strings carry their length plus one; nothing at all is 0. */
const skipString = (bytes: Buffer, at: { n: number }): void => {
  const length = readUnsigned(bytes, at) - 1;
  at.n += Math.max(0, length);
};

/** Reads as far as the first topic: throttle, brokers, cluster id, controller, then {error, name, id, …}. */
const decodeTopicId = (bytes: Buffer): string | null => {
  const at = { n: 0 };
  skipTags(bytes, at); // the header's
  at.n += 4;
  for (let brokers = readUnsigned(bytes, at) - 1; brokers > 0; brokers--) {
    at.n += 4;
    skipString(bytes, at);
    at.n += 4;
    skipString(bytes, at);
    skipTags(bytes, at);
  }
  skipString(bytes, at);
  at.n += 4;
  if (readUnsigned(bytes, at) < 2) return null;
  const errorCode = bytes.readInt16BE(at.n);
  at.n += 2;
  skipString(bytes, at);
  const id = bytes.subarray(at.n, at.n + 16);
  return errorCode !== 0 || id.every((byte) => byte === 0) ? null : id.toString('base64url');
};

/** The id as Kafka's tools print it, or null where the broker (before 2.8) knows none. */
export const fetchTopicId = async (broker: KafkaBroker, topic: string): Promise<string | null> => {
  const name = Buffer.from(topic, 'utf8');
  // Topic names are at most 249 bytes: their length plus one takes one or two bytes.
  const length = name.length + 1;
  const prefix = length < 0x80 ? [length] : [(length & 0x7f) | 0x80, length >> 7];
  const body = Buffer.concat([
    Buffer.from([0, 2]), // no tags in the header; one topic
    Buffer.alloc(16), // by name, not by id
    Buffer.from(prefix),
    name,
    Buffer.from([0, 0, 0, 0, 0]), // topic's tags, no auto-creation, no authorised operations (2), tags
  ]);
  const request: ProtocolRequest<string | null> = {
    request: {
      apiKey: METADATA,
      apiVersion: VERSION,
      apiName: 'Metadata',
      encode: () => Promise.resolve(new Encoder().writeBuffer(body)),
    },
    response: {
      decode: (payload) => Promise.resolve(payload).then(decodeTopicId),
      parse: (decoded) => Promise.resolve(decoded),
    },
    logResponseError: false,
  };
  const connection = await broker.connectionPool.getConnection(0);
  return connection.send(request).catch(() => null);
};
