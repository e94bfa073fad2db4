/**
 * Kafka's record batch, magic 2 (Kafka documentation, "Record Batch"): read straight from the fetched bytes.
 * Keys, values and headers are views into those bytes: copy what is kept for long.
 */
import { gunzipSync } from 'node:zlib';
import { BusError, UnreadableBatch, type LogRecord, type TopicPartition } from '../port.js';

const HEADER_BYTES = 61;
const LENGTH_PREFIX = 12;
const CODEC_MASK = 0x07;
const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;
const LOG_APPEND_TIME = 0x08;
const CODECS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];
const ABORT_MARKER = 0;
/** Against a few bytes that unpack to gigabytes; a batch is at most `max.message.bytes` packed. */
const MAX_INFLATED = 64 * 1024 * 1024;

export interface AbortedTransaction {
  readonly producerId: bigint;
  readonly firstOffset: number;
}

export interface DecodedRecords {
  readonly records: LogRecord[];
  /** The offset after the last whole batch; the asked offset if there is none. */
  readonly position: number;
}

class Cursor {
  at = 0;
  constructor(readonly bytes: Buffer) {}

  varint(): number {
    const { bytes } = this;
    let shift = 0;
    let value = 0;
    for (;;) {
      const byte = bytes[this.at++];
      if (byte === undefined) throw new RangeError('record ends within a number');
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
      shift += 7;
      if (shift > 28) throw new RangeError('number longer than 32 bits');
    }
    return (value >>> 1) ^ -(value & 1);
  }

  /** Beyond 2^32 the shift operators lose bits; timestamps need 2^53. */
  varlong(): number {
    const { bytes } = this;
    let factor = 1;
    let value = 0;
    for (;;) {
      const byte = bytes[this.at++];
      if (byte === undefined) throw new RangeError('record ends within a number');
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) break;
      factor *= 128;
      if (factor > 2 ** 63) throw new RangeError('number longer than 64 bits');
    }
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  take(length: number): Buffer | null {
    if (length < 0) return null;
    const end = this.at + length;
    if (end > this.bytes.length)
      throw new RangeError(`record needs ${length} bytes, ${this.bytes.length - this.at} are left`);
    const view = this.bytes.subarray(this.at, end);
    this.at = end;
    return view;
  }
}

const EMPTY = Buffer.alloc(0);
const NO_HEADERS: Readonly<Record<string, Buffer>> = Object.freeze({});

/** The latest names of headers: a log's records carry the same few, and making text of bytes is dear. */
const names: { readonly bytes: Buffer; readonly text: string }[] = [];
const NAMES_KEPT = 8;

const sameBytes = (name: Buffer, bytes: Buffer, at: number): boolean => {
  for (let i = 0; i < name.length; i++) if (name[i] !== bytes[at + i]) return false;
  return true;
};

const readName = (cursor: Cursor): string => {
  const length = cursor.varint();
  for (const { bytes, text } of names) {
    if (bytes.length !== length || !sameBytes(bytes, cursor.bytes, cursor.at)) continue;
    cursor.at += length;
    return text;
  }
  const bytes = cursor.take(length) ?? EMPTY;
  const text = bytes.toString('utf8');
  if (names.unshift({ bytes: Buffer.from(bytes), text }) > NAMES_KEPT) names.pop();
  return text;
};

const readHeaders = (cursor: Cursor): Readonly<Record<string, Buffer>> => {
  const count = cursor.varint();
  if (count <= 0) return NO_HEADERS;
  // No prototype: a header may be called anything, `__proto__` too.
  const headers = Object.create(null) as Record<string, Buffer>;
  for (let i = 0; i < count; i++) {
    const name = readName(cursor);
    headers[name] = cursor.take(cursor.varint()) ?? EMPTY;
  }
  return headers;
};

const inflate = (codec: number, body: Buffer, at: TopicPartition, offset: number): Buffer => {
  if (codec === 0) return body;
  if (codec === 1) return gunzipSync(body, { maxOutputLength: MAX_INFLATED });
  throw new BusError(
    'UNSUPPORTED_CODEC',
    `${at.topic}-${at.partition}@${offset}: expected a batch without compression or with gzip, found ${CODECS[codec] ?? codec}; ` +
      'set compression.type=gzip on the topic and publish the record again',
    false,
  );
};

/** Decodes whole batches; stops before a cut one at the end. Records below `from` and of aborted transactions are left out. */
export const decodeRecords = (
  bytes: Buffer,
  at: TopicPartition,
  from: number,
  aborted: readonly AbortedTransaction[] = [],
): DecodedRecords => {
  const records: LogRecord[] = [];
  const waiting = [...aborted].sort((a, b) => a.firstOffset - b.firstOffset);
  const aborting = new Set<bigint>();
  let position = from;
  let start = 0;
  while (start + HEADER_BYTES <= bytes.length) {
    const base = Number(bytes.readBigInt64BE(start));
    const end = start + LENGTH_PREFIX + bytes.readInt32BE(start + 8);
    if (end > bytes.length || end < start + HEADER_BYTES) break;
    const magic = bytes.readInt8(start + 16);
    if (magic !== 2)
      throw new BusError(
        'UNSUPPORTED_CODEC',
        `${at.topic}-${at.partition}@${base}: expected record format 2, found ${magic}`,
        false,
      );
    const attributes = bytes.readInt16BE(start + 21);
    const last = base + bytes.readInt32BE(start + 23);
    const producerId = bytes.readBigInt64BE(start + 43);
    while (waiting[0] !== undefined && waiting[0].firstOffset <= last) {
      aborting.add(waiting[0].producerId);
      waiting.shift();
    }
    if ((attributes & CONTROL) !== 0) {
      if (controlType(bytes, start) === ABORT_MARKER) aborting.delete(producerId);
    } else if (last >= from && !((attributes & TRANSACTIONAL) !== 0 && aborting.has(producerId))) {
      // A batch that cannot be read after others that can: those first, the error at the next fetch.
      try {
        readBatch(bytes.subarray(start, end), at, { base, attributes, from }, records);
      } catch (error) {
        if (position > from) break;
        if (error instanceof BusError) throw error;
        const message = error instanceof Error ? error.message : String(error);
        const unreadable = `${at.topic}-${at.partition}@${base} to ${last}: expected records of at most ${MAX_INFLATED} bytes in a batch, found: ${message}`;
        const value = Buffer.from(bytes.subarray(start, end));
        const place = { topic: at.topic, partition: at.partition, offset: last };
        const timestamp = Number(bytes.readBigInt64BE(start + 35));
        const record = { ...place, timestamp, key: null, value, headers: NO_HEADERS, unreadable };
        throw new UnreadableBatch(unreadable, record, { cause: error });
      }
    }
    position = Math.max(position, last + 1);
    start = end;
  }
  return { records, position };
};

/** The key of a control record is {version int16, type int16}. */
const controlType = (bytes: Buffer, start: number): number => {
  const cursor = new Cursor(bytes);
  cursor.at = start + HEADER_BYTES;
  cursor.varint();
  cursor.at += 1;
  cursor.varlong();
  cursor.varint();
  const key = cursor.take(cursor.varint());
  return key === null || key.length < 4 ? ABORT_MARKER : key.readInt16BE(2);
};

const readBatch = (
  batch: Buffer,
  at: TopicPartition,
  head: { base: number; attributes: number; from: number },
  into: LogRecord[],
): void => {
  const firstTimestamp = Number(batch.readBigInt64BE(27));
  const maxTimestamp = Number(batch.readBigInt64BE(35));
  const count = batch.readInt32BE(57);
  const cursor = new Cursor(
    inflate(head.attributes & CODEC_MASK, batch.subarray(HEADER_BYTES), at, head.base),
  );
  const { topic, partition } = at;
  const kept = into.length;
  try {
    for (let i = 0; i < count; i++) {
      const end = cursor.varint() + cursor.at;
      if (end <= cursor.at || end > cursor.bytes.length)
        throw new RangeError('record of an impossible length');
      cursor.at += 1;
      const timestampDelta = cursor.varlong();
      const offset = head.base + cursor.varint();
      if (offset < head.from) {
        cursor.at = end;
        continue;
      }
      const timestamp =
        (head.attributes & LOG_APPEND_TIME) !== 0 ? maxTimestamp : firstTimestamp + timestampDelta;
      const key = cursor.take(cursor.varint());
      const value = cursor.take(cursor.varint());
      into.push({ topic, partition, offset, timestamp, key, value, headers: readHeaders(cursor) });
      cursor.at = end;
    }
  } catch (error) {
    into.length = kept;
    throw error;
  }
};
