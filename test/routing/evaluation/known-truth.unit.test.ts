import { expect } from 'chai';
import { offPolicyGate } from '../../../bench/routing/off-policy.js';
import { random } from '../../../src/routing/random.js';

const RATES = [0.8, 0.7, 0.5, 0.3];

describe('off-policy estimates where the truth is known', () => {
  it('from a log of Thompson with a 20 % floor, SNIPS and DR state the value of uniform choice, and cover it', () => {
    const rng = random('matrix');
    const tasks = Array.from({ length: 300 }, (_, at) => {
      const hard = rng.next() < 0.5;
      const solved = RATES.map((rate) => (rng.next() < rate - (hard ? 0.15 : -0.15) ? 1 : 0));
      return { id: `t${at}`, cell: hard ? 'hard' : 'easy', solved };
    });
    const agents = RATES.map((_, at) => `agent-${at}`);
    const { truth, rows, meanEss, loggerSolved } = offPolicyGate({ agents, tasks }, { logs: 40, steps: 250 });
    expect(loggerSolved).to.be.greaterThan(truth);
    expect(meanEss).to.be.greaterThan(60);
    for (const name of ['snips', 'dr', 'weighted-dr']) {
      const row = rows.find(({ estimator }) => estimator === name);
      expect(row?.rmse, name).to.be.lessThan(0.055);
      expect(row?.coverage, name).to.be.at.least(0.9);
    }
    // The point of weighing at all: the log's own mean is far off.
    expect(Math.abs(loggerSolved - truth)).to.be.greaterThan(0.04);
  });
});
