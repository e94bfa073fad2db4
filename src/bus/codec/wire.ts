import { createHash, hash } from 'node:crypto';
import type { LogRecord } from '../port.js';
import { CodecError } from './errors.js';

/** Confluent wire format: 0x00, the schema's id as int32 big-endian, the Avro body. */
export const PREFIX_BYTES = 5;

/** Header with the 32 raw bytes of SHA-256 over the exact schema text, so that the log is readable without a registry. */
export const FINGERPRINT_HEADER = 'schema-fingerprint';

/** A record's bytes, wherever they come from. */
export type WireRecord = Pick<LogRecord, 'value' | 'headers'>;

/** SHA-256 of the exact schema text as registered. */
export const fingerprintOf = (text: string): Buffer => createHash('sha256').update(text).digest();

/** The fingerprint that a record carries; undefined for foreign records. */
export const fingerprint = (record: WireRecord): Buffer | undefined => {
  const found = record.headers[FINGERPRINT_HEADER];
  return found?.length === 32 ? found : undefined;
};

/** `a.equals(b)` for 32 bytes; in plain code, for the way into native code costs more than the comparison. */
export const sameFingerprint = (a: Buffer, b: Buffer): boolean => {
  for (let i = 0; i < 32; i++) if (a[i] !== b[i]) return false;
  return true;
};

/** Schema id of a value in wire format, else undefined. */
export const schemaId = (value: Buffer): number | undefined =>
  value.length >= PREFIX_BYTES && value[0] === 0 ? value.readInt32BE(1) : undefined;

/** Where fingerprint and body are put side by side. */
const scratch = Buffer.allocUnsafeSlow(16 * 1024);

/**
 * SHA-256 of (schema fingerprint ‖ Avro body): what the next record of an owned log carries as `prevHash`. The id is
 * left out, for a restored registry may number anew. Throws `NO_FINGERPRINT` for a record without the header.
 */
export const recordHash = (value: Buffer, headers: Readonly<Record<string, Buffer>>): Buffer => {
  const schema = fingerprint({ value, headers });
  if (!schema)
    throw new CodecError(
      'NO_FINGERPRINT',
      `expected the header ${FINGERPRINT_HEADER} with 32 bytes, found none: no record of an owner`,
    );
  const length = 32 + value.length - PREFIX_BYTES;
  const joined = length <= scratch.length ? scratch : Buffer.allocUnsafeSlow(length);
  schema.copy(joined);
  value.copy(joined, 32, PREFIX_BYTES);
  // One call into native code, and text instead of a buffer out of it: a third of the time of a hash object.
  return Buffer.from(hash('sha256', joined.subarray(0, length), 'binary'), 'binary');
};
