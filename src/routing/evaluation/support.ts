import { mean, weightOf, type Round } from './round.js';

/** Under so many effective rounds no value is stated: a normal interval would be a fiction. */
export const LEAST_ESS = 30;

/** How much a log says about a target. */
export interface Support {
  readonly rounds: number;
  readonly tasks: number;
  /** (Σ w)² ÷ Σ w²: so many rounds drawn by the target itself would say as much (Kish) */
  readonly ess: number;
  readonly largestWeight: number;
  /** 1 in expectation where every action of the target could have been drawn; far from 1: the propensities are not the true ones */
  readonly meanWeight: number;
  /** mean share of the target's choices that the logger would never have made; null: the log does not hold whole distributions */
  readonly unsupported: number | null;
}

export const supportOf = (rounds: readonly Round[]): Support => {
  const weights = rounds.map(weightOf);
  const [sum, squares] = [weights.reduce((s, w) => s + w, 0), weights.reduce((s, w) => s + w * w, 0)];
  const whole = rounds.every(({ behaviour }) => behaviour !== undefined);
  return {
    rounds: rounds.length,
    tasks: new Set(rounds.map(({ task }) => task)).size,
    ess: squares === 0 ? 0 : (sum * sum) / squares,
    largestWeight: weights.reduce((most, weight) => Math.max(most, weight), 0),
    meanWeight: rounds.length === 0 ? 0 : mean(weights),
    unsupported: whole && rounds.length > 0 ? mean(rounds.map(without)) : null,
  };
};

const without = ({ target, behaviour }: Round): number =>
  target.reduce((sum, share, action) => sum + ((behaviour?.[action] ?? 0) > 0 ? 0 : share), 0);
