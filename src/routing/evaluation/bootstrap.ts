import { random } from '../random.js';
import { estimate, type Estimator } from './estimators.js';
import type { Interval } from './normal.js';
import type { Round } from './round.js';

export interface BootstrapOptions {
  readonly confidence?: number;
  readonly resamples?: number;
  /** the interval is a function of it */
  readonly seed: string;
}

/**
 * Percentile interval from resampling whole tasks with replacement: the attempts of one task depend on each other, so they stay
 * together (Efron 1979; Field & Welsh 2007 for clusters). Quantiles by the nearest rank.
 */
export const bootstrapInterval = (
  rounds: readonly Round[],
  estimator: Estimator,
  { confidence = 0.95, resamples = 1000, seed }: BootstrapOptions,
): Interval => {
  const byTask = new Map<string, Round[]>();
  for (const round of rounds) {
    const group = byTask.get(round.task);
    if (group === undefined) byTask.set(round.task, [round]);
    else group.push(round);
  }
  const tasks = [...byTask.values()];
  const rng = random(seed);
  const values: number[] = [];
  for (let turn = 0; turn < resamples; turn += 1) {
    const sample: Round[] = [];
    for (let drawn = 0; drawn < tasks.length; drawn += 1) {
      for (const round of tasks[Math.floor(rng.next() * tasks.length)] ?? []) sample.push(round);
    }
    const { value } = estimate(sample, estimator);
    // A resample in which the target never did the same has no value by the ratio estimators.
    if (Number.isFinite(value)) values.push(value);
  }
  if (values.length === 0) return { low: NaN, high: NaN };
  values.sort((a, b) => a - b);
  const rank = (share: number): number =>
    values[Math.min(values.length - 1, Math.max(0, Math.ceil(share * values.length) - 1))] ?? NaN;
  return { low: rank((1 - confidence) / 2), high: rank((1 + confidence) / 2) };
};
