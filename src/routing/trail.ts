/** One outcome that counts, with its place in the canonical order. */
export interface Step {
  readonly agentId: string;
  readonly reward: 0 | 1;
  /** µs */
  readonly at: number;
  readonly partition: number;
  readonly offset: number;
}

/**
 * Outcomes in canonical order, the newest so many: `kept[from]` up to before `kept[to]`. The newest trail may add to `kept` behind
 * its end, which no older one sees; so an outcome in order costs nothing like a copy, and every trail stays what it was.
 */
export interface Trail {
  readonly kept: Step[];
  readonly from: number;
  readonly to: number;
}

export const emptyTrail = (): Trail => ({ kept: [], from: 0, to: 0 });

/** A trail of steps that are in canonical order already. */
export const trailOf = (steps: readonly Step[]): Trail => ({ kept: [...steps], from: 0, to: steps.length });

export const stepsOf = ({ kept, from, to }: Trail): readonly Step[] => kept.slice(from, to);

/** (occurredAt, partition, offset): the order in which outcomes are taken to have happened, on every machine. */
export function canonical(a: Step, b: Step): number {
  return a.at - b.at || a.partition - b.partition || a.offset - b.offset;
}

/**
 * The trail with one step more, at its place; at most `most`, the oldest goes. The newest `most` of a set are the same in whatever
 * order they came, so the trail is a function of the set.
 */
export function inserted(trail: Trail, step: Step, most: number): Trail {
  const { kept, from, to } = trail;
  let at = to;
  while (at > from && canonical(kept[at - 1] as Step, step) > 0) at -= 1;
  const full = to - from >= most;
  if (full && at === from) return trail;
  const first = full ? from + 1 : from;
  // In order, by the newest trail of this array, and not too much behind it that nobody needs.
  if (at === to && kept.length === to && first <= most) {
    kept.push(step);
    return { kept, from: first, to: to + 1 };
  }
  const copy = [...kept.slice(first, at), step, ...kept.slice(at, to)];
  return { kept: copy, from: 0, to: copy.length };
}
