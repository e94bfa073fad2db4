import type { DeadLettered } from '../../events/generated/events.js';

/**
 * The latest letters, newest first, whatever order they are read in: partitions come one after the other. Bytes are for
 * `show`: a list of them would not fit.
 */
export const latestLetters = async (
  letters: AsyncIterable<DeadLettered>,
  limit: number,
): Promise<readonly DeadLettered[]> => {
  const kept = new Map<string, DeadLettered>();
  const newest = (): readonly DeadLettered[] =>
    [...kept.values()].sort((a, b) => b.occurredAt - a.occurredAt).slice(0, limit);
  for await (const letter of letters) {
    const before = kept.get(letter.letterId);
    if (before !== undefined && before.occurredAt > letter.occurredAt) continue;
    kept.set(letter.letterId, { ...letter, value: null, headers: {} });
    if (kept.size <= 2 * limit) continue;
    const stay = newest();
    kept.clear();
    for (const one of stay) kept.set(one.letterId, one);
  }
  return newest();
};
