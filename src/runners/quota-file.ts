import { z } from 'zod';
import { readHostileFile } from './hostile-file.js';

const MOST_BYTES = 4096;
const file = z.object({ resetsAt: z.iso.datetime({ offset: true }).optional() });

/** The account that the program works with has nothing left. */
export interface QuotaUsedUp {
  /** When it is there again, µs; left out: not known. */
  readonly quotaResetsAt?: number;
}

/**
 * What the program says of its quota, a JSON object `{"resetsAt": "2030-01-01T00:00:00Z"}`, or an empty file where it does not know.
 * @returns undefined where it says nothing, or what is not well-formed
 */
export async function readQuota(path: string): Promise<QuotaUsedUp | undefined> {
  const bytes = await readHostileFile(path, MOST_BYTES);
  if (bytes === undefined) return undefined;
  const text = bytes.toString('utf8').trim();
  if (text === '') return {};
  try {
    const { data } = file.safeParse(JSON.parse(text));
    if (data === undefined) return undefined;
    const quotaResetsAt = Date.parse(data.resetsAt ?? '') * 1000;
    // In µs a log holds the years up to 2255; what is beyond says nothing.
    return quotaResetsAt > 0 && Number.isSafeInteger(quotaResetsAt) ? { quotaResetsAt } : {};
  } catch {
    return undefined;
  }
}
