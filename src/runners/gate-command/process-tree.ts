import { readdirSync, readFileSync } from 'node:fs';
import { memoryFileBytes } from './memory-files.js';

const PAGE = 4096;

export interface TreeUse {
  readonly processes: number;
  /** Bytes in memory that are these processes' own, and of files that only they keep in memory. */
  readonly bytes: number;
}

/**
 * What a process and all that descend from it use now. Inside a process-id namespace whoever loses its parent becomes a child of that
 * namespace's first process, so nobody escapes the count; without one, an orphan does.
 * @returns undefined where there is no /proc
 */
export function treeUse(root: number): TreeUse | undefined {
  const children = new Map<number, number[]>();
  let entries: string[];
  try {
    entries = readdirSync('/proc');
  } catch {
    return undefined;
  }
  for (const entry of entries) {
    if (!/^\d+$/u.test(entry)) continue;
    const parent = parentOf(entry);
    if (parent === undefined) continue;
    const known = children.get(parent);
    if (known === undefined) children.set(parent, [Number(entry)]);
    else known.push(Number(entry));
  }
  const members = [root];
  for (const pid of members) members.push(...(children.get(pid) ?? []));
  const resident = members.reduce((sum, pid) => sum + ownBytes(pid), 0);
  return { processes: members.length, bytes: resident + memoryFileBytes(members) };
}

function parentOf(pid: string): number | undefined {
  const stat = read(`/proc/${pid}/stat`);
  // pid (name) state ppid …; the name may hold anything, a closing bracket too.
  return stat === undefined ? undefined : Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}

function ownBytes(pid: number): number {
  const [, resident = '0', shared = '0'] = (read(`/proc/${pid}/statm`) ?? '').split(' ');
  return Math.max(0, Number(resident) - Number(shared)) * PAGE;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}
