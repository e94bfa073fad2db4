import { RoutingError } from '../errors.js';
import { random } from '../random.js';

/** What a reward model learns from and is asked about: who was chosen, for what, with which reward. */
export interface Example {
  readonly task: string;
  /** a word for the kind of task; agents are told apart within it */
  readonly cell: string;
  readonly agentId: string;
  readonly reward: number;
}

export interface Question {
  readonly task: string;
  readonly cell: string;
  readonly agentIds: readonly string[];
}

export interface CrossFitOptions {
  /** at least 2; the model that answers for a task has not seen it */
  readonly folds?: number;
  readonly seed?: string;
}

/** Imagined rounds with which a cell leans on its agent, and an agent on the whole. */
const STRENGTH = 4;

interface Sum {
  n: number;
  total: number;
}

/**
 * q(x, a) for every question and each of its agents, cross-fitted: tasks are dealt into folds, and a task's values come from the other
 * folds alone, so that a model that has learned its own noise by heart cannot make DR biased (Chernozhukov et al. 2018).
 * The model is a mean per agent and cell that leans on the agent's mean, which leans on the mean of all.
 */
export const crossFitted = (
  examples: readonly Example[],
  questions: readonly Question[],
  { folds = 5, seed = 'folds' }: CrossFitOptions = {},
): number[][] => {
  if (!Number.isInteger(folds) || folds < 2)
    throw new RoutingError('PARAMETER_INVALID', `folds: expected at least 2, found ${folds}`);
  const foldOf = dealt(
    [...examples, ...questions].map(({ task }) => task),
    folds,
    seed,
  );
  const models = Array.from({ length: folds }, (_, fold) =>
    fitted(examples.filter(({ task }) => foldOf.get(task) !== fold)),
  );
  return questions.map(({ task, cell, agentIds }) => {
    const model = models[foldOf.get(task) ?? 0];
    return agentIds.map((agentId) => model?.(agentId, cell) ?? 0.5);
  });
};

/** Tasks shuffled by the seed and dealt in turn: folds differ in size by one at most. */
const dealt = (tasks: readonly string[], folds: number, seed: string): ReadonlyMap<string, number> => {
  const order = [...new Set(tasks)].sort();
  const rng = random(seed);
  for (let last = order.length - 1; last > 0; last -= 1) {
    const other = Math.floor(rng.next() * (last + 1));
    [order[last], order[other]] = [order[other] as string, order[last] as string];
  }
  return new Map(order.map((task, at) => [task, at % folds]));
};

const fitted = (examples: readonly Example[]): ((agentId: string, cell: string) => number) => {
  const all: Sum = { n: 0, total: 0 };
  const agents = new Map<string, Sum>();
  const cells = new Map<string, Sum>();
  for (const { agentId, cell, reward } of examples) {
    for (const sum of [all, at(agents, agentId), at(cells, JSON.stringify([agentId, cell]))]) {
      sum.n += 1;
      sum.total += reward;
    }
  }
  const lean = (sum: Sum | undefined, towards: number): number =>
    ((sum?.total ?? 0) + STRENGTH * towards) / ((sum?.n ?? 0) + STRENGTH);
  const base = lean(all, 0.5);
  return (agentId, cell) => lean(cells.get(JSON.stringify([agentId, cell])), lean(agents.get(agentId), base));
};

const at = (sums: Map<string, Sum>, key: string): Sum => {
  const known = sums.get(key);
  if (known !== undefined) return known;
  const sum: Sum = { n: 0, total: 0 };
  sums.set(key, sum);
  return sum;
};
