import { expect } from 'chai';
import {
  crossFitted,
  estimate,
  normalInterval,
  type Estimator,
  type Round,
} from '../../../src/routing/evaluation/index.js';
import { random } from '../../../src/routing/random.js';
import { softmax } from '../../../src/routing/shares.js';

const RATES = [0.8, 0.7, 0.5, 0.3];
const AGENTS = RATES.map((_, at) => `agent-${at}`);
const EVEN = RATES.map(() => 1 / RATES.length);
const STEPS = 250;
const FLOOR = 0.2;

/** A log of a learner that grows sure of itself, with a floor; half of the tasks are hard, which the reward model is told. */
const log = (seed: string): Round[] => {
  const rng = random(seed);
  const counts = RATES.map(() => ({ alpha: 1, beta: 1 }));
  const rounds = Array.from({ length: STEPS }, (_, at) => {
    const means = counts.map(({ alpha, beta }) => alpha / (alpha + beta));
    const behaviour = softmax(means, 0.1).map((share) => FLOOR / RATES.length + (1 - FLOOR) * share);
    const hard = rng.next() < 0.5;
    let left = rng.next();
    const found = behaviour.findIndex((share) => (left -= share) < 0);
    const action = found < 0 ? RATES.length - 1 : found;
    const reward = rng.next() < (RATES[action] ?? 0) - (hard ? 0.15 : -0.15) ? 1 : 0;
    const count = counts[action];
    if (count !== undefined) count[reward === 1 ? 'alpha' : 'beta'] += 1;
    const propensity = behaviour[action] ?? 1;
    return { task: `${at}`, hard, action, reward, propensity, target: EVEN, behaviour };
  });
  const cell = (hard: boolean): string => (hard ? 'hard' : 'easy');
  const values = crossFitted(
    rounds.map(({ task, hard, action, reward }) => ({
      task,
      reward,
      cell: cell(hard),
      agentId: AGENTS[action] ?? '',
    })),
    rounds.map(({ task, hard }) => ({ task, cell: cell(hard), agentIds: AGENTS })),
  );
  return rounds.map(({ hard: _hard, ...round }, at) => ({ ...round, values: values[at] ?? [] }));
};

describe('off-policy estimates where the truth is known', () => {
  it('from a log of a learner with a 20 % floor, SNIPS and DR state the value of uniform choice, and cover it', () => {
    const truth = RATES.reduce((sum, rate) => sum + rate, 0) / RATES.length;
    const logs = Array.from({ length: 200 }, (_, at) => log(`known/${at}`));
    for (const name of ['snips', 'dr', 'weighted-dr'] satisfies Estimator['name'][]) {
      const found = logs.map((rounds) => estimate(rounds, { name }));
      const rmse = Math.sqrt(found.reduce((sum, { value }) => sum + (value - truth) ** 2, 0) / found.length);
      const covered = found.filter(({ linearised }) => {
        const { low, high } = normalInterval(linearised);
        return low <= truth && truth <= high;
      });
      expect(rmse, name).to.be.lessThan(0.06);
      expect(covered.length / found.length, name).to.be.at.least(0.92);
    }
    // The point of weighing at all: the log's own mean is far off.
    const achieved = logs.flat().reduce((sum, { reward }) => sum + reward, 0) / logs.flat().length;
    expect(achieved - truth).to.be.greaterThan(0.06);
  });
});
