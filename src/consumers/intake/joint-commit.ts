import { keyOf, type CommittedOffset, type TopicPartition } from '../../bus/port.js';

/** Commits one position; rejects when it does not stand. */
export type Commit = (at: TopicPartition, position: number) => Promise<void>;

/**
 * Partitions whose positions come while a commit is under way share the next one: a request for all instead of one for each.
 * Of one partition the newest position wins.
 */
export const jointCommit = (commit: (offsets: readonly CommittedOffset[]) => Promise<void>): Commit => {
  let underWay: Promise<unknown> = Promise.resolve();
  let next: { readonly offsets: Map<string, CommittedOffset>; readonly done: Promise<void> } | undefined;

  const open = (): NonNullable<typeof next> => {
    const offsets = new Map<string, CommittedOffset>();
    const done = underWay.then(() => {
      next = undefined;
      return commit([...offsets.values()]);
    });
    underWay = done.catch(() => undefined);
    return { offsets, done };
  };

  return (at, position) => {
    next ??= open();
    next.offsets.set(keyOf(at), { ...at, offset: position, metadata: '' });
    return next.done;
  };
};
