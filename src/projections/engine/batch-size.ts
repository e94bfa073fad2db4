/** Events in one transaction at most (law 13). */
export const MAX_BATCH = 2000;
const MIN_BATCH = 50;
const FAST_MS = 250;
const SLOW_MS = 1500;

/** Grows while full batches are written fast, shrinks when PostgreSQL labours, so that no transaction is long. */
export const nextBatchSize = (size: number, taken: number, milliseconds: number): number => {
  if (milliseconds > SLOW_MS) return Math.max(MIN_BATCH, Math.floor(size / 2));
  return taken >= size && milliseconds < FAST_MS ? Math.min(MAX_BATCH, size * 2) : size;
};
