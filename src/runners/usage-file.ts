import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { z } from 'zod';
import type { Usage } from '../events/generated/events.js';

const MOST_BYTES = 64 * 1024;
const count = z.int().min(0).default(0);
const file = z.object({ inputTokens: count, outputTokens: count, costMicros: count });

/**
 * What the program says it consumed, a JSON object `{inputTokens, outputTokens, costMicros}`. Hostile bytes: no link is followed, no
 * pipe waited for, nothing beyond 64 KiB read; what is not well-formed counts as nothing said.
 */
export async function readUsage(path: string): Promise<Usage | undefined> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    () => undefined,
  );
  if (handle === undefined) return undefined;
  try {
    const stat = await handle.stat();
    if (!stat.isFile() || stat.size > MOST_BYTES) return undefined;
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(MOST_BYTES), 0, MOST_BYTES, 0);
    return file.safeParse(JSON.parse(buffer.toString('utf8', 0, bytesRead))).data;
  } catch {
    return undefined;
  } finally {
    await handle.close();
  }
}
