/** What can go wrong with the local stack. Every code has one repair, which the message carries. */
export type StackErrorCode =
  | 'NO_JAVA'
  | 'JAVA_TOO_OLD'
  | 'NO_MAVEN'
  | 'DOWNLOAD_FAILED'
  | 'PORT_TAKEN'
  | 'DISK_FULL'
  | 'PART_DID_NOT_START'
  | 'PART_DID_NOT_STOP'
  | 'NO_POSTGRES_BINARIES'
  | 'NO_POSTGRES_USER'
  | 'NO_REGISTRY_URL'
  | 'BAD_SETTING'
  | 'BAD_STATE'
  | 'LOCKED'
  | 'DOCKER_FAILED';

/** An error of the stack: what was expected, what was found, and the narrowest repair. */
export class StackError extends Error {
  override readonly name = 'StackError';
  constructor(
    readonly code: StackErrorCode,
    readonly expected: string,
    readonly found: string,
    readonly repair: string,
    options?: { cause?: unknown },
  ) {
    super(`${code}: expected ${expected}, found ${found}. ${repair}`, options);
  }
}
