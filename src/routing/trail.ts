/** One outcome that counts, with its place in the canonical order. */
export interface Step {
  readonly agentId: string;
  readonly reward: 0 | 1;
  /** µs */
  readonly at: number;
  readonly partition: number;
  readonly offset: number;
}

/** Outcomes in canonical order, the newest so many. */
export type Trail = readonly Step[];

/** (occurredAt, partition, offset): the order in which outcomes are taken to have happened, on every machine. */
export function canonical(a: Step, b: Step): number {
  return a.at - b.at || a.partition - b.partition || a.offset - b.offset;
}

/**
 * The trail with one step more, at its place; at most `most`, the oldest goes. The newest `most` of a set are the same in whatever
 * order they came, so the trail is a function of the set.
 */
export function inserted(trail: Trail, step: Step, most: number): Trail {
  let at = trail.length;
  while (at > 0 && canonical(trail[at - 1] as Step, step) > 0) at -= 1;
  const full = trail.length >= most;
  if (full && at === 0) return trail;
  const next = full ? trail.slice(1) : trail.slice();
  next.splice(full ? at - 1 : at, 0, step);
  return next;
}
