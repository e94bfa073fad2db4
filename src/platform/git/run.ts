import { spawn } from 'node:child_process';
import type { Environment } from './environment.js';
import { GitError, gitWords, NEEDED_GIT } from './errors.js';

export interface RunOptions {
  readonly env: Environment;
  readonly cwd: string;
  readonly timeoutMs: number;
  /** What is being done, for errors. */
  readonly place: string;
}

export interface RunResult {
  readonly status: number;
  readonly stderr: string;
}

const MAX_STDERR = 64 * 1024;

/** Runs git once to its end. Output is bounded; on a time-out the whole process group goes. */
export async function runGit(args: readonly string[], options: RunOptions): Promise<RunResult> {
  return new Promise((resolve, reject) => {
    const child = spawn('git', [...args], {
      cwd: options.cwd,
      env: options.env,
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
    });
    let stderr = '';
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      if (child.pid !== undefined) killGroup(child.pid);
    }, options.timeoutMs);
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-MAX_STDERR);
    });
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(missingGit(options.place, error));
    });
    child.on('close', (status, signal) => {
      clearTimeout(timer);
      if (late) reject(timedOut(options.place, options.timeoutMs));
      else if (status === null) reject(diedOf(options.place, signal ?? 'a signal', stderr));
      else resolve({ status, stderr });
    });
  });
}

export function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

export function timedOut(place: string, ms: number): GitError {
  return new GitError({
    code: 'GIT_TIMEOUT',
    place,
    expected: `git to finish within ${ms} ms`,
    found: 'it was still running and has been killed',
    repair: 'Try again, make the repository reachable faster, or raise the time-out.',
  });
}

export function missingGit(place: string, error: Error): GitError {
  const found = 'code' in error && error.code === 'ENOENT' ? 'no `git` on the PATH' : error.message;
  return new GitError({
    code: 'GIT_MISSING',
    place,
    expected: NEEDED_GIT,
    found,
    repair: 'Install git and put it on the PATH.',
  });
}

export function diedOf(place: string, why: string, stderr: string): GitError {
  return new GitError({
    code: 'GIT_FAILED',
    place,
    expected: 'git to answer',
    found: `it ended by ${why}: ${gitWords(stderr)}`,
    repair: 'Look at the message of git; try again.',
  });
}
