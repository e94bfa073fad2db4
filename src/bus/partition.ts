/**
 * Which partition a key belongs to. The same hash as Kafka's Java client (`Utils.murmur2`), so that every JVM and kafkajs
 * agrees with us; librdkafka's default is another one, which is why intake re-keys what it reads.
 */

const SEED = 0x9747b28c;
const M = 0x5bd1e995;
const R = 24;

/** Murmur2, 32 bits, as a signed integer, over raw bytes. Source: Austin Appleby's MurmurHash2 (public domain). */
export const murmur2 = (bytes: Buffer): number => {
  const { length } = bytes;
  let h = SEED ^ length;
  const whole = length & ~3;
  for (let i = 0; i < whole; i += 4) {
    let k = Math.imul(bytes.readInt32LE(i), M);
    k ^= k >>> R;
    h = Math.imul(h, M) ^ Math.imul(k, M);
  }
  const rest = length - whole;
  if (rest === 3) h ^= bytes.readUInt8(whole + 2) << 16;
  if (rest >= 2) h ^= bytes.readUInt8(whole + 1) << 8;
  if (rest >= 1) h = Math.imul(h ^ bytes.readUInt8(whole), M);
  h = Math.imul(h ^ (h >>> 13), M);
  return h ^ (h >>> 15);
};

/** `toPositive(murmur2(utf8(key))) % partitions`. `partitions` is a positive integer, anything else throws a RangeError. */
export const partitionFor = (key: string, partitions: number): number => {
  if (!Number.isInteger(partitions) || partitions < 1) {
    throw new RangeError(`expected a positive number of partitions, found ${partitions}`);
  }
  return (murmur2(Buffer.from(key, 'utf8')) & 0x7fffffff) % partitions;
};
