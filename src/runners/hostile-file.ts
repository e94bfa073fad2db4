import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

/**
 * The bytes of a small file that a stranger wrote: no link is followed, no pipe waited for.
 * @returns undefined for what is missing, no plain file, or longer than `most` bytes
 */
export async function readHostileFile(path: string, most: number): Promise<Buffer | undefined> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const handle = await open(path, flags).catch(() => undefined);
  if (handle === undefined) return undefined;
  try {
    const stat = await handle.stat();
    if (!stat.isFile() || stat.size > most) return undefined;
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(most), 0, most, 0);
    return buffer.subarray(0, bytesRead);
  } catch {
    return undefined;
  } finally {
    await handle.close();
  }
}
