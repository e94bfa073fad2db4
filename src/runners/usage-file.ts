import { z } from 'zod';
import type { Usage } from '../events/generated/events.js';
import { readHostileFile } from './hostile-file.js';

const MOST_BYTES = 64 * 1024;
const count = z.int().min(0).default(0);
const file = z.object({ inputTokens: count, outputTokens: count, costMicros: count });

/**
 * What the program says it consumed, a JSON object `{inputTokens, outputTokens, costMicros}` of at most 64 KiB; what is not
 * well-formed counts as nothing said.
 */
export async function readUsage(path: string): Promise<Usage | undefined> {
  const bytes = await readHostileFile(path, MOST_BYTES);
  if (bytes === undefined) return undefined;
  try {
    return file.safeParse(JSON.parse(bytes.toString('utf8'))).data;
  } catch {
    return undefined;
  }
}
