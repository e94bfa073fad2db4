import type { Prior } from '../policy.js';
import type { Random } from '../random.js';
import { rates, type Matrix } from './matrix.js';

/** A world for a policy: which task comes at a step, who may do it, and who would solve it. */
export interface Scenario {
  readonly agents: readonly string[];
  readonly steps: number;
  /** the task of each step */
  tasks(rng: Random): Int32Array;
  /** indices of the agents that may be chosen */
  pool(step: number): readonly number[];
  /** expected share of tasks that the agent solves, at this step */
  rate(agent: number, step: number): number;
  /** 1, 0, or -1 for an outcome that is unknown */
  outcome(agent: number, task: number, step: number): number;
  /** type of the task; left out: all are of one */
  type?(task: number): string;
  /** declared baseline of the agent; left out: nobody has one */
  prior?(agent: number): Prior | null;
  kind?(task: number): string | null;
  features?(task: number): readonly number[];
}

/** Each task once, in random order, as often around as there are steps; or each step any task. */
export type Order = 'permutation' | 'replacement';

/** Up to as many steps as tasks: a random permutation. More: with replacement. */
export const usualOrder = (matrix: Matrix, steps: number): Order =>
  steps <= matrix.tasks ? 'permutation' : 'replacement';

export function drawTasks(count: number, steps: number, order: Order, { next }: Random): Int32Array {
  if (order === 'replacement') return Int32Array.from({ length: steps }, () => Math.floor(next() * count));
  const shuffled = Int32Array.from({ length: count }, (_, at) => at);
  for (let at = count - 1; at > 0; at -= 1) {
    const other = Math.floor(next() * (at + 1));
    [shuffled[at], shuffled[other]] = [shuffled[other] as number, shuffled[at] as number];
  }
  return Int32Array.from({ length: steps }, (_, at) => shuffled[at % count] as number);
}

/** Everybody all the time, as in the matrix. */
export function steady(matrix: Matrix, steps: number, order: Order = usualOrder(matrix, steps)): Scenario {
  const rate = rates(matrix);
  const everybody = matrix.agents.map((_, at) => at);
  return {
    agents: matrix.agents,
    steps,
    tasks: (rng) => drawTasks(matrix.tasks, steps, order, rng),
    pool: () => everybody,
    rate: (agent) => rate[agent] ?? 0,
    outcome: (agent, task) => matrix.solved[agent]?.[task] ?? -1,
  };
}

/** New agents over time: the first `begin` are there at once, then one comes every `every` steps, and only the newest `most` are kept. */
export function arrivals(
  matrix: Matrix,
  { steps, begin, every, most }: { steps: number; begin: number; every: number; most: number },
): Scenario {
  const pools: number[][] = [];
  for (let come = begin; come <= matrix.agents.length; come += 1)
    pools.push(Array.from({ length: Math.min(come, most) }, (_, at) => come - Math.min(come, most) + at));
  return {
    ...steady(matrix, steps, 'replacement'),
    pool: (step) => pools[Math.min(Math.floor(step / every), pools.length - 1)] ?? [],
  };
}

/** From step `at` on the best agent has the outcomes of the worst. */
export function badRelease(
  matrix: Matrix,
  { steps, at }: { steps: number; at: number },
): Scenario & { readonly spoiled: number } {
  const base = steady(matrix, steps, 'replacement');
  const rate = rates(matrix);
  const spoiled = rate.indexOf(Math.max(...rate));
  const worst = rate.indexOf(Math.min(...rate));
  const now = (agent: number, step: number): number => (agent === spoiled && step >= at ? worst : agent);
  return {
    ...base,
    spoiled,
    rate: (agent, step) => base.rate(now(agent, step), step),
    outcome: (agent, task, step) => base.outcome(now(agent, step), task, step),
  };
}
