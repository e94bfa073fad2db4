/**
 * Writes a record batch, magic 2, uncompressed (Kafka documentation, "Record Batch"), in one buffer of the right size.
 * kafkajs makes an encoder, and copies it, for every record and every header; this is the hot path of everything we say.
 */
import { crc32c } from '@node-rs/crc32';
import type { OutgoingRecord } from '../port.js';

const HEADER_BYTES = 61;
const CRC_FROM = 21;
const MAGIC = 2;

/** Bytes of a number as zigzag varint. */
const varintSize = (value: number): number => {
  let rest = ((value << 1) ^ (value >> 31)) >>> 0;
  let size = 1;
  while (rest >= 0x80) {
    rest >>>= 7;
    size++;
  }
  return size;
};

const writeVarint = (into: Buffer, start: number, value: number): number => {
  let rest = ((value << 1) ^ (value >> 31)) >>> 0;
  let at = start;
  while (rest >= 0x80) {
    into[at++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  into[at++] = rest;
  return at;
};

const bytesSize = (bytes: Buffer | null): number =>
  bytes === null ? 1 : varintSize(bytes.length) + bytes.length;

const writeBytes = (into: Buffer, start: number, bytes: Buffer | null): number => {
  if (bytes === null) return writeVarint(into, start, -1);
  const at = writeVarint(into, start, bytes.length);
  into.set(bytes, at);
  return at + bytes.length;
};

const NO_HEADERS: Readonly<Record<string, Buffer>> = {};

/** The bytes of headers' names: all records carry the same few. */
const nameBytes = new Map<string, Buffer>();
const NAMES_KEPT = 64;

const bytesOfName = (name: string): Buffer => {
  const known = nameBytes.get(name);
  if (known !== undefined) return known;
  const bytes = Buffer.from(name, 'utf8');
  if (nameBytes.size >= NAMES_KEPT) nameBytes.clear();
  nameBytes.set(name, bytes);
  return bytes;
};

/** Without the length that stands before it. */
const bodySize = ({ key, value, headers = NO_HEADERS }: OutgoingRecord, offsetDelta: number): number => {
  let size = 2 + varintSize(offsetDelta) + bytesSize(key) + bytesSize(value);
  const names = Object.keys(headers);
  for (const name of names) {
    size += bytesSize(bytesOfName(name)) + bytesSize(headers[name] ?? null);
  }
  return size + varintSize(names.length);
};

const writeRecord = (
  into: Buffer,
  start: number,
  record: OutgoingRecord,
  head: { size: number; offsetDelta: number },
): number => {
  let at = writeVarint(into, start, head.size);
  into[at++] = 0; // attributes
  into[at++] = 0; // timestamp delta: all records of a request have its time
  at = writeVarint(into, at, head.offsetDelta);
  at = writeBytes(into, at, record.key);
  at = writeBytes(into, at, record.value);
  const headers = record.headers ?? NO_HEADERS;
  const names = Object.keys(headers);
  at = writeVarint(into, at, names.length);
  for (const name of names) {
    at = writeBytes(into, at, bytesOfName(name));
    at = writeBytes(into, at, headers[name] ?? null);
  }
  return at;
};

/** At least one record; `timestamp` in milliseconds since the epoch. No producer id, no transaction (law 4). */
export const encodeRecordBatch = (records: readonly OutgoingRecord[], timestamp: number): Buffer => {
  const sizes = records.map(bodySize);
  const length = sizes.reduce((sum, size) => sum + varintSize(size) + size, HEADER_BYTES);
  const batch = Buffer.allocUnsafe(length);
  batch.writeBigInt64BE(0n, 0); // base offset: the broker's to give
  batch.writeInt32BE(length - 12, 8);
  batch.writeInt32BE(-1, 12); // leader epoch: the broker's, too
  batch.writeInt8(MAGIC, 16);
  batch.writeInt16BE(0, 21); // attributes
  batch.writeInt32BE(records.length - 1, 23);
  batch.writeBigInt64BE(BigInt(timestamp), 27);
  batch.writeBigInt64BE(BigInt(timestamp), 35);
  batch.writeBigInt64BE(-1n, 43); // producer id
  batch.writeInt16BE(-1, 51);
  batch.writeInt32BE(-1, 53);
  batch.writeInt32BE(records.length, 57);
  let at = HEADER_BYTES;
  records.forEach((record, offsetDelta) => {
    at = writeRecord(batch, at, record, { size: sizes[offsetDelta] ?? 0, offsetDelta });
  });
  batch.writeUInt32BE(crc32c(batch.subarray(CRC_FROM)), 17);
  return batch;
};
