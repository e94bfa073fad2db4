import type { Policy } from '../policy.js';
import { walk, type ReplayOptions, type Walk } from './replay.js';
import type { Scenario } from './scenario.js';

export interface Estimate {
  readonly mean: number;
  /** standard error over the orders; null for one order */
  readonly se: number | null;
}

export function estimate(values: readonly number[]): Estimate {
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  if (count < 2) return { mean, se: null };
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, se: Math.sqrt(squares / (count - 1) / count) };
}

export interface Simulation {
  readonly policy: string;
  readonly steps: number;
  readonly orders: number;
  /** share of the steps with a known end that were solved, second attempts included */
  readonly solved: number;
  /** pseudo-regret: Σ (rate of the best single agent − rate of the chosen one) */
  readonly regret: number;
  readonly regret_se: number | null;
  /** share of the steps whose first choice was the best agent */
  readonly share_best: number;
  readonly attempts_per_task: number;
}

/** The walks of all orders: order k has the seed `${seed}/${k}`, so all policies meet the same tasks. */
export function* walks(
  scenario: Scenario,
  policy: Policy,
  orders: number,
  options: ReplayOptions,
): Generator<Walk> {
  for (let order = 0; order < orders; order += 1)
    yield walk(scenario, policy, { ...options, seed: `${options.seed}/${order}` });
}

type Sums = Pick<Walk, 'steps' | 'known' | 'solved' | 'regret' | 'best' | 'attempts'>;

export function simulate(
  scenario: Scenario,
  policy: Policy,
  orders: number,
  options: ReplayOptions,
): Simulation {
  // Of each walk only its sums: what it has learned would fill the memory.
  const all = Array.from(
    walks(scenario, policy, orders, options),
    ({ steps, known, solved, regret, best, attempts }) => ({ steps, known, solved, regret, best, attempts }),
  );
  const mean = (value: (one: Sums) => number): number => estimate(all.map(value)).mean;
  const regret = estimate(all.map((one) => one.regret));
  return {
    policy: policy.id,
    steps: scenario.steps,
    orders,
    solved: mean(({ solved, known }) => (known === 0 ? 0 : solved / known)),
    regret: regret.mean,
    regret_se: regret.se,
    share_best: mean(({ best, steps }) => best / steps),
    attempts_per_task: mean(({ attempts, steps }) => attempts / steps),
  };
}
