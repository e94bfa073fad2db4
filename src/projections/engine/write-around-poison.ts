import type { Cursor, Followed } from '../../log/follow.js';
import { isDataError, type Pool } from './database.js';
import { parkedBy } from './fold-batch.js';
import { writeBatch, type Folder, type Written } from './write-batch.js';

/**
 * Writes a batch; when PostgreSQL refuses the values of some event, halves the batch until that event stands alone, and parks its
 * stream. Errors that are nobody's values (connection, lock, disk) are the caller's: nothing is parked for an outage.
 */
export const writeAroundPoison = async (
  pool: Pool,
  folder: Folder,
  followed: readonly Followed[],
  from: Cursor,
  to: Cursor,
): Promise<readonly Written[]> => {
  const events = followed.map(({ event }) => event);
  try {
    return [await writeBatch(pool, folder, events, from, to)];
  } catch (error) {
    const first = events[0];
    if (!isDataError(error) || first === undefined) throw error;
    if (events.length === 1) return [await writeBatch(pool, folder, [], from, to, [parkedBy(first, error)])];
  }
  const half = Math.floor(followed.length / 2);
  const middle = followed[half]?.before ?? to;
  return [
    ...(await writeAroundPoison(pool, folder, followed.slice(0, half), from, middle)),
    ...(await writeAroundPoison(pool, folder, followed.slice(half), middle, to)),
  ];
};
