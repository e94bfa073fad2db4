import type { Incarnation } from './supervised.js';

export interface ResidentSets {
  /** Of the longest life of an arbiter process: first and last sample, and the slope over its second half. */
  readonly longest_life_s: number;
  readonly rss_mb_first: number;
  readonly rss_mb_last: number;
  readonly rss_slope_bytes_per_s: number;
  /** Of all lives. */
  readonly rss_mb_most: number;
}

const MB = 1024 * 1024;

export const residentSets = (lives: readonly Incarnation[]): ResidentSets => {
  const span = (life: Incarnation): number =>
    (life.rss.at(-1)?.at ?? life.startedAt) - (life.rss[0]?.at ?? life.startedAt);
  const longest = [...lives].sort((a, b) => span(b) - span(a))[0];
  const samples = longest?.rss ?? [];
  const half = samples.slice(Math.floor(samples.length / 2));
  return {
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
