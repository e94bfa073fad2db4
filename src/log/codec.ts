import type { LogRecord } from '../bus/port.js';
import type { LogMeta } from '../events/generated/events.js';

/** What the log needs of a codec; `bus/codec` provides it, simulations bring a plain one. */
export interface LogCodec {
  /** Throws with a code when the record does not fit its schema or is too large. */
  encode(topic: string, name: string, record: object): EncodedRecord;
  /** Rejects only when the registry can not be reached: try again later. */
  decode(record: LogRecord): Decoded | Promise<Decoded>;
  /** SHA-256 of (schema fingerprint ‖ Avro body). */
  hash(record: EncodedRecord): Buffer;
}

export interface EncodedRecord {
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, Buffer>>;
}

export type Decoded =
  | { readonly kind: 'event'; readonly name: string; readonly record: Readonly<Record<string, unknown>> }
  /** A type this build does not know. On owned logs it still moves seq (law 12). */
  | { readonly kind: 'unknown'; readonly fullName: string; readonly head: LogMeta | null }
  | { readonly kind: 'undecodable'; readonly code: string; readonly message: string };
