import type { ModelPrior } from '../../events/generated/events.js';

/**
 * What is believed of an agent nobody knows: four successes in five, on loan. Five outcomes outweigh it, none
 * erases it (D-07).
 */
export const OPTIMISTIC: ModelPrior = {
  successesMilli: 4000,
  failuresMilli: 1000,
  durationMs: 5000,
  costMicros: null,
};

/** A Beta prior with what a task takes and costs; null: nothing is believed. */
export interface Belief {
  readonly alpha: number;
  readonly beta: number;
  readonly durationMs: number | null;
  readonly costMicros: number | null;
}

/**
 * The belief that an agent of a model family begins with: the family's own baseline, else that of every family (key ''),
 * else the optimistic one.
 * @param families baselines by family, as the registry holds them
 */
export const beliefOf = (families: Readonly<Record<string, ModelPrior>>, modelFamily: string): Belief => {
  const own = Object.hasOwn(families, modelFamily) ? families[modelFamily] : undefined;
  const all = Object.hasOwn(families, '') ? families[''] : undefined;
  const { successesMilli, failuresMilli, durationMs, costMicros } = own ?? all ?? OPTIMISTIC;
  return { alpha: successesMilli / 1000, beta: failuresMilli / 1000, durationMs, costMicros };
};

/** Mean of the belief after these outcomes: the loan is outweighed, never paid back (D-07). */
export const expectedSuccess = (
  { alpha, beta }: Pick<Belief, 'alpha' | 'beta'>,
  successes: number,
  failures: number,
): number => (successes + alpha) / (successes + failures + alpha + beta);
