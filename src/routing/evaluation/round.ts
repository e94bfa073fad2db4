import { RoutingError } from '../errors.js';

/** One logged decision, as off-policy evaluation sees it. Actions are indices into `target` (and `behaviour`, `values`). */
export interface Round {
  /** what the decision was about; rounds of one task are resampled together */
  readonly task: string;
  readonly action: number;
  /** 0…1 */
  readonly reward: number;
  /** probability with which the logger drew `action` */
  readonly propensity: number;
  /** the evaluated policy's distribution over the allowed actions */
  readonly target: readonly number[];
  /** the logger's distribution, where it is on record: shows which targets have no support */
  readonly behaviour?: readonly number[];
  /** q(x, a) of a reward model for each action; needed by the model-based estimators alone */
  readonly values?: readonly number[];
}

/** Importance weight: π(a|x) ÷ the logged propensity. */
export const weightOf = ({ target, action, propensity }: Round): number => (target[action] ?? 0) / propensity;

/** The model's value of the chosen action. */
export const modelled = ({ values, action }: Round): number => values?.[action] ?? 0;

/** The model's value of the evaluated policy: Σ π(a|x) q(x, a). */
export const modelledTarget = ({ values, target }: Round): number =>
  target.reduce((sum, share, action) => sum + share * (values?.[action] ?? 0), 0);

export const mean = (list: readonly number[]): number =>
  list.reduce((sum, one) => sum + one, 0) / list.length;

const DISTRIBUTION_TOLERANCE = 1e-9;

/**
 * Refuses rounds that no estimator could be right about.
 * @throws RoutingError LOG_INVALID with the place, what was expected and what was found
 */
export const checkRounds = (rounds: readonly Round[]): void => {
  if (rounds.length === 0)
    throw new RoutingError('LOG_INVALID', 'log: expected at least one round, found none');
  rounds.forEach((round, at) => {
    const wrong = (place: string, expected: string, found: unknown): never => {
      throw new RoutingError(
        'LOG_INVALID',
        `round ${at}, ${place}: expected ${expected}, found ${String(found)}`,
      );
    };
    const { action, reward, propensity, target, values, behaviour } = round;
    if (!Number.isInteger(action) || action < 0 || action >= target.length)
      wrong('action', `0 to ${target.length - 1}`, action);
    if (!(propensity > 0 && propensity <= 1)) wrong('propensity', 'a probability over 0', propensity);
    if (!(reward >= 0 && reward <= 1)) wrong('reward', 'a number from 0 to 1', reward);
    for (const [name, shares] of [['target', target] as const, ['behaviour', behaviour] as const]) {
      if (shares === undefined) continue;
      if (shares.length !== target.length) wrong(name, `${target.length} shares`, shares.length);
      const total = shares.reduce((sum, share) => sum + share, 0);
      if (shares.some((share) => !(share >= 0)) || Math.abs(total - 1) > DISTRIBUTION_TOLERANCE)
        wrong(name, 'shares that sum to 1', total);
    }
    if (values !== undefined && values.length !== target.length)
      wrong('values', `${target.length} of them`, values.length);
    if (values?.some((value) => !Number.isFinite(value)) === true) wrong('values', 'finite numbers', values);
  });
};
