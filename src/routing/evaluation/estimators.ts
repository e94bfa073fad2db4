import { RoutingError } from '../errors.js';
import { mean, modelled, modelledTarget, weightOf, type Round } from './round.js';

/**
 * Off-policy estimators (reference for the formulas: Dudík, Langford, Li 2011 for IPS and DR; Swaminathan & Joachims 2015 for
 * self-normalisation; Wang, Agarwal, Dudík 2017 for switching; Su et al. 2020 for shrinkage; Metelli et al. 2021 for the
 * sub-Gaussian weights; Li et al. 2011 for the replay method; Zhan, Hadad, Hirshberg, Athey 2021 for rounds weighted by how much
 * they can say, which helps where the logger grew sure of itself and assumes that tasks do not change over time).
 */
export type Estimator =
  | { readonly name: 'dm' | 'ips' | 'snips' | 'dr' | 'sndr' | 'weighted-dr' | 'replay' }
  /** weights are cut at `most` */
  | { readonly name: 'clipped-ips' | 'clipped-dr'; readonly most: number }
  /** the model alone where the weight is above `over` */
  | { readonly name: 'switch-dr'; readonly over: number }
  /** w → λw ÷ (w² + λ), λ ≥ 0 */
  | { readonly name: 'dr-os'; readonly lambda: number }
  /** w → w ÷ (1 − λ + λw), 0 ≤ λ ≤ 1 */
  | { readonly name: 'sub-gaussian-ips' | 'sub-gaussian-dr'; readonly lambda: number };

export interface Estimate {
  readonly value: number;
  /** one term per round that took part; `value` is their mean */
  readonly terms: readonly number[];
  /** sd of the terms ÷ √n (n − 1 in the variance); 0 with a single term */
  readonly standardError: number;
  /**
   * The same terms with a ratio's denominator taken as the estimate that it is (first order): what a normal interval is built on.
   * Equal to `terms` for estimators that are plain means.
   */
  readonly linearised: readonly number[];
}

/** All of them, at the settings this product reports with. */
export const ESTIMATORS: readonly Estimator[] = [
  { name: 'dm' },
  { name: 'ips' },
  { name: 'clipped-ips', most: 10 },
  { name: 'snips' },
  { name: 'dr' },
  { name: 'clipped-dr', most: 10 },
  { name: 'sndr' },
  { name: 'weighted-dr' },
  { name: 'switch-dr', over: 10 },
  { name: 'dr-os', lambda: 10 },
  { name: 'sub-gaussian-ips', lambda: 0.05 },
  { name: 'sub-gaussian-dr', lambda: 0.05 },
  { name: 'replay' },
];

export const NEEDS_MODEL: ReadonlySet<Estimator['name']> = new Set([
  'dm',
  'dr',
  'clipped-dr',
  'sndr',
  'weighted-dr',
  'switch-dr',
  'dr-os',
  'sub-gaussian-dr',
]);

/**
 * The value of the target policy by one estimator. Rounds are taken as checked (`checkRounds`).
 * @throws RoutingError MODEL_MISSING when the estimator needs `values` and a round has none; PARAMETER_INVALID
 */
export const estimate = (rounds: readonly Round[], estimator: Estimator): Estimate => {
  checkParameters(estimator);
  if (NEEDS_MODEL.has(estimator.name)) {
    const at = rounds.findIndex(({ values }) => values === undefined);
    if (at >= 0)
      throw new RoutingError(
        'MODEL_MISSING',
        `round ${at}, values: expected for ${estimator.name}, found none`,
      );
  }
  if (estimator.name === 'replay') return replayed(rounds);
  if (estimator.name === 'snips') return selfNormalised(rounds, false);
  if (estimator.name === 'sndr') return selfNormalised(rounds, true);
  if (estimator.name === 'weighted-dr') return weighted(rounds);
  const transform = weighting(estimator);
  const model = NEEDS_MODEL.has(estimator.name);
  return plain(
    rounds.map((round) => {
      const weight = transform(weightOf(round));
      return model
        ? modelledTarget(round) + correction(weight, round.reward, modelled(round))
        : weight * round.reward;
    }),
  );
};

/** No 0 · ∞: a round without weight corrects nothing. */
const correction = (weight: number, reward: number, model: number): number =>
  weight === 0 ? 0 : weight * (reward - model);

const weighting = (estimator: Estimator): ((weight: number) => number) => {
  switch (estimator.name) {
    case 'dm':
      return () => 0;
    case 'clipped-ips':
    case 'clipped-dr':
      return (weight) => Math.min(weight, estimator.most);
    case 'switch-dr':
      return (weight) => (weight <= estimator.over ? weight : 0);
    case 'dr-os':
      return (weight) =>
        weight === 0 ? 0 : (estimator.lambda * weight) / (weight * weight + estimator.lambda);
    case 'sub-gaussian-ips':
    case 'sub-gaussian-dr':
      return (weight) => (weight === 0 ? 0 : weight / (1 - estimator.lambda + estimator.lambda * weight));
    default:
      return (weight) => weight;
  }
};

const plain = (terms: readonly number[]): Estimate => {
  const { value, standardError } = spread(terms);
  return { value, terms, standardError, linearised: terms };
};

/** SNIPS and SNDR: the correction is divided by the mean weight, which is 1 only in expectation. */
const selfNormalised = (rounds: readonly Round[], model: boolean): Estimate => {
  const weights = rounds.map(weightOf);
  const meanWeight = mean(weights);
  if (meanWeight === 0)
    return {
      value: NaN,
      terms: rounds.map(() => NaN),
      standardError: NaN,
      linearised: rounds.map(() => NaN),
    };
  const base = rounds.map((round) => (model ? modelledTarget(round) : 0));
  const ratio = rounds.map(
    (round, at) => ((weights[at] ?? 0) * (round.reward - (model ? modelled(round) : 0))) / meanWeight,
  );
  const terms = ratio.map((term, at) => (base[at] ?? 0) + term);
  const { value, standardError } = spread(terms);
  const share = mean(ratio);
  const linearised = ratio.map(
    (term, at) => (base[at] ?? 0) + share + term - (share * (weights[at] ?? 0)) / meanWeight,
  );
  return { value, terms, standardError, linearised };
};

/** DR's terms, each in the measure of 1 ÷ Σ π²/p, which is known before the draw: so the weights make no bias. */
const weighted = (rounds: readonly Round[]): Estimate => {
  const says = rounds.map(({ target, behaviour, propensity, action }) => {
    const noise = target.reduce((sum, share, at) => {
      const p = behaviour?.[at] ?? (at === action ? propensity : 1);
      return share === 0 ? sum : sum + (p > 0 ? (share * share) / p : Infinity);
    }, 0);
    return noise > 0 && Number.isFinite(noise) ? 1 / noise : 0;
  });
  const scale = mean(says);
  const { terms: raw } = estimate(rounds, { name: 'dr' });
  if (scale === 0) return estimate(rounds, { name: 'dr' });
  const terms = raw.map((term, at) => (term * (says[at] ?? 0)) / scale);
  const { value, standardError } = spread(terms);
  const linearised = terms.map((term, at) => value + term - (value * (says[at] ?? 0)) / scale);
  return { value, terms, standardError, linearised };
};

/**
 * The mean reward of the rounds in which the target would have done the same; for a target that draws, each round counts with the
 * probability of that. Unbiased only where the logger drew uniformly.
 */
const replayed = (rounds: readonly Round[]): Estimate => {
  const matched = rounds.filter(({ target, action }) => (target[action] ?? 0) > 0);
  if (matched.length === 0) return { value: NaN, terms: [], standardError: NaN, linearised: [] };
  const shares = matched.map(({ target, action }) => target[action] ?? 0);
  const total = mean(shares);
  const terms = matched.map(({ reward }, at) => (reward * (shares[at] ?? 0)) / total);
  const { value, standardError } = spread(terms);
  const linearised = terms.map((term, at) => value + term - (value * (shares[at] ?? 0)) / total);
  return { value, terms, standardError, linearised };
};

/** Mean of the terms and its standard error. */
export const spread = (terms: readonly number[]): { value: number; standardError: number } => {
  const value = mean(terms);
  if (terms.length < 2) return { value, standardError: 0 };
  const squares = terms.reduce((sum, term) => sum + (term - value) ** 2, 0);
  return { value, standardError: Math.sqrt(squares / (terms.length - 1) / terms.length) };
};

const checkParameters = (estimator: Estimator): void => {
  const refuse = (name: string, expected: string, found: number): never => {
    throw new RoutingError(
      'PARAMETER_INVALID',
      `${estimator.name}, ${name}: expected ${expected}, found ${found}`,
    );
  };
  if ('most' in estimator && !(estimator.most > 0)) refuse('most', 'a weight over 0', estimator.most);
  if ('over' in estimator && !(estimator.over >= 0)) refuse('over', 'a weight', estimator.over);
  if (!('lambda' in estimator)) return;
  const top = estimator.name === 'dr-os' ? Infinity : 1;
  if (!(estimator.lambda >= 0 && estimator.lambda <= top))
    refuse('lambda', `a number from 0 to ${top}`, estimator.lambda);
};
