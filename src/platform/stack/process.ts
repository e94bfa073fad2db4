import { spawn } from 'node:child_process';
import { closeSync, openSync, readSync, renameSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { identityOf, lives } from './identity.js';
import { StackError } from './errors.js';

const LOG_KEPT_BYTES = 10 * 1024 * 1024;

export interface DetachedCommand {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly log: string;
  readonly uid?: number;
  readonly gid?: number;
}

export interface Detached {
  readonly pid: number;
  readonly identity: string;
}

/** Starts a process in a session of its own, output appended to its log, so that it outlives us. */
export async function startDetached(command: DetachedCommand): Promise<Detached> {
  rotate(command.log);
  const fd = openSync(command.log, 'a', 0o600);
  try {
    const child = spawn(command.file, [...command.args], {
      cwd: command.cwd,
      env: { ...command.env },
      detached: true,
      stdio: ['ignore', fd, fd],
      ...(command.uid === undefined ? {} : { uid: command.uid }),
      ...(command.gid === undefined ? {} : { gid: command.gid }),
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    child.on('error', () => undefined);
    child.unref();
    const pid = child.pid ?? 0;
    // A process that has ended already gets an identity that fits nothing: waiting for it reports its log.
    return { pid, identity: identityOf(pid) ?? 'ended at once' };
  } finally {
    closeSync(fd);
  }
}

/** The settings of ours that a part may see: no token or key of the user gets into a process that stays. */
export function plainEnvironment(env: NodeJS.ProcessEnv): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name of ['PATH', 'HOME', 'TMPDIR', 'LANG', 'TZ', 'SystemRoot']) {
    const value = env[name];
    if (value !== undefined) kept[name] = value;
  }
  return kept;
}

export interface StopPlan {
  /** Sent in turn; the next one when the process still lives after `waitMs`. */
  readonly steps: readonly { readonly signal: NodeJS.Signals; readonly waitMs: number }[];
}

/** Stops exactly the process that was started as (pid, identity). Resolves when it is gone, at once if it is already. */
export async function stopProcess(part: Detached, plan: StopPlan): Promise<void> {
  for (const step of plan.steps) {
    if (!lives(part.pid, part.identity)) return;
    signal(part.pid, step.signal);
    const until = Date.now() + step.waitMs;
    while (Date.now() < until) {
      if (!lives(part.pid, part.identity)) return;
      await sleep(25);
    }
  }
  if (!lives(part.pid, part.identity)) return;
  throw new StackError(
    'PART_DID_NOT_STOP',
    `process ${part.pid} to end`,
    'it survives SIGKILL',
    'It hangs in the kernel (a dead disk or network file system?); look at it with ps.',
  );
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** The last lines of a log, for an error message. Reads at most 16 KiB. */
export function lastLines(log: string, lines = 12): string {
  let fd: number;
  try {
    fd = openSync(log, 'r');
  } catch {
    return '';
  }
  try {
    const buffer = Buffer.alloc(16 * 1024);
    const size = statSync(log).size;
    const read = readSync(fd, buffer, 0, buffer.length, Math.max(0, size - buffer.length));
    return buffer.toString('utf8', 0, read).trimEnd().split('\n').slice(-lines).join('\n');
  } finally {
    closeSync(fd);
  }
}

/** One old log is kept; a log grows over the limit only while its process runs. */
function rotate(log: string): void {
  try {
    if (statSync(log).size > LOG_KEPT_BYTES) renameSync(log, `${log}.1`);
  } catch {
    // No log yet.
  }
}
