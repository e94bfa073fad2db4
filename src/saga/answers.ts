import type { AskKind } from '../events/generated/events.js';

/** Answers are counted per second: sums can be undone exactly, a maximum could not. */
const WIDTH = 1_000_000;
/** Seconds kept per kind of ask; far more than any append may undo. */
const KEPT = 4096;

/** When components of each kind have answered: who answers others is not down (law 6). */
export class Answers {
  readonly #kinds = new Map<AskKind, Map<number, number>>();

  /** One answer more (by = 1) or undone (by = -1) at a time in µs. */
  count(kind: AskKind, at: number, by: 1 | -1): void {
    const buckets = this.#kinds.get(kind) ?? new Map<number, number>();
    this.#kinds.set(kind, buckets);
    const bucket = Math.floor(at / WIDTH);
    const sum = (buckets.get(bucket) ?? 0) + by;
    if (sum > 0) buckets.set(bucket, sum);
    else buckets.delete(bucket);
    if (buckets.size > 2 * KEPT) this.#prune(buckets);
  }

  /** The end of the first second after `since` in which somebody was answered, µs. */
  firstAfter(kind: AskKind, since: number): number | undefined {
    let first: number | undefined;
    for (const bucket of this.#kinds.get(kind)?.keys() ?? []) {
      if (bucket > since / WIDTH && bucket < (first ?? Infinity)) first = bucket;
    }
    return first === undefined ? undefined : (first + 1) * WIDTH;
  }

  save(): [AskKind, [number, number][]][] {
    return [...this.#kinds]
      .map(([kind, buckets]): [AskKind, [number, number][]] => [
        kind,
        [...buckets].sort((a, b) => a[0] - b[0]),
      ])
      .filter(([, buckets]) => buckets.length > 0)
      .sort((a, b) => (a[0] < b[0] ? -1 : 1));
  }

  load(saved: readonly [AskKind, [number, number][]][]): void {
    this.#kinds.clear();
    for (const [kind, buckets] of saved) this.#kinds.set(kind, new Map(buckets));
  }

  #prune(buckets: Map<number, number>): void {
    const keys = [...buckets.keys()].sort((a, b) => b - a);
    for (const key of keys.slice(KEPT)) buckets.delete(key);
  }
}
