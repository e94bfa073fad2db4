import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { StackError } from './errors.js';
import { identityOf, lives } from './identity.js';

/**
 * One `up` or `down` at a time per state folder. The lock is a file that names its holder; a holder that died holds
 * nothing. Who comes second waits, and then finds the work done.
 */
export async function withLock<T>(folder: string, timeoutMs: number, work: () => Promise<T>): Promise<T> {
  const file = join(folder, 'stack.lock');
  const until = Date.now() + timeoutMs;
  while (!take(file)) {
    const holder = read(file);
    if (holder !== undefined && !lives(holder.pid, holder.identity)) {
      dropStale(file);
      continue;
    }
    if (Date.now() >= until) {
      const found = `held by process ${holder?.pid ?? 'unknown'} for more than ${timeoutMs} ms`;
      throw new StackError(
        'LOCKED',
        `nobody else to start or stop the stack in ${folder}`,
        found,
        'Wait for it, or end that process.',
      );
    }
    await sleep(50);
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

interface Holder {
  readonly pid: number;
  readonly identity: string;
}

/** The file appears with its content (written aside, then linked), so nobody reads half a holder. */
function take(file: string): boolean {
  const own = `${file}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  writeFileSync(own, JSON.stringify({ pid: process.pid, identity: identityOf(process.pid) ?? '' }), {
    mode: 0o600,
  });
  try {
    linkSync(own, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(own, { force: true });
  }
}

/** Undefined when the lock has gone meanwhile; a file that is no holder counts as one that died. */
function read(file: string): Holder | undefined {
  try {
    const value = JSON.parse(readFileSync(file, 'utf8')) as Partial<Holder>;
    return { pid: value.pid ?? 0, identity: value.identity ?? '' };
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? undefined : { pid: 0, identity: '' };
  }
}

/** Two may see the same dead holder; who takes away a living holder's file by that puts it back. */
function dropStale(file: string): void {
  const aside = `${file}.stale.${process.pid}.${Math.random().toString(36).slice(2)}`;
  try {
    renameSync(file, aside);
  } catch {
    return;
  }
  const holder = read(aside);
  if (holder !== undefined && lives(holder.pid, holder.identity)) {
    try {
      linkSync(aside, file);
    } catch {
      // A third one holds it now.
    }
  }
  rmSync(aside, { force: true });
}
