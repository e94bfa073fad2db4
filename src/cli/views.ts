import type { PositionWanted, Queries } from '../projections/index.js';
import { CliError } from './failure.js';

const PATIENCE_MS = 30_000;

/** Read your own writes: resolves when the views have seen these positions. Rejects with `VIEWS_BEHIND`. */
export const untilSeen = async (
  queries: Queries,
  wanted: readonly PositionWanted[],
  timeoutMs: number = PATIENCE_MS,
): Promise<void> => {
  const waited = await queries.waitFor(wanted, timeoutMs);
  if (waited.kind === 'reached') return;
  const places = waited.missing.map(
    ({ topic, partition, position, at }) => `${topic}/${partition} at ${at} of ${position}`,
  );
  throw new CliError({
    code: 'VIEWS_BEHIND',
    expected: `the views to follow within ${timeoutMs} ms`,
    found: places.join(', '),
    repair: 'what was decided stands in the log; see: arbiter projections list',
  });
};
