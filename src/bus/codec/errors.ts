/** Why a record can not be written, or an operation of the codec failed. */
export type CodecErrorCode =
  | 'INVALID_RECORD'
  | 'RECORD_TOO_LARGE'
  | 'UNKNOWN_EVENT'
  | 'UNKNOWN_SCHEMA'
  | 'INCOMPATIBLE_SCHEMA'
  | 'NO_FINGERPRINT'
  | 'REGISTRY_UNREACHABLE'
  | 'REGISTRY_REFUSED'
  | 'REGISTRY_WIPED'
  | 'REGISTRY_LIMIT';

export interface CodecErrorDetails {
  /** Where in the record, e.g. `meta.prevHash`. */
  readonly path?: string;
  readonly expected?: string;
  readonly found?: string;
  readonly subject?: string;
  readonly cause?: unknown;
}

/**
 * Every error that leaves the codec. `retriable`: the same call may succeed later (the registry is away), so the caller
 * pauses; it is never a reason to dead-letter a record.
 */
export class CodecError extends Error {
  override readonly name = 'CodecError';
  constructor(
    readonly code: CodecErrorCode,
    message: string,
    readonly details: CodecErrorDetails = {},
    readonly retriable = false,
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
  }
}

/** Why bytes of the log are no record of ours: terminal, the bytes go to the dead letters (law 13). */
export type UndecodableCode =
  | 'TOMBSTONE'
  | 'NOT_CONFLUENT_FORMAT'
  | 'TOO_LARGE'
  | 'UNKNOWN_SCHEMA_ID'
  | 'INCOMPATIBLE_SCHEMA'
  | 'CORRUPT_BODY'
  | 'UNSAFE_LONG';

/** Thrown inside of a compiled decoder only; `decode` turns it into a value. */
export class BodyError extends Error {
  constructor(
    readonly code: 'CORRUPT_BODY' | 'UNSAFE_LONG',
    message: string,
  ) {
    super(message);
  }
}
