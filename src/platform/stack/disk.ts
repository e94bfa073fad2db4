import { statfs } from 'node:fs/promises';
import { StackError } from './errors.js';

/** What three parts and their first data need, with room to work. */
export const NEEDED_BYTES = 1024 ** 3;

/** Throws `DISK_FULL` when the file system of an existing folder has less than `needed` bytes left for us. */
export async function requireSpace(folder: string, needed = NEEDED_BYTES): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  if (free >= needed) return;
  throw new StackError(
    'DISK_FULL',
    `${mebibytes(needed)} MiB free for ${folder}`,
    `${mebibytes(free)} MiB`,
    'Free some space, or set ARBITER_HOME (data) or ARBITER_CACHE_DIR (jars) to a folder on another disk.',
  );
}

const mebibytes = (bytes: number): number => Math.floor(bytes / 1024 ** 2);
