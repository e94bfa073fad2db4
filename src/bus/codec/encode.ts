import { CLOUD_EVENT_TOPICS } from '../../events/topics.js';
import { cloudEventHeaders, traceparentOf } from './cloud-events.js';
import { parseSchema, type RecordSchema } from './compile.js';
import { compileWriter, type BodyWriter } from './compile-writer.js';
import { CodecError } from './errors.js';
import { LONG_RANGE } from './longs.js';
import { MISFIT, Sink } from './sink.js';
import type { KnownSchema } from './source.js';
import { FINGERPRINT_HEADER, fingerprintOf, PREFIX_BYTES } from './wire.js';

/** Below the broker's 1 MiB, with room for key, headers and the batch. */
export const MAX_RECORD_BYTES = 900 * 1024;

/** A record ready to be published: Confluent wire format, and its headers. */
export interface Encoded {
  readonly value: Buffer;
  readonly headers: Readonly<Record<string, Buffer>>;
}

/** An event type of this build with what is worked out once. */
export interface EventType extends KnownSchema {
  readonly type: RecordSchema;
  /** Checks and writes a record. */
  readonly write: BodyWriter;
  readonly fingerprint: Buffer;
  readonly edge: boolean;
}

export const eventType = (schema: KnownSchema): EventType => {
  const type = parseSchema(schema.text);
  return {
    ...schema,
    type,
    write: compileWriter(type),
    fingerprint: fingerprintOf(schema.text),
    edge: CLOUD_EVENT_TOPICS.includes(schema.topic),
  };
};

/** Where records are written before their bytes are copied out. */
const sink = new Sink();

/**
 * Encodes a record under a schema id. Throws `INVALID_RECORD` with path, expected and found, or `RECORD_TOO_LARGE`.
 * Unknown fields are refused as well: a misspelt optional field would be lost for ever.
 */
export const encodeRecord = (event: EventType, id: number, record: object, source: string): Encoded => {
  const value = body(event, id, record);
  const headers = event.edge ? cloudEventHeaders(event.fullName, record, source) : {};
  headers[FINGERPRINT_HEADER] = event.fingerprint;
  const traceparent = traceparentOf(record);
  if (traceparent !== undefined) headers.traceparent = Buffer.from(traceparent, 'utf8');
  return { value, headers };
};

const body = (event: EventType, id: number, record: object): Buffer => {
  sink.begin(PREFIX_BYTES);
  try {
    event.write(sink, record);
  } catch (error) {
    throw error === MISFIT ? invalid(event, record) : error;
  }
  if (sink.length > MAX_RECORD_BYTES) throw tooLarge(event, sink.length);
  const value = sink.taken();
  value[0] = 0;
  value.writeInt32BE(id, 1);
  return value;
};

const tooLarge = (event: EventType, bytes: number): CodecError =>
  new CodecError(
    'RECORD_TOO_LARGE',
    `${event.fullName}: expected at most ${MAX_RECORD_BYTES} bytes, found ${bytes}; shorten its largest text or refer to it by digest`,
    { expected: `at most ${MAX_RECORD_BYTES} bytes`, found: `${bytes} bytes` },
  );

const invalid = (event: EventType, record: object): CodecError => {
  let first: { path: string; expected: string; found: string } | undefined;
  event.type.isValid(record, {
    noUndeclaredFields: true,
    errorHook: (path: string[], found: unknown, type: { typeName: string; name?: string }) => {
      first ??= { path: path.join('.') || '(record)', expected: describe(type, found), found: show(found) };
    },
  } as object);
  const at = first ?? { path: '(record)', expected: event.fullName, found: show(record) };
  return new CodecError(
    'INVALID_RECORD',
    `${event.fullName}, field ${at.path}: expected ${at.expected}, found ${at.found}`,
    at,
  );
};

const describe = (type: { typeName: string; name?: string }, found: unknown): string => {
  const fields = (type as Partial<RecordSchema>).fields;
  if (fields && typeof found === 'object' && found !== null) {
    const extra = Object.keys(found).filter((key) => !fields.some((field) => field.name === key));
    if (extra.length > 0) return `no field ${extra.join(', ')} in ${type.name ?? 'the record'}`;
  }
  if (type.typeName === 'long' && typeof found === 'number') return LONG_RANGE;
  const symbols = (type as { symbols?: readonly string[] }).symbols;
  if (symbols) return `one of ${symbols.join(', ')}`;
  const types = (type as { types?: readonly { typeName: string; name?: string }[] }).types;
  if (types) return types.map((branch) => describe(branch, undefined)).join(' or ');
  const size = (type as { size?: number }).size;
  return size === undefined ? (type.name ?? type.typeName) : `${size} bytes`;
};

/** Short: a record may hold a whole file. */
const show = (value: unknown): string => {
  if (typeof value === 'bigint' || typeof value === 'function' || typeof value === 'symbol')
    return typeof value;
  if (Buffer.isBuffer(value)) return `${value.length} bytes`;
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object';
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
};
