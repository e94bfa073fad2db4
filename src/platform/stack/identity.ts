import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';

/** Process ids are used again; a process is known by its pid *and* by when it began. */

/**
 * A text that no other process with this pid will ever have: boot id and start time in ticks (`/proc/<pid>/stat`, field
 * 22), or what `ps` says where there is no /proc. Undefined when the process is not there or only a zombie.
 */
export function identityOf(pid: number): string | undefined {
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined;
  return process.platform === 'linux' ? fromProc(pid) : fromPs(pid);
}

/** Does the process that was started as (pid, identity) still live? */
export function lives(pid: number, identity: string): boolean {
  return identity !== '' && identityOf(pid) === identity;
}

/** Pulls state and start time out of a stat line; the command's name in it may hold blanks and parentheses. */
export function parseStat(stat: string): { state: string; startTicks: string } | undefined {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const state = fields[0];
  const startTicks = fields[19];
  if (state === undefined || startTicks === undefined || !/^\d+$/.test(startTicks)) return undefined;
  return { state, startTicks };
}

function fromProc(pid: number): string | undefined {
  try {
    const stat = parseStat(readFileSync(`/proc/${pid}/stat`, 'latin1'));
    if (stat === undefined || stat.state === 'Z' || stat.state === 'X') return undefined;
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()}:${stat.startTicks}`;
  } catch {
    return undefined;
  }
}

function fromPs(pid: number): string | undefined {
  try {
    const text = execFileSync('ps', ['-o', 'state=,lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      timeout: 5000,
    }).trim();
    return text === '' || text.startsWith('Z') ? undefined : text.replace(/^\S+\s+/, '');
  } catch {
    return undefined;
  }
}

/** A process as it can be found by looking around: what it runs, and where. */
export interface Seen {
  readonly pid: number;
  readonly identity: string;
  readonly args: readonly string[];
  readonly cwd: string | undefined;
}

/** All living processes; empty where there is no /proc. */
export function allProcesses(): Seen[] {
  if (process.platform !== 'linux') return [];
  const seen: Seen[] = [];
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    const identity = identityOf(pid);
    if (identity !== undefined) seen.push({ pid, identity, args: argumentsOf(pid), cwd: cwdOf(pid) });
  }
  return seen;
}

/**
 * Processes that run `program` with exactly `argument` in their command line: parts of ours whose starter died before it
 * could write their pid down. The argument is a path inside of one state folder, so they can be nobody else's; the
 * program is asked for because an editor may have the same file open.
 */
export function strays(program: string, argument: string, among: readonly Seen[] = allProcesses()): Seen[] {
  return among.filter(({ args }) => basename(args[0] ?? '') === program && args.includes(argument));
}

function argumentsOf(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

function cwdOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined;
  }
}
