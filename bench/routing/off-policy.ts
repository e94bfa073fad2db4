import {
  crossFitted,
  estimate,
  normalInterval,
  supportOf,
  type Estimator,
  type Example,
  type Round,
} from '../../src/routing/evaluation/index.js';
import { probabilityBest } from '../../src/routing/best.js';
import { random } from '../../src/routing/random.js';

/** Outcomes of every agent on every task, as a replay knows them. */
export interface OutcomeMatrix {
  readonly agents: readonly string[];
  readonly tasks: readonly {
    readonly id: string;
    /** a word for the kind of task (its difficulty); '' where nothing is known */
    readonly cell: string;
    /** 0 or 1, by agent */
    readonly solved: readonly number[];
  }[];
}

export interface OffPolicyOptions {
  readonly logs?: number;
  readonly steps?: number;
  readonly seed?: string;
  /** share of uniform choice in the logger */
  readonly floor?: number;
}

export interface OffPolicyRow {
  readonly estimator: string;
  readonly bias: number;
  readonly rmse: number;
  /** share of logs whose 95 % normal interval holds the truth */
  readonly coverage: number;
  readonly meanWidth: number;
}

export interface OffPolicyResult {
  /** the target's true solve rate */
  readonly truth: number;
  readonly loggerSolved: number;
  readonly meanEss: number;
  readonly rows: readonly OffPolicyRow[];
}

const JUDGED: readonly Estimator[] = [
  { name: 'ips' },
  { name: 'snips' },
  { name: 'dm' },
  { name: 'dr' },
  { name: 'sndr' },
  { name: 'weighted-dr' },
  { name: 'switch-dr', over: 4 },
  { name: 'dr-os', lambda: 10 },
];

/**
 * How right the estimators are where the truth is known: logs of Beta-Thompson with a uniform floor over real outcomes, one task after
 * another in random order, judged on uniform choice. One log of T tasks is a permutation of the tasks, or drawn with replacement when
 * there are fewer.
 */
export const offPolicyGate = (
  matrix: OutcomeMatrix,
  { logs = 1000, steps = 500, seed = 'off-policy', floor = 0.2 }: OffPolicyOptions = {},
): OffPolicyResult => {
  const k = matrix.agents.length;
  const target = new Array<number>(k).fill(1 / k);
  const truth =
    matrix.tasks.reduce((sum, { solved }) => sum + solved.reduce((all, one) => all + one, 0) / k, 0) /
    matrix.tasks.length;
  const tallies = JUDGED.map(() => ({ error: 0, square: 0, held: 0, width: 0 }));
  let [ess, solved] = [0, 0];
  for (let turn = 0; turn < logs; turn += 1) {
    const rounds = logged(matrix, target, `${seed}/${turn}`, steps, floor);
    ess += supportOf(rounds).ess;
    solved += rounds.reduce((sum, { reward }) => sum + reward, 0) / rounds.length;
    JUDGED.forEach((estimator, at) => {
      const tally = tallies[at];
      if (tally === undefined) return;
      const { value, linearised } = estimate(rounds, estimator);
      const { low, high } = normalInterval(linearised);
      tally.error += value - truth;
      tally.square += (value - truth) ** 2;
      tally.held += low <= truth && truth <= high ? 1 : 0;
      tally.width += high - low;
    });
  }
  return {
    truth,
    loggerSolved: solved / logs,
    meanEss: ess / logs,
    rows: JUDGED.map(({ name }, at) => {
      const { error, square, held, width } = tallies[at] ?? {
        error: NaN,
        square: NaN,
        held: NaN,
        width: NaN,
      };
      return {
        estimator: name,
        bias: error / logs,
        rmse: Math.sqrt(square / logs),
        coverage: held / logs,
        meanWidth: width / logs,
      };
    }),
  };
};

/** One log, its reward model included: only what the logger saw. */
const logged = (
  { agents, tasks }: OutcomeMatrix,
  target: readonly number[],
  seed: string,
  steps: number,
  floor: number,
): Round[] => {
  const rng = random(seed);
  const order = tasks.map((_, at) => at);
  for (let last = order.length - 1; last > 0; last -= 1) {
    const other = Math.floor(rng.next() * (last + 1));
    [order[last], order[other]] = [order[other] ?? 0, order[last] ?? 0];
  }
  const counts = agents.map(() => ({ alpha: 1, beta: 1 }));
  const bare: (Round & { readonly cell: string })[] = [];
  for (let step = 0; step < steps; step += 1) {
    const at = steps <= order.length ? (order[step] ?? 0) : Math.floor(rng.next() * order.length);
    const task = tasks[at];
    if (task === undefined) continue;
    const behaviour = probabilityBest(counts).map((share) => floor / agents.length + (1 - floor) * share);
    const action = drawn(behaviour, rng.next());
    const reward = task.solved[action] ?? 0;
    const count = counts[action];
    if (count !== undefined) {
      count.alpha += reward;
      count.beta += 1 - reward;
    }
    bare.push({
      task: task.id,
      cell: task.cell,
      action,
      reward,
      propensity: behaviour[action] ?? 1,
      target,
      behaviour,
    });
  }
  const examples: Example[] = bare.map(({ task, cell, action, reward }) => ({
    task,
    cell,
    reward,
    agentId: agents[action] ?? '',
  }));
  const values = crossFitted(
    examples,
    bare.map(({ task, cell }) => ({ task, cell, agentIds: agents })),
    { seed },
  );
  return bare.map(({ cell: _cell, ...round }, at) => ({ ...round, values: values[at] ?? [] }));
};

const drawn = (shares: readonly number[], draw: number): number => {
  let sum = 0;
  const at = shares.findIndex((share) => (sum += share) > draw);
  return at < 0 ? shares.length - 1 : at;
};
