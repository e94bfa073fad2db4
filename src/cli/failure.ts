/** Exit codes of every command. */
export const DONE = 0;
/** The question was answered, and the answer is no. */
export const NO = 1;
/** Misuse, or the command could not do its work. */
export const FAILED = 2;

/** The exit code of several answers: what could not be done outweighs a no. */
export const exitOfWorst = (one: number, other: number): number => Math.max(one, other);

/** What went wrong, as it is shown: with the narrowest repair. */
export interface Failure {
  readonly code: string;
  readonly message?: string;
  readonly expected?: string;
  readonly found?: string;
  readonly repair?: string;
}

/** An error of the command line itself. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly exit: number;
  constructor(
    readonly failure: Failure,
    options: { readonly exit?: number; readonly cause?: unknown } = {},
  ) {
    super(oneLine(failure), options.cause === undefined ? undefined : { cause: options.cause });
    this.exit = options.exit ?? FAILED;
  }
}

/** Bad input: what was expected, what was found. */
export const misuse = (expected: string, found: string, repair: string, code = 'BAD_INPUT'): CliError =>
  new CliError({ code, expected, found, repair });

export const oneLine = ({ code, message, expected, found, repair }: Failure): string => {
  const said = message ?? (expected === undefined ? '' : `expected ${expected}, found ${found ?? 'nothing'}`);
  return `${code}: ${[said, repair].filter((part) => part !== undefined && part !== '').join('; ')}`;
};

/** Addresses may carry a password; it is never shown in a message. */
export const withoutPasswords = (text: string): string =>
  text.replace(/([a-z][a-z0-9+.-]*:\/\/[^\s/:@]*):[^\s/@]*@/giu, '$1:***@');

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** Any error, recognised by structure. Where there is no code of ours, the message speaks for itself. */
export const failureOf = (error: unknown): Failure => {
  if (error instanceof CliError) return error.failure;
  if (!(error instanceof Error)) return { code: 'FAILED', message: withoutPasswords(String(error)) };
  const { code, expected, found, repair } = error as Partial<Record<keyof Failure, unknown>>;
  const message = withoutPasswords(error.message === '' ? (firstOf(error) ?? error.name) : error.message);
  const named = /^([A-Z][A-Z0-9_]{2,}):? /.exec(message)?.[1];
  const parts = { expected: textOf(expected), found: textOf(found), repair: textOf(repair) };
  const structured = Object.fromEntries(
    Object.entries(parts).flatMap(([key, value]) =>
      value === undefined ? [] : [[key, withoutPasswords(value)]],
    ),
  );
  const stable = named ?? textOf(code) ?? 'FAILED';
  const usual = AWAY.has(stable) ? { repair: 'see what answers: arbiter status; start it: arbiter up' } : {};
  const said = withoutRepair(withoutCode(message, named), structured['repair']);
  return { code: stable, message: said, ...usual, ...structured };
};

/** Broker, registry or database does not answer. */
const AWAY: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ETIMEDOUT',
  'ENOTFOUND',
  'UNREACHABLE',
  'TIMEOUT',
  'REGISTRY_UNREACHABLE',
]);

const withoutCode = (message: string, code: string | undefined): string =>
  code === undefined ? message : message.slice(code.length).replace(/^:? /, '');

/** Errors that are logged end in their repair; here it stands beside the message. */
const withoutRepair = (message: string, repair: string | undefined): string =>
  repair !== undefined && repair !== '' && message.endsWith(repair)
    ? message.slice(0, -repair.length).replace(/[.;:,]?\s*$/u, '')
    : message;

/** Node's connection errors are aggregates without a message of their own. */
const firstOf = (error: Error): string | undefined => {
  const { errors } = error as { errors?: readonly unknown[] };
  const first: unknown = Array.isArray(errors) ? errors[0] : undefined;
  return first instanceof Error ? first.message : undefined;
};
