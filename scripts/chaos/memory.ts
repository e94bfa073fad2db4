import { FinishedSet } from '../../src/saga/finished.js';
import type { Incarnation } from './supervised.js';

export interface MemoryReport {
  readonly finished_tasks: number;
  /** Bytes of the finished sets over all partitions, and per task (bound: 24 once the table has grown). */
  readonly finished_set_bytes: number;
  readonly finished_set_bytes_per_task: number;
  /** The longest life of an arbiter process: its resident set over the second half of that life. */
  readonly longest_life_s: number;
  readonly rss_mb_first: number;
  readonly rss_mb_last: number;
  readonly rss_slope_bytes_per_s: number;
  readonly rss_mb_most: number;
}

const MB = 1024 * 1024;

export const memoryReport = (
  finished: ReadonlyMap<number, readonly string[]>,
  lives: readonly Incarnation[],
): MemoryReport => {
  let bytes = 0;
  let tasks = 0;
  for (const ids of finished.values()) {
    const set = new FinishedSet();
    for (const id of ids) set.add(id);
    bytes += set.bytes;
    tasks += ids.length;
  }
  const span = (life: Incarnation): number =>
    (life.rss.at(-1)?.at ?? life.startedAt) - (life.rss[0]?.at ?? life.startedAt);
  const longest = [...lives].sort((a, b) => span(b) - span(a))[0];
  const samples = longest?.rss ?? [];
  const half = samples.slice(Math.floor(samples.length / 2));
  return {
    finished_tasks: tasks,
    finished_set_bytes: bytes,
    finished_set_bytes_per_task: tasks === 0 ? 0 : round(bytes / tasks),
    longest_life_s: longest === undefined ? 0 : round(span(longest) / 1000),
    rss_mb_first: round((samples[0]?.bytes ?? 0) / MB),
    rss_mb_last: round((samples.at(-1)?.bytes ?? 0) / MB),
    rss_slope_bytes_per_s: Math.round(slopeOf(half)),
    rss_mb_most: round(Math.max(0, ...lives.flatMap(({ rss }) => rss.map((sample) => sample.bytes))) / MB),
  };
};

const round = (value: number): number => Math.round(value * 10) / 10;

/** Least squares, bytes per second. */
const slopeOf = (samples: readonly { readonly at: number; readonly bytes: number }[]): number => {
  if (samples.length < 2) return 0;
  const mean = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0) / list.length;
  const t = mean(samples.map(({ at }) => at / 1000));
  const b = mean(samples.map(({ bytes }) => bytes));
  const top = mean(samples.map(({ at, bytes }) => (at / 1000 - t) * (bytes - b)));
  const bottom = mean(samples.map(({ at }) => (at / 1000 - t) ** 2));
  return bottom === 0 ? 0 : top / bottom;
};
