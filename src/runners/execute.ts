import { spawn, type ChildProcess } from 'node:child_process';
import { statSync } from 'node:fs';
import { outputTail } from './output-tail.js';
import { askMembers, signalGroup } from './process-group.js';

export interface Execution {
  /** program and arguments; never a shell string */
  readonly argv: readonly string[];
  readonly cwd: string;
  /** the whole environment of the program, already filtered (`allowedEnvironment`) */
  readonly env: Readonly<Record<string, string>>;
  /** what the program may read from its standard input; null: nothing, end of file at once */
  readonly stdin: Buffer | null;
  readonly timeoutMs: number;
  /** between SIGTERM and SIGKILL */
  readonly graceMs: number;
  /** of standard output and error together, the last ones are kept */
  readonly maxOutputBytes?: number;
  /** given: standard error is kept apart, the last bytes of it in `errors` */
  readonly maxErrorBytes?: number;
  readonly signal?: AbortSignal;
  /** told the process id once it runs; it leads the group */
  readonly onStart?: (pid: number) => void;
  /** puts a wrapper (a sandbox) in front of the program */
  readonly wrap?: (argv: readonly string[]) => readonly string[];
}

export interface Executed {
  /** null when a signal ended it, or when it was never started */
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly timedOut: boolean;
  readonly aborted: boolean;
  /** the last bytes it wrote; hostile: never print them to a terminal as they are */
  readonly output: Buffer;
  readonly truncated: boolean;
  /** standard error where it was kept apart, else empty */
  readonly errors: Buffer;
  readonly durationMs: number;
}

/** The program could not be started at all; `code` says why. */
export class ExecuteError extends Error {
  override readonly name = 'ExecuteError';

  constructor(
    readonly code:
      'ARGV_INVALID' | 'FOLDER_MISSING' | 'PROGRAM_NOT_FOUND' | 'PROGRAM_NOT_EXECUTABLE' | 'START_FAILED',
    message: string,
  ) {
    super(message);
  }
}

const DEFAULT_OUTPUT_BYTES = 64 * 1024;
// A timer beyond this fires at once in Node.
const LONGEST_TIMER_MS = 2 ** 31 - 1;
/** How long a process that left the group may hold our pipes open after the program itself has ended. */
const DRAIN_MS = 500;

/**
 * Runs a program in a process group of its own and waits for its end. On time-out or abort the group gets SIGTERM and, after
 * `graceMs`, SIGKILL. When the program ends, whatever is left of its group is killed: nobody works on after the result. A process
 * that has left the group (setsid) is out of reach without a sandbox, but cannot hold the answer back.
 * @throws ExecuteError when it cannot be started
 */
export async function execute(execution: Execution): Promise<Executed> {
  const startedAt = process.hrtime.bigint();
  const tail = outputTail(execution.maxOutputBytes ?? DEFAULT_OUTPUT_BYTES);
  const errors = outputTail(execution.maxErrorBytes ?? 0);
  const written = (): Pick<Executed, 'output' | 'truncated' | 'errors'> => ({
    ...tail.read(),
    errors: errors.read().output,
  });
  const durationMs = (): number => Number((process.hrtime.bigint() - startedAt) / 1000n) / 1000;
  if (execution.signal?.aborted === true) {
    return {
      exitCode: null,
      signal: null,
      timedOut: false,
      aborted: true,
      ...written(),
      durationMs: durationMs(),
    };
  }

  const child = start(execution);
  if (child.pid !== undefined) execution.onStart?.(child.pid);
  child.stdout?.on('data', tail.push);
  child.stderr?.on('data', execution.maxErrorBytes === undefined ? tail.push : errors.push);
  const ended = ending(child, execution);
  feed(child, execution.stdin);
  const stopping = stopper(child, execution);
  try {
    const [exitCode, signal] = await ended;
    // At once: the number is free for another group as soon as the last member is gone.
    if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL');
    const stopped = stopping.end();
    await drained(child);
    return {
      exitCode,
      signal,
      timedOut: stopped === 'time-out',
      aborted: stopped === 'abort',
      ...written(),
      durationMs: durationMs(),
    };
  } finally {
    stopping.end();
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy();
  }
}

function start({ argv, cwd, env, stdin, wrap }: Execution): ChildProcess {
  const [program, ...args] = wrap === undefined ? argv : wrap(argv);
  if (program === undefined || program === '' || argv.length === 0) {
    throw new ExecuteError('ARGV_INVALID', 'argv: expected a program, found nothing');
  }
  try {
    return spawn(program, args, {
      cwd,
      env: { ...env },
      detached: true,
      shell: false,
      windowsHide: true,
      stdio: [stdin === null ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
  } catch (error) {
    // A NUL byte in an argument, for one.
    throw startError(error, program, cwd);
  }
}

/** Resolves once the program has ended and is reaped, whoever still holds its pipes. */
function ending(child: ChildProcess, { cwd }: Execution): Promise<[number | null, NodeJS.Signals | null]> {
  return new Promise((resolve, reject) => {
    child.once('exit', (code, signal) => resolve([code, signal]));
    child.on('error', (error) => {
      if (child.pid === undefined) reject(startError(error, child.spawnfile, cwd));
    });
  });
}

function feed(child: ChildProcess, stdin: Buffer | null): void {
  if (child.stdin === null || stdin === null) return;
  // EPIPE: the program does not want to read all of it, which is its right.
  child.stdin.on('error', () => undefined);
  child.stdin.end(stdin);
}

type Stop = 'time-out' | 'abort';

/** Watches the clock and the abort signal; `end` stops watching and tells which of them stopped the program, if any. */
function stopper(child: ChildProcess, execution: Execution): { end: () => Stop | undefined } {
  let stopped: Stop | undefined;
  let killer: NodeJS.Timeout | undefined;
  const stop = (why: Stop): void => {
    const group = child.pid;
    if (stopped !== undefined || group === undefined) return;
    stopped = why;
    if (execution.wrap === undefined) signalGroup(group, 'SIGTERM');
    else askMembers(group);
    killer = setTimeout(() => signalGroup(group, 'SIGKILL'), timer(execution.graceMs));
  };
  const onAbort = (): void => stop('abort');
  const clock = setTimeout(() => stop('time-out'), timer(execution.timeoutMs));
  execution.signal?.addEventListener('abort', onAbort, { once: true });
  return {
    end: () => {
      clearTimeout(clock);
      clearTimeout(killer);
      execution.signal?.removeEventListener('abort', onAbort);
      return stopped;
    },
  };
}

/** Until both pipes have ended, or the time for it is over. */
async function drained(child: ChildProcess): Promise<void> {
  const open = [child.stdout, child.stderr].filter((stream) => stream !== null && !stream.closed);
  if (open.length === 0) return;
  let patience: NodeJS.Timeout | undefined;
  await Promise.race([
    Promise.all(open.map((stream) => new Promise((resolve) => stream?.once('close', resolve)))),
    new Promise((resolve) => {
      patience = setTimeout(resolve, DRAIN_MS);
    }),
  ]);
  clearTimeout(patience);
}

function timer(ms: number): number {
  return Math.min(Math.max(0, ms), LONGEST_TIMER_MS);
}

function startError(error: unknown, program: string, cwd: string): ExecuteError {
  const { code, message } = error as NodeJS.ErrnoException;
  if (statSync(cwd, { throwIfNoEntry: false })?.isDirectory() !== true) {
    return new ExecuteError('FOLDER_MISSING', `cwd: expected a folder, found none at ${cwd}`);
  }
  if (code === 'ENOENT') {
    return new ExecuteError(
      'PROGRAM_NOT_FOUND',
      `program ${JSON.stringify(program)} was not found: check the name and PATH`,
    );
  }
  if (code === 'EACCES') {
    return new ExecuteError(
      'PROGRAM_NOT_EXECUTABLE',
      `program ${JSON.stringify(program)} may not be executed: check its mode`,
    );
  }
  return new ExecuteError(
    'START_FAILED',
    `program ${JSON.stringify(program)} could not be started: ${message}`,
  );
}
