import { NO_EXPERIENCE, rememberAll, type Experience, type Outcome } from '../experience.js';

/** Positions by partition: every outcome below its partition's position is in. Partitions left out: none. */
export type Vector = readonly { readonly partition: number; readonly position: number }[];

interface Known {
  readonly positions: ReadonlyMap<number, number>;
  readonly experience: Experience;
}

/** So many experiences are kept to go on from: routers that take turns each have their own road through the log. */
const MOST_KEPT = 16;

export interface Timeline {
  /** More of the log. What a vector names has to be there before it is asked for. */
  add(outcomes: Iterable<Outcome>): void;
  at(vector: Vector): Experience;
}

/**
 * What was known at a vector, for any vector: the learner's state as a pure function of the outcomes below it. Asked in the order of the log
 * it costs one pass; a vector beside the others is built from the nearest one below, or from nothing.
 */
export const timeline = (outcomes: Iterable<Outcome> = []): Timeline => {
  const byPartition = new Map<number, Outcome[]>();
  const nothing: Known = { positions: new Map(), experience: NO_EXPERIENCE };
  let kept: Known[] = [];
  const add: Timeline['add'] = (more) => {
    const touched = new Set<Outcome[]>();
    for (const outcome of more) {
      const list = byPartition.get(outcome.partition) ?? [];
      byPartition.set(outcome.partition, list);
      const last = list[list.length - 1];
      if (last !== undefined && last.offset > outcome.offset) touched.add(list);
      list.push(outcome);
    }
    for (const list of touched) list.sort((a, b) => a.offset - b.offset);
  };
  const at: Timeline['at'] = (vector) => {
    const positions = new Map(vector.map(({ partition, position }) => [partition, position]));
    const from = kept.filter((known) => isBelow(known.positions, positions)).sort(bySize)[0] ?? nothing;
    const news = [...positions].flatMap(([partition, position]) =>
      between(byPartition.get(partition) ?? [], from.positions.get(partition) ?? 0, position),
    );
    const experience = news.length === 0 ? from.experience : rememberAll(from.experience, news);
    kept = [{ positions, experience }, ...kept.filter((known) => known !== from)].slice(0, MOST_KEPT);
    return experience;
  };
  add(outcomes);
  return { add, at };
};

const isBelow = (a: ReadonlyMap<number, number>, b: ReadonlyMap<number, number>): boolean =>
  [...a].every(([partition, position]) => position <= (b.get(partition) ?? 0));

const size = ({ positions }: Known): number => [...positions.values()].reduce((sum, one) => sum + one, 0);
const bySize = (a: Known, b: Known): number => size(b) - size(a);

/** Outcomes with from ≤ offset < to; the list is in order of offsets. */
const between = (list: readonly Outcome[], from: number, to: number): readonly Outcome[] =>
  list.slice(first(list, from), first(list, to));

const first = (list: readonly Outcome[], offset: number): number => {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((list[middle]?.offset ?? Infinity) < offset) low = middle + 1;
    else high = middle;
  }
  return low;
};
