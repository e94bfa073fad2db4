/**
 * lz4 and zstd batches as a foreign producer writes them: frames of stored blocks, which every reader of the formats takes
 * (LZ4 frame format 1.6, RFC 8878). Enough to send with, without a native library.
 */
import kafkajs from 'kafkajs';
import type { TopicPartition } from '../../src/bus/port.js';

const { CompressionCodecs, CompressionTypes, logLevel } = kafkajs;

const LZ4_BLOCK = 64 * 1024;
const ZSTD_BLOCK = 128 * 1024;

/** Magic, FLG (version 1, independent blocks), BD (64 KiB), checksum of these two; stored blocks; end mark. */
const lz4Frame = (data: Buffer): Buffer => {
  const parts: Buffer[] = [Buffer.from('04224d18604082', 'hex')];
  for (let at = 0; at < data.length; at += LZ4_BLOCK) {
    const block = data.subarray(at, at + LZ4_BLOCK);
    const size = Buffer.alloc(4);
    size.writeUInt32LE((0x80000000 | block.length) >>> 0);
    parts.push(size, block);
  }
  return Buffer.concat([...parts, Buffer.alloc(4)]);
};

/** Magic, descriptor (single segment, size in 4 bytes), size; raw blocks, the last one marked. */
const zstdFrame = (data: Buffer): Buffer => {
  const size = Buffer.alloc(4);
  size.writeUInt32LE(data.length);
  const parts: Buffer[] = [Buffer.from('28b52ffda0', 'hex'), size];
  for (let at = 0; at < data.length; at += ZSTD_BLOCK) {
    const block = data.subarray(at, at + ZSTD_BLOCK);
    const head = Buffer.alloc(3);
    head.writeUIntLE((block.length << 3) | (at + ZSTD_BLOCK >= data.length ? 1 : 0), 0, 3);
    parts.push(head, block);
  }
  return Buffer.concat(parts);
};

interface Encoder {
  readonly buffer: Buffer;
}

const codec = (frame: (data: Buffer) => Buffer) => () => ({
  compress: ({ buffer }: Encoder) => Promise.resolve(frame(buffer)),
  decompress: () => Promise.reject(new Error('only for sending')),
});

/** Sends one record in a batch of this codec, with a client that is not ours. Resolves with where it stands. */
export const sendCompressed = async (
  brokers: string,
  topic: string,
  how: 'lz4' | 'zstd' | 'gzip',
  record: { readonly key: Buffer | null; readonly value: Buffer; readonly headers?: Record<string, Buffer> },
): Promise<TopicPartition & { readonly offset: number }> => {
  const codecs = CompressionCodecs as Record<number, unknown>;
  const type = { lz4: CompressionTypes.LZ4, zstd: CompressionTypes.ZSTD, gzip: CompressionTypes.GZIP }[how];
  const before = codecs[type];
  if (how !== 'gzip') codecs[type] = codec(how === 'lz4' ? lz4Frame : zstdFrame);
  const kafka = new kafkajs.Kafka({
    brokers: brokers.split(','),
    clientId: 'foreign',
    logLevel: logLevel.NOTHING,
  });
  const producer = kafka.producer();
  await producer.connect();
  try {
    const [sent] = await producer.send({ topic, compression: type, messages: [record] });
    return { topic, partition: sent?.partition ?? 0, offset: Number(sent?.baseOffset) };
  } finally {
    await producer.disconnect();
    codecs[type] = before;
  }
};
