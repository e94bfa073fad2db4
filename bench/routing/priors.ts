import { parsePolicy, type Prior } from '../../src/routing/index.js';
import {
  estimate,
  rates,
  steady,
  walk,
  type Matrix,
  type Scenario,
} from '../../src/routing/simulation/index.js';

const regretOf = (scenario: Scenario, policy: string, orders: number): object => {
  const values = Array.from({ length: orders }, (_, order) => {
    const options = { seed: `priors/${order}`, floor: 0, delay: 0, attempts: 1 };
    return walk(scenario, parsePolicy(policy), options).regret;
  });
  return estimate(values);
};

const worth = (rate: number): Prior => ({ successes: 10 * rate, failures: 10 * (1 - rate) });

/**
 * What priors are worth, as regret. `types`: the repository of a task is its type, so that an agent is a newcomer to each of twelve.
 * `baselines`, 500 tasks: what is declared of each agent is worth ten outcomes, and right, optimistic for all, or of the agent that is as far from the
 * other end (upside down).
 */
export const priorsOf = (fleet: Matrix, orders: number): object => {
  const repository = fleet.columns.get('repo') ?? [];
  const typed = (steps: number): Scenario => ({
    ...steady(fleet, steps),
    type: (task) => repository[task] ?? '',
  });
  const rate = rates(fleet);
  const ranked = [...rate].sort((a, b) => a - b);
  const opposite = (agent: number): number =>
    ranked[ranked.length - 1 - ranked.indexOf(rate[agent] ?? 0)] ?? 0;
  const declared: Readonly<Record<string, (agent: number) => Prior | null>> = {
    none: () => null,
    right: (agent) => worth(rate[agent] ?? 0),
    optimistic: () => ({ successes: 4, failures: 1 }),
    'upside down': (agent) => worth(opposite(agent)),
  };
  const policies = ['randomised-ucb', 'thompson'];
  return {
    orders,
    types: policies.flatMap((policy) =>
      [0, 5, 20].map((loan) => ({
        policy,
        loan,
        regret_500: regretOf(typed(500), `${policy}:loan=${loan}`, orders),
        regret_2000: regretOf(typed(2000), `${policy}:loan=${loan}`, orders),
      })),
    ),
    baselines: policies.flatMap((policy) =>
      Object.entries(declared).map(([said, prior]) => ({
        policy,
        declared: said,
        regret_500: regretOf({ ...steady(fleet, 500), prior }, policy, orders),
      })),
    ),
  };
};
