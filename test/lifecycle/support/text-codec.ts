import { createHash } from 'node:crypto';
import type { LogRecord } from '../../../src/bus/port.js';
import type { Decoded, LogCodec, LoggedEvent } from '../../../src/log/index.js';

const BYTES = '$bytes';

/** Buffers have turned themselves into objects before a replacer sees them: look at the holder. */
function withBytes(this: Record<string, unknown>, key: string, value: unknown): unknown {
  const original = this[key];
  return Buffer.isBuffer(original) ? { [BYTES]: original.toString('base64') } : value;
}

const fromBytes = (_key: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && BYTES in value
    ? Buffer.from(String(value[BYTES]), 'base64')
    : value;

/** Decoded once per bytes, as all readers of one simulation share the log's buffers. */
const known = new WeakMap<Buffer, Decoded>();

const parse = (value: Buffer): Decoded => {
  const text = value.toString();
  const space = text.indexOf(' ');
  const record = JSON.parse(text.slice(space + 1), fromBytes) as Record<string, unknown>;
  return { kind: 'event', name: text.slice(0, space), record };
};

const decode = ({ value }: Pick<LogRecord, 'value'>): Decoded => {
  if (value === null) return { kind: 'undecodable', code: 'NO_VALUE', message: 'a tombstone' };
  const found = known.get(value) ?? parse(value);
  known.set(value, found);
  return found;
};

/** Name and JSON in place of Avro: fast and without a registry. Fields keep the order in which they were made. */
export const textCodec: LogCodec = {
  encode: (_topic, name, record) => ({
    value: Buffer.from(`${name} ${JSON.stringify(record, withBytes)}`),
    headers: {},
  }),
  decode,
  hash: ({ value }) =>
    createHash('sha256')
      .update(value ?? Buffer.alloc(0))
      .digest(),
};

/** A record of a simulation as what it says. */
export const read = (record: LogRecord): LoggedEvent => {
  const { name, record: body } = decode(record) as Decoded & { kind: 'event' };
  return { type: name, offset: record.offset, body: body as LoggedEvent['body'] };
};
