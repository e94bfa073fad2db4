import { readFileSync, readlinkSync, statfsSync } from 'node:fs';

/**
 * Bytes of files that processes keep in memory: what fills the tmpfs mounts (`/tmp`, `/dev/shm`) that only they see. Such a file is
 * nobody's resident memory, and so is not counted with the processes.
 */
export function memoryFileBytes(pids: readonly number[]): number {
  const own = mountSpaceOf('self');
  const spaces = new Map<string, number>();
  for (const pid of pids) {
    const space = mountSpaceOf(pid);
    if (space !== undefined && space !== own && !spaces.has(space)) spaces.set(space, pid);
  }
  if (spaces.size === 0) return 0;
  const seen = new Set(tmpfsMounts('self').map(({ device }) => device));
  let bytes = 0;
  for (const pid of spaces.values()) {
    for (const { device, at } of tmpfsMounts(pid)) {
      if (seen.has(device)) continue;
      seen.add(device);
      bytes += tmpfsBytes(`/proc/${pid}/root${at}`);
    }
  }
  return bytes;
}

function mountSpaceOf(pid: number | 'self'): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/mnt`);
  } catch {
    return undefined;
  }
}

/** proc(5): `id parent major:minor root mount-point options … - type source options`; blanks in names are octal. */
function tmpfsMounts(pid: number | 'self'): readonly { readonly device: string; readonly at: string }[] {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/mountinfo`, 'utf8');
  } catch {
    return [];
  }
  return text.split('\n').flatMap((line) => {
    const [left = '', right = ''] = line.split(' - ', 2);
    const [, , device, , at] = left.split(' ');
    if (!right.startsWith('tmpfs ') || device === undefined || at === undefined) return [];
    const name = at.replace(/\\([0-7]{3})/gu, (_, code: string) =>
      String.fromCharCode(Number.parseInt(code, 8)),
    );
    return [{ device, at: name }];
  });
}

const TMPFS = 0x01021994;

/**
 * Bytes of the files in a tmpfs. A mount that another covers, or a process that has ended: nothing can be said of it. While a sandbox is
 * being made, its `/tmp` may still be the machine's own.
 */
export function tmpfsBytes(path: string): number {
  try {
    const { type, blocks, bfree, bsize } = statfsSync(path);
    return type === TMPFS ? Math.max(0, blocks - bfree) * bsize : 0;
  } catch {
    return 0;
  }
}
