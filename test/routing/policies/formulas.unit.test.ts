import { expect } from 'chai';
import fc from 'fast-check';
import {
  createPolicy,
  NO_EXPERIENCE,
  random,
  rememberAll,
  type Decision,
  type Experience,
} from '../../../src/routing/index.js';
import { sinceAlarm } from '../../../src/routing/memory.js';
import { kl } from '../../../src/routing/policies/ucb.js';
import { emptyTrail, inserted, trailOf, type Step } from '../../../src/routing/trail.js';
import { contender, context, outcome, outcomes } from '../support.js';

const LEARNED = rememberAll(NO_EXPERIENCE, [
  ...outcomes('a', 6, 4),
  ...outcomes('b', 3, 2),
  ...outcomes('c', 10, 10),
]);
const ask = (
  id: string,
  parameters: Record<string, unknown> = {},
  learned: Experience = LEARNED,
  changes: Parameters<typeof context>[0] = {},
): Decision =>
  createPolicy(id, parameters).choose(
    context(changes),
    ['a', 'b', 'c'].map((agentId) => contender(agentId)),
    learned,
    random('seed'),
  );
const scores = (decision: Decision): number[] => decision.scores.map(({ score }) => score);
const shares = (decision: Decision): number[] => decision.propensities.map(({ propensity }) => propensity);
const close = (found: readonly number[], expected: readonly number[], by = 1e-12): void => {
  expect(found).to.have.length(expected.length);
  found.forEach((value, i) => expect(value).to.be.closeTo(expected[i] ?? Number.NaN, by));
};

describe('formulas of the policies', () => {
  const t = 35;

  it('UCB1 is mean + √(c ln t / n)', () => {
    close(scores(ask('ucb1')), [
      0.6 + Math.sqrt((2 * Math.log(t)) / 10),
      0.6 + Math.sqrt((2 * Math.log(t)) / 5),
      0.5 + Math.sqrt((2 * Math.log(t)) / 20),
    ]);
    expect(ask('ucb1').choice).to.equal('b');
  });

  it('UCB1-tuned equals UCB1 with c = 1/4 for rewards of 0 and 1 until there are thousands', () => {
    close(scores(ask('ucb1-tuned')), scores(ask('ucb1', { c: 0.25 })));
  });

  it('KL-UCB: the index is where n·kl(mean, q) = ln t, and 1 for an agent that never failed', () => {
    for (const [i, q] of scores(ask('kl-ucb')).entries()) {
      const [mean, n] = [
        [0.6, 10],
        [0.6, 5],
        [0.5, 20],
      ][i] ?? [0, 0];
      expect((n ?? 0) * kl(mean ?? 0, q)).to.be.closeTo(Math.log(t), 1e-9);
    }
    expect(scores(ask('kl-ucb', {}, rememberAll(LEARNED, outcomes('a', 0, 0))))[0]).to.be.lessThan(1);
    expect(kl(0, 0.5)).to.be.closeTo(Math.log(2), 1e-15);
    expect(kl(1, 0.5)).to.be.closeTo(Math.log(2), 1e-15);
  });

  it('R-205: ε falls with the outcomes, geometrically to a floor or as cK/t, and from 1 without outcomes', () => {
    const epsilon = (parameters: Record<string, unknown>, learned = LEARNED): unknown =>
      ask('epsilon-greedy', parameters, learned).explanation.details['epsilon'];
    expect(epsilon({})).to.be.closeTo(0.2 * 0.995 ** t, 1e-12);
    expect(epsilon({ d: 0.5 })).to.equal(0.01);
    expect(epsilon({ decay: 'harmonic', c: 2 })).to.be.closeTo(6 / 35, 1e-15);
    expect(epsilon({ decay: 'harmonic' }, NO_EXPERIENCE)).to.equal(1);
  });

  it('R-211: exploration only falls as outcomes come, whatever they are, and does not rise after a restart', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.boolean()), { maxLength: 60 }),
        (list) => {
          let [learned, before] = [NO_EXPERIENCE, Infinity];
          for (const [agentId, success] of list) {
            learned = rememberAll(learned, [outcome(agentId, success)]);
            const epsilon = Number(ask('epsilon-greedy', {}, learned).explanation.details['epsilon']);
            expect(epsilon).to.be.at.most(before);
            before = epsilon;
          }
        },
      ),
      { numRuns: 20 },
    );
  });

  it('R-203: ε-greedy gives 1 − ε and its part of ε to the best rate', () => {
    const learned = rememberAll(NO_EXPERIENCE, [
      ...outcomes('a', 9, 1),
      ...outcomes('b', 1, 9),
      ...outcomes('c', 1, 9),
    ]);
    close(shares(ask('epsilon-greedy', { decay: 'none', e0: 0.1 }, learned)), [
      0.9 + 0.1 / 3,
      0.1 / 3,
      0.1 / 3,
    ]);
  });

  it('R-202, D-13: what is explored is the recorded distribution, not a guess from a score', () => {
    const { explanation, propensity, choice } = ask('epsilon-greedy', { decay: 'none', e0: 0.3 });
    expect(explanation.text).to.contain(
      `${choice}, drawn with probability ${propensity.toFixed(4)} from 3 allowed`,
    );
  });

  it('R-226: round-robin turns by the number of the decision', () => {
    const choices = [0, 1, 2, 3, 7].map((ordinal) => ask('round-robin', {}, LEARNED, { ordinal }).choice);
    expect(choices).to.deep.equal(['a', 'b', 'c', 'a', 'b']);
  });

  it('EXP3 weighs rewards by their propensities', () => {
    const learned = rememberAll(NO_EXPERIENCE, [
      outcome('a', true, { propensity: 0.25 }),
      outcome('b', true, { propensity: 0.5 }),
      outcome('c', false, { propensity: 0.25 }),
    ]);
    const weights = [Math.exp((0.3 * 4) / 3), Math.exp((0.3 * 2) / 3), 1];
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    close(
      shares(ask('exp3', { gamma: 0.3 }, learned)),
      weights.map((weight) => 0.1 + (0.7 * weight) / total),
    );
  });

  it('LinUCB with one constant feature is ridge regression by hand', () => {
    const learned = rememberAll(
      NO_EXPERIENCE,
      outcomes('a', 3, 1).map((one) => ({ ...one, features: [1] })),
    );
    const [a, b] = scores(ask('linucb', { alpha: 0.5 }, learned, { features: [1] }));
    expect(a).to.be.closeTo(3 / 5 + 0.5 * Math.sqrt(1 / 5), 1e-12);
    expect(b).to.be.closeTo(0.5, 1e-12);
  });

  it('LinTS is drawn from the normal numbers that its posterior gives', () => {
    const learned = rememberAll(NO_EXPERIENCE, [
      ...outcomes('a', 30, 10).map((one) => ({ ...one, features: [1] })),
      ...outcomes('b', 10, 30).map((one) => ({ ...one, features: [1] })),
      ...outcomes('c', 10, 30).map((one) => ({ ...one, features: [1] })),
    ]);
    const [a = 0, b = 0, c = 0] = shares(ask('lints', { v: 1 }, learned, { features: [1] }));
    expect(a).to.be.greaterThan(0.95);
    expect(b).to.be.closeTo(c, 1e-12);
  });

  it('discounted and windowed: what was long ago weighs less, or nothing', () => {
    const changed = rememberAll(NO_EXPERIENCE, [
      ...outcomes('a', 50, 0),
      ...outcomes('b', 20, 20),
      ...outcomes('c', 20, 20),
      ...outcomes('a', 0, 20),
    ]);
    const best = (id: string, parameters: Record<string, unknown>): string =>
      ask(id, parameters, changed).choice;
    expect(ask('thompson', {}, changed).propensities[0]?.propensity).to.be.greaterThan(0.9);
    expect(ask('discounted-thompson', { gamma: 0.97 }, changed).propensities[0]?.propensity).to.be.lessThan(
      0.05,
    );
    expect(best('sliding-window-ucb', { window: 60, c: 0 })).to.not.equal('a');
  });

  it('the alarm forgets an agent whose rate fell, and nobody else', () => {
    const fell = rememberAll(NO_EXPERIENCE, [
      ...outcomes('a', 80, 20),
      ...outcomes('a', 0, 25),
      ...outcomes('b', 50, 50),
    ]);
    const { scores: said, explanation } = ask('thompson-page-hinkley', {}, fell);
    expect(explanation.details['alarms']).to.equal(1);
    expect((said[0]?.successes ?? 0) + (said[0]?.failures ?? 0)).to.be.lessThan(20);
    expect([said[1]?.successes, said[1]?.failures]).to.deep.equal([50, 50]);
  });

  it('R-210: the alarm found step by step equals the one found at once', () => {
    const rewards = fc.array(fc.constantFrom<0 | 1>(0, 1, 1), { maxLength: 120 });
    fc.assert(
      fc.property(rewards, fc.integer({ min: 1, max: 50 }), (list, most) => {
        const steps = list.map((reward, offset): Step => ({
          agentId: 'a',
          reward,
          at: offset,
          partition: 0,
          offset,
        }));
        let trail = emptyTrail();
        for (const step of steps) {
          trail = inserted(trail, step, most);
          sinceAlarm(trail, 0.05, 3);
        }
        expect(sinceAlarm(trail, 0.05, 3)).to.deep.equal(sinceAlarm(trailOf(steps.slice(-most)), 0.05, 3));
      }),
    );
  });

  it('pending work counts as pulls: tasks in flight do not all go to one agent', () => {
    const policy = createPolicy('ucb1', { c: 0.1 });
    const pending = new Map<string, number>();
    for (let at = 0; at < 30; at += 1) {
      const pool = ['a', 'b', 'c'].map((agentId) =>
        contender(agentId, { pending: pending.get(agentId) ?? 0 }),
      );
      const { choice } = policy.choose(context(), pool, NO_EXPERIENCE, random(`${at}`));
      pending.set(choice, (pending.get(choice) ?? 0) + 1);
    }
    expect([...pending.values()].sort()).to.deep.equal([10, 10, 10]);
  });

  it('hierarchical: a kind without outcomes starts from the agent, with outcomes it goes its own way', () => {
    const kinds = rememberAll(NO_EXPERIENCE, [
      ...outcomes('a', 40, 10).map((one) => ({ ...one, kind: 'go' })),
      ...outcomes('a', 1, 39).map((one) => ({ ...one, kind: 'rust' })),
      ...outcomes('b', 25, 25).map((one) => ({ ...one, kind: 'go' })),
      ...outcomes('c', 25, 25).map((one) => ({ ...one, kind: 'rust' })),
    ]);
    const of = (kind: string): number =>
      ask('hierarchical-thompson', {}, kinds, { kind }).propensities[0]?.propensity ?? 0;
    expect(of('go')).to.be.greaterThan(0.9);
    expect(of('rust')).to.be.lessThan(0.05);
  });

  it('cost: success and cost are two quantities; the multiplier rises only while spending runs ahead', () => {
    const paid = rememberAll(NO_EXPERIENCE, [
      ...outcomes('a', 80, 20).map((one) => ({ ...one, costMicros: 700_000 })),
      ...outcomes('b', 70, 30).map((one) => ({ ...one, costMicros: 30_000 })),
      ...outcomes('c', 10, 90).map((one) => ({ ...one, costMicros: 10_000 })),
    ]);
    const at = (parameters: Record<string, unknown>): [string, unknown] => {
      const { choice, explanation } = ask('cost-aware', { c: 0.001, ...parameters }, paid);
      return [choice, explanation.details['lambda']];
    };
    expect(at({})).to.deep.equal(['a', 0]);
    expect(at({ perUsd: 1 })).to.deep.equal(['b', 1]);
    expect(at({ budgetUsd: 1 })).to.deep.equal(['a', 0]);
    expect(at({ budgetUsd: 0.24 })[0]).to.equal('b');
    expect(at({ budgetUsd: 0.24 })[1]).to.be.greaterThan(1);
  });
});
