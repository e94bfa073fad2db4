import { anytimeInterval } from './anytime.js';
import { bootstrapInterval } from './bootstrap.js';
import { estimate, ESTIMATORS, NEEDS_MODEL, type Estimator } from './estimators.js';
import { normalInterval, type Interval } from './normal.js';
import { checkRounds, type Round } from './round.js';
import { LEAST_ESS, supportOf, type Support } from './support.js';

export interface ReportOptions {
  readonly confidence?: number;
  /** under so many effective rounds no value is stated */
  readonly leastEss?: number;
  /** resamples by task; 0: no bootstrap */
  readonly resamples?: number;
  readonly seed?: string;
}

export interface Valued {
  readonly estimator: Estimator;
  readonly value: number;
  readonly standardError: number;
  readonly normal: Interval;
  readonly bootstrap: Interval | null;
}

export interface Report {
  readonly support: Support;
  /** REFUSED: the log says too little about this policy, and `estimates` is empty */
  readonly verdict: 'STATED' | 'REFUSED';
  readonly estimates: readonly Valued[];
  /** holds at any time of looking; null when refused */
  readonly anytime: Interval | null;
  /** mean reward of the log itself: what was achieved */
  readonly onPolicy: { readonly value: number; readonly normal: Interval };
  readonly warnings: readonly string[];
}

/** A mean weight this many standard errors from 1 tells of propensities that were not the ones drawn from. */
const SUSPICIOUS = 4;

/**
 * What the target would have achieved on the log's tasks, by several estimators, each with its intervals; refused where the effective
 * sample is under 30, for then every figure would be a story about a handful of rounds.
 * @throws RoutingError LOG_INVALID
 */
export const report = (rounds: readonly Round[], options: ReportOptions = {}): Report => {
  checkRounds(rounds);
  const { confidence = 0.95, leastEss = LEAST_ESS, resamples = 0, seed = 'bootstrap' } = options;
  const support = supportOf(rounds);
  const rewards = rounds.map(({ reward }) => reward);
  const onPolicy = {
    value: rewards.reduce((sum, reward) => sum + reward, 0) / rewards.length,
    normal: normalInterval(rewards, confidence),
  };
  const refused = support.ess < leastEss;
  const warnings = warningsOf(rounds, support, refused, leastEss);
  if (refused) return { support, verdict: 'REFUSED', estimates: [], anytime: null, onPolicy, warnings };
  const modelled = rounds.every(({ values }) => values !== undefined);
  const estimators = ESTIMATORS.filter(({ name }) => modelled || !NEEDS_MODEL.has(name));
  const estimates = estimators.map((estimator) => {
    const { value, standardError, linearised } = estimate(rounds, estimator);
    const bootstrap =
      resamples > 0 ? bootstrapInterval(rounds, estimator, { confidence, resamples, seed }) : null;
    return { estimator, value, standardError, normal: normalInterval(linearised, confidence), bootstrap };
  });
  return {
    support,
    verdict: 'STATED',
    estimates,
    anytime: anytimeInterval(rounds, confidence),
    onPolicy,
    warnings,
  };
};

const warningsOf = (
  rounds: readonly Round[],
  support: Support,
  refused: boolean,
  leastEss: number,
): string[] => {
  const warnings: string[] = [];
  const { ess, unsupported, meanWeight, largestWeight } = support;
  if (refused)
    warnings.push(`effective sample ${ess.toFixed(1)} of ${rounds.length}: expected at least ${leastEss}`);
  if (unsupported !== null && unsupported > 0)
    warnings.push(
      `${(unsupported * 100).toFixed(1)} % of its choices were never possible in this log: the value leaves them out`,
    );
  const error = Math.sqrt(
    rounds.reduce((sum, { target, action, propensity }) => {
      const weight = (target[action] ?? 0) / propensity;
      return sum + (weight - meanWeight) ** 2;
    }, 0) / Math.max(1, rounds.length * (rounds.length - 1)),
  );
  if (Math.abs(meanWeight - 1) > SUSPICIOUS * error + 1e-9)
    warnings.push(
      `mean weight ${meanWeight.toFixed(3)}, expected near 1: propensities or distributions do not fit`,
    );
  if (largestWeight > rounds.length / 10)
    warnings.push(
      `one round weighs ${largestWeight.toFixed(1)}, over a tenth of the log: read the clipped estimators`,
    );
  return warnings;
};
