/** What is wrong with a key or with the facts of a verdict; recognised by `code`, never by class. */
export class VerdictError extends Error {
  override readonly name = 'VerdictError';

  constructor(
    readonly code: 'KEY_INVALID' | 'VERDICT_INVALID' | 'VERDICT_CONTRADICTS_ITSELF' | 'VERDICT_TOO_LARGE',
    message: string,
  ) {
    super(message);
  }
}
