import { setTimeout as sleep } from 'node:timers/promises';
import { StackError } from './errors.js';
import { lastLines } from './process.js';
import type { PartName } from './types.js';

const EVERY_MS = 60;

export interface Awaited {
  readonly name: PartName;
  readonly log: string;
  /** Absent for what is not ours. */
  readonly alive?: () => Promise<boolean>;
}

/**
 * Asks until the part answers. Throws `PART_DID_NOT_START` with the last lines of its log as soon as its process has
 * ended, or when the time is over.
 */
export async function untilReady(
  part: Awaited,
  check: () => Promise<unknown>,
  timeoutMs: number,
): Promise<void> {
  const until = Date.now() + timeoutMs;
  for (;;) {
    try {
      await check();
      return;
    } catch (error) {
      if (part.alive !== undefined && !(await part.alive()))
        throw notStarted(part, 'its process ended', error);
      if (Date.now() > until)
        throw notStarted(part, `no answer within ${timeoutMs} ms (${String(error)})`, error);
    }
    await sleep(EVERY_MS);
  }
}

function notStarted(part: Awaited, found: string, cause: unknown): StackError {
  const log = part.log === '' ? '' : `; last lines of ${part.log}:\n${lastLines(part.log)}\n`;
  return new StackError(
    'PART_DID_NOT_START',
    `${part.name} to become ready`,
    `${found}${log}`,
    'Correct what the log names and try again.',
    { cause },
  );
}
