import { RoutingError } from './errors.js';

/**
 * Sums for ridge regression: Σ xxᵀ (upper triangle, row by row) and Σ x·reward. Features are kept in steps of 1/1024, so the sums are
 * integers and adding in another order gives the same bits.
 */
export interface Moments {
  readonly outer: readonly number[];
  readonly rewarded: readonly number[];
}

/** By number of features: those of another length are about something else. */
export type MomentsBySize = ReadonlyMap<number, Moments>;

export const STEPS = 1024;
export const MOST_FEATURES = 64;
const LARGEST = 64;

/** The features in whole steps; undefined: they are no features. */
function steps(features: readonly number[]): number[] | undefined {
  const fits = features.length > 0 && features.length <= MOST_FEATURES;
  return fits && features.every((value) => Math.abs(value) <= LARGEST)
    ? features.map((value) => Math.round(value * STEPS))
    : undefined;
}

/** The features in whole steps. @throws RoutingError FEATURES_INVALID */
export function quantised(features: readonly number[]): number[] {
  const x = steps(features);
  if (x !== undefined) return x;
  const expected = `expected 1 to ${MOST_FEATURES} numbers within ±${LARGEST}`;
  throw new RoutingError('FEATURES_INVALID', `features: ${expected}, found ${JSON.stringify(features)}`);
}

/** One outcome more. Features that are none leave the sums as they are: what was logged badly must not stop the learner. */
export function added(moments: MomentsBySize, features: readonly number[], reward: 0 | 1): MomentsBySize {
  const x = steps(features);
  if (x === undefined) return moments;
  const known = moments.get(x.length);
  const outer = known?.outer.slice() ?? new Array<number>((x.length * (x.length + 1)) / 2).fill(0);
  const rewarded = known?.rewarded.slice() ?? new Array<number>(x.length).fill(0);
  let at = 0;
  for (const [i, xi] of x.entries()) {
    for (const xj of x.slice(i)) {
      outer[at] = (outer[at] ?? 0) + xi * xj;
      at += 1;
    }
    rewarded[i] = (rewarded[i] ?? 0) + xi * reward;
  }
  return new Map(moments).set(x.length, { outer, rewarded });
}
