import type { Policy } from '../../src/routing/index.js';
import {
  arrivals,
  badRelease,
  estimate,
  steady,
  walk,
  type Estimate,
  type Matrix,
  type Scenario,
  type Walk,
} from '../../src/routing/simulation/index.js';

/** A figure of a gate with its bound. `held`: the mean less (or plus) two standard errors is within it. */
export interface Figure extends Estimate {
  readonly bound: number;
  readonly held: boolean;
  /** the mean itself is within the bound */
  readonly within: boolean;
}

const against = (values: readonly number[], bound: number, side: 'at most' | 'at least'): Figure => {
  const { mean, se } = estimate(values);
  const slack = 2 * (se ?? 0);
  return side === 'at most'
    ? { mean, se, bound, held: mean - slack <= bound, within: mean <= bound }
    : { mean, se, bound, held: mean + slack >= bound, within: mean >= bound };
};

export interface Settings {
  readonly orders: number;
  readonly floor: number;
}

const runs = (
  scenario: Scenario,
  policy: Policy,
  name: string,
  { orders, floor }: Settings,
  { delay = 0, attempts = 1 } = {},
  each: (walked: Walk, picks: readonly number[]) => void,
): void => {
  for (let order = 0; order < orders; order += 1) {
    const picks: number[] = [];
    const walked = walk(scenario, policy, {
      seed: `${name}/${order}`,
      floor,
      delay,
      attempts,
      onPick: ({ agent, attempt }) => {
        if (attempt === 1) picks.push(agent);
      },
    });
    each(walked, picks);
  }
};

const regrets = (
  scenario: Scenario,
  policy: Policy,
  name: string,
  settings: Settings,
  bound: number,
  delay = 0,
): Figure => {
  const values: number[] = [];
  runs(scenario, policy, name, settings, { delay }, ({ regret }) => values.push(regret));
  return against(values, bound, 'at most');
};

export interface Fleets {
  readonly fleet: Matrix;
  readonly arriving: Matrix;
}

export type GateName =
  '1a' | '1b' | '2-delay-20' | '2-delay-100' | '3-arrivals' | '4-solved' | '4-picks' | '4-regret';

/** Gates 1 to 4. Seeds depend on the gate and the order alone, so all policies meet the same tasks. */
export const gatesOneToFour = (
  policy: Policy,
  { fleet, arriving }: Fleets,
  settings: Settings,
): Readonly<Record<GateName, Figure>> => {
  const once = steady(fleet, 500, 'permutation');
  const bad = badRelease(fleet, { steps: 2000, at: 1000 });
  const [solved, picked, regret]: [number[], number[], number[]] = [[], [], []];
  runs(bad, policy, 'gate-4', settings, {}, (walked, picks) => {
    solved.push(walked.solved / walked.steps);
    picked.push(picks.slice(1000).filter((agent) => agent === bad.spoiled).length);
    regret.push(walked.regret);
  });
  return {
    '1a': regrets(once, policy, 'gate-1a', settings, 18),
    '1b': regrets(steady(fleet, 2000, 'replacement'), policy, 'gate-1b', settings, 38),
    '2-delay-20': regrets(once, policy, 'gate-2', settings, 24, 20),
    '2-delay-100': regrets(once, policy, 'gate-2', settings, 33, 100),
    '3-arrivals': regrets(
      arrivals(arriving, { steps: 4000, begin: 4, every: 100, most: 12 }),
      policy,
      'gate-3',
      settings,
      120,
    ),
    '4-solved': against(solved, 0.75, 'at least'),
    '4-picks': against(picked, 30, 'at most'),
    '4-regret': against(regret, Infinity, 'at most'),
  };
};

/** Gate 5: another agent after a failed check, at most two attempts. */
export const gateFive = (
  policy: Policy,
  { fleet }: Fleets,
  settings: Settings,
): Readonly<Record<'first' | 'solved' | 'attempts', Figure>> => {
  const [first, solved, attempts]: [number[], number[], number[]] = [[], [], []];
  runs(steady(fleet, 500, 'permutation'), policy, 'gate-5', settings, { attempts: 2 }, (walked) => {
    first.push(walked.solvedFirst / walked.steps);
    solved.push(walked.solved / walked.steps);
    attempts.push(walked.attempts / walked.steps);
  });
  return {
    first: against(first, 0, 'at least'),
    solved: against(solved, 0.803, 'at least'),
    attempts: against(attempts, 1.25, 'at most'),
  };
};

/** Regret summed up to each of some steps, mean over the orders: for plots. */
export const regretCurve = (
  scenario: Scenario,
  policy: Policy,
  orders: number,
  every: number,
): readonly { readonly step: number; readonly regret: number }[] => {
  const sums = new Array<number>(Math.floor(scenario.steps / every)).fill(0);
  runs(scenario, policy, 'curve', { orders, floor: 0 }, {}, (_, picks) => {
    let total = 0;
    picks.forEach((agent, step) => {
      const best = Math.max(...scenario.pool(step).map((one) => scenario.rate(one, step)));
      total += best - scenario.rate(agent, step);
      if ((step + 1) % every === 0)
        sums[(step + 1) / every - 1] = (sums[(step + 1) / every - 1] ?? 0) + total;
    });
  });
  return sums.map((sum, at) => ({ step: (at + 1) * every, regret: sum / orders }));
};
