import { expect } from 'chai';
import { parsePolicy, random } from '../../src/routing/index.js';
import {
  arrivals,
  badRelease,
  matrixOf,
  onlyAgents,
  rates,
  simulate,
  steady,
  walk,
  withContext,
  type Matrix,
} from '../../src/routing/simulation/index.js';

const options = { seed: 's', floor: 0, delay: 0, attempts: 1 };

/** Agents that solve a task with some rate, each for itself. */
const made = (wanted: readonly number[], tasks = 300): Matrix => {
  const { next } = random('made');
  const rows = Array.from({ length: tasks }, (_, at) => [
    `t${at}`,
    at % 2 === 0 ? 'go' : 'rust',
    ...wanted.map((rate) => (next() < rate ? '1' : '0')),
  ]);
  return matrixOf(['id', 'language', ...wanted.map((_, at) => `agent-${at}`)], rows);
};
const fleet = made([0.8, 0.7, 0.5, 0.3]);

describe('matrices of outcomes', () => {
  const of = (...lines: string[]): Matrix => {
    const [head = [], ...rows] = lines.map((line) => line.split(','));
    return matrixOf(head, rows);
  };

  it('a column of 0, 1 and empty cells is an agent, every other is context, the first is the id', () => {
    const matrix = of('1,a,b,c,empty', '0,1,0,2,', '1,,1,0,', '1, 1,1,0,');
    expect(matrix.agents).to.deep.equal(['a', 'b']);
    expect([...matrix.columns.keys()]).to.deep.equal(['c', 'empty']);
    expect(rates(matrix)).to.deep.equal([1, 2 / 3]);
  });

  it('what is wrong is said with its line and column', () => {
    const refused = (work: () => unknown, words: string): void => {
      expect(work).to.throw(words).with.property('code', 'MATRIX_INVALID');
    };
    refused(() => of('id,a'), 'expected at least one row');
    refused(() => of('id,a,a', '1,0,1'), 'line 1: column "a" stands twice');
    refused(() => of('id,a', '1,x'), 'expected at least one column after the first');
    refused(
      () => onlyAgents(of('id,a,b', '1,1,0', '2,0,3'), ['b']),
      'line 3, column "b": expected 0, 1 or nothing, found "3"',
    );
    refused(
      () => onlyAgents(of('id,a,b', '1,1,'), ['b']),
      'column "b": expected a 0 or 1, found only empty cells',
    );
    refused(() => onlyAgents(of('id,a', '1,1'), ['b']), 'agents: expected some of a, found "b"');
    refused(() => onlyAgents(of('id,a', '1,1'), ['a', 'a']), '"a" stands twice');
    refused(
      () => withContext(steady(fleet, 5), fleet, ['repo']),
      'context: expected some of language, found "repo"',
    );
  });
});

describe('replay of outcomes', () => {
  it('R-210: the same seed gives the same walk, another seed another', () => {
    const once = (seed: string): unknown =>
      simulate(steady(fleet, 100), parsePolicy('randomised-ucb'), 3, { ...options, seed });
    expect(once('a')).to.deep.equal(once('a'));
    expect(once('a')).to.not.deep.equal(once('b'));
  });

  it('pseudo-regret of a choice at random is the steps times the gap between the best and the mean', () => {
    const all = rates(fleet);
    const mean = all.reduce((sum, rate) => sum + rate, 0) / all.length;
    const {
      regret,
      regret_se: se,
      share_best: share,
    } = simulate(steady(fleet, 300), parsePolicy('uniform'), 40, options);
    expect(regret).to.be.closeTo(300 * (Math.max(...all) - mean), 4 * (se ?? 0));
    expect(share).to.be.closeTo(0.25, 0.03);
  });

  it('up to as many steps as tasks each task comes once; every policy meets the same tasks', () => {
    const order = steady(fleet, 300).tasks(random('x'));
    expect(new Set(order).size).to.equal(300);
    expect([...steady(fleet, 300).tasks(random('x'))]).to.deep.equal([...order]);
  });

  it('only the outcome of the chosen agent is ever told, late if there is a delay', () => {
    const { outcomes } = walk(steady(fleet, 50), parsePolicy('uniform'), { ...options, delay: 20 });
    // The last one told is that of step 28, before the decision of step 49.
    expect(outcomes.map(({ occurredAt }) => occurredAt)).to.deep.equal(
      Array.from({ length: 29 }, (_, at) => at),
    );
  });

  it('an unknown cell is never told: not as a success, not as a failure; its end is in no share', () => {
    const holes = matrixOf(
      ['id', 'a'],
      [
        ['1', ''],
        ['2', '1'],
        ['3', ''],
        ['4', '0'],
      ],
    );
    const { outcomes, known, solved, experience } = walk(steady(holes, 4), parsePolicy('uniform'), options);
    expect(outcomes.map(({ result }) => result).sort()).to.deep.equal(['FAILURE', 'SUCCESS', 'VOID', 'VOID']);
    expect([known, solved]).to.deep.equal([2, 1]);
    const cell = [...experience.values()][0]?.agents.get('a');
    expect([cell?.successes, cell?.failures]).to.deep.equal([1, 1]);
  });

  it('hazard: an agent with few known cells is asked only where it has an answer, and captures no policy', () => {
    const { next } = random('sparse');
    const rows = Array.from({ length: 500 }, (_, at) => [
      `t${at}`,
      next() < 0.7 ? '1' : '0',
      next() < 0.5 ? '1' : '0',
      at % 100 === 0 ? '0' : '',
    ]);
    const sparse = steady(matrixOf(['id', 'a', 'b', 'c'], rows), 500);
    for (const policy of ['randomised-ucb', 'ucb1', 'thompson'])
      expect(simulate(sparse, parsePolicy(policy), 5, options).regret, policy).to.be.lessThan(40);
    expect(simulate(sparse, parsePolicy('uniform'), 5, options).regret).to.be.greaterThan(40);
  });

  it('names are read without the space around them; a comma too many is no column', () => {
    const matrix = matrixOf(
      ['id', ' a', 'b ', ''],
      [
        ['1', '1', '0', ''],
        ['2', '0', '1', ''],
      ],
    );
    expect(matrix.agents).to.deep.equal(['a', 'b']);
    expect(() => matrixOf(['id', 'a', ''], [['1', '1', 'x']])).to.throw(/column 3 has values and no name/);
  });

  it('a second attempt is another agent, after a failed check alone', () => {
    const attempts: number[][] = [];
    const walked = walk(steady(fleet, 200), parsePolicy('randomised-ucb'), {
      ...options,
      attempts: 3,
      onPick: ({ agent, attempt }) => {
        if (attempt === 1) attempts.push([]);
        attempts.at(-1)?.push(agent);
      },
    });
    expect(walked.attempts).to.equal(attempts.flat().length);
    for (const tried of attempts) expect(new Set(tried).size).to.equal(tried.length);
    expect(walked.solved).to.be.greaterThan(walked.solvedFirst);
  });

  it('arrivals: the pool grows, then moves on; a bad release: the best has the outcomes of the worst', () => {
    const coming = arrivals(fleet, { steps: 100, begin: 1, every: 10, most: 2 });
    expect([0, 10, 20, 30, 99].map((step) => coming.pool(step))).to.deep.equal([
      [0],
      [0, 1],
      [1, 2],
      [2, 3],
      [2, 3],
    ]);
    const bad = badRelease(fleet, { steps: 10, at: 5 });
    expect(bad.spoiled).to.equal(0);
    expect([bad.rate(0, 4), bad.rate(0, 5)]).to.deep.equal([rates(fleet)[0], rates(fleet)[3]]);
    expect(bad.outcome(0, 7, 5)).to.equal(bad.outcome(3, 7, 0));
  });

  it('context: kinds and features of a task', () => {
    const scenario = withContext(steady(fleet, 10), fleet, ['language']);
    expect([scenario.kind?.(0), scenario.kind?.(1)]).to.deep.equal(['go', 'rust']);
    expect([scenario.features?.(0), scenario.features?.(1)]).to.deep.equal([
      [1, 1, 0],
      [1, 0, 1],
    ]);
    for (const text of ['linucb', 'lints', 'hierarchical-thompson'])
      expect(simulate(scenario, parsePolicy(text), 2, options).solved).to.be.within(0, 1);
  });

  it('R-220: learning pays, whichever way: less regret than at random', () => {
    const regret = (text: string): number =>
      simulate(steady(fleet, 300), parsePolicy(text), 4, options).regret;
    const random = regret('uniform');
    for (const text of [
      'randomised-ucb',
      'thompson',
      'epsilon-greedy',
      'ucb1:c=0.25',
      'kl-ucb',
      'sliding-window-ucb',
    ])
      expect(regret(text), text).to.be.lessThan(random * 0.75);
  }).timeout(60_000);
});
