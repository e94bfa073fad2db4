import type { Logger } from 'pino';
import type { TopicPartition } from '../bus/port.js';

/** Says which records of the log do not count (law 3): the first of a reason, and every tenfold, for a zombie may write many. */
export const voidRecords = (
  logger: Pick<Logger, 'warn'> | undefined,
): ((at: TopicPartition, reason: string) => void) => {
  const counts = new Map<string, number>();
  return (at, reason) => {
    const count = (counts.get(reason) ?? 0) + 1;
    counts.set(reason, count);
    if (/^10*$/u.test(String(count))) logger?.warn({ ...at, reason, count }, 'records that do not count');
  };
};
