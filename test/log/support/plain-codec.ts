import { createHash } from 'node:crypto';
import { BusError, type LogRecord } from '../../../src/bus/port.js';
import type { Decoded, LogCodec } from '../../../src/log/index.js';

/** How often decoding fails because "the registry" is away: a chance drawn per record. */
export type Away = () => boolean;

const never: Away = () => false;
const hashes = (key: string, value: unknown): unknown =>
  key === 'prevHash' && typeof value === 'string' ? Buffer.from(value, 'hex') : value;

/** Decoded once per bytes, as all readers of one simulation share the log's buffers. */
const known = new WeakMap<Buffer, Decoded>();

/** JSON in place of Avro: fast, without a registry, for simulations. A type that begins with `Future` is unknown to it. */
export const plainCodec = (away: Away = never): LogCodec => ({
  encode: (_topic, name, record) => {
    const { prevHash } = record as { prevHash?: Buffer };
    const meta = (record as { meta?: { prevHash: Buffer } }).meta;
    const shown = {
      ...record,
      ...(prevHash === undefined ? {} : { prevHash: prevHash.toString('hex') }),
      ...(meta === undefined ? {} : { meta: { ...meta, prevHash: meta.prevHash.toString('hex') } }),
    };
    return { value: Buffer.from(`${name} ${JSON.stringify(shown)}`), headers: {} };
  },
  decode: (record) =>
    away() ? Promise.reject(new BusError('UNREACHABLE', 'the registry is away', true)) : decodePlain(record),
  hash: ({ value }) =>
    createHash('sha256')
      .update(value ?? Buffer.alloc(0))
      .digest(),
});

const decodePlain = ({ value }: LogRecord): Decoded => {
  if (value === null) return { kind: 'undecodable', code: 'NO_VALUE', message: 'a tombstone' };
  const found = known.get(value) ?? parse(value);
  known.set(value, found);
  return found;
};

const parse = (value: Buffer): Decoded => {
  const text = value.toString();
  const space = text.indexOf(' ');
  if (space < 0) return { kind: 'undecodable', code: 'NOT_A_RECORD', message: 'no name in front' };
  const name = text.slice(0, space);
  try {
    const record = JSON.parse(text.slice(space + 1), hashes) as Record<string, unknown>;
    if (!name.startsWith('Future')) return { kind: 'event', name, record };
    return { kind: 'unknown', fullName: name, head: (record['meta'] ?? null) as never };
  } catch {
    return { kind: 'undecodable', code: 'NOT_A_RECORD', message: 'no JSON behind the name' };
  }
};
