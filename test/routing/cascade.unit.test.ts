import { expect } from 'chai';
import fc from 'fast-check';
import {
  createPolicy,
  expectedOf,
  NO_EXPERIENCE,
  planCascade,
  planRace,
  random,
  rememberAll,
  type Option,
} from '../../src/routing/index.js';
import { contender, context, outcome, outcomes } from './support.js';

const option = (agentId: string, first: number, later: number, cost: number): Option => ({
  agentId,
  first,
  later,
  cost,
});
const PERFECT = { falseAccept: 0, falseReject: 0 };
const worth = { solved: 1, wrong: 0, cap: null };
const agents = fc.array(
  fc
    .tuple(
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.nat(100),
    )
    .map(([first, part, cents]) => ({ first, later: first * part, cost: cents / 100 })),
  { minLength: 1, maxLength: 8 },
);
const named = (list: readonly Omit<Option, 'agentId'>[]): Option[] =>
  list.map((one, i) => ({ ...one, agentId: `a${i}` }));

describe('cascades', () => {
  it('what is to be expected of two attempts, by hand', () => {
    const plan = expectedOf([option('a', 0.6, 0.6, 0.03), option('b', 0.7, 0.5, 0.4)], PERFECT, worth, true);
    expect(plan.solved).to.be.closeTo(0.8, 1e-15);
    expect(plan.attempts).to.be.closeTo(1.4, 1e-15);
    expect(plan.cost).to.be.closeTo(0.03 + 0.4 * 0.4, 1e-15);
    expect(plan.wrong).to.equal(0);
  });

  it("the check's errors: wrong results pass, right ones are turned down and paid for again", () => {
    const plan = expectedOf(
      [option('a', 0.6, 0.6, 0.1)],
      { falseAccept: 0.1, falseReject: 0.05 },
      worth,
      true,
    );
    expect([plan.solved, plan.wrong]).to.satisfy(
      ([solved, wrong]: number[]) =>
        Math.abs((solved ?? 0) - 0.57) < 1e-15 && Math.abs((wrong ?? 0) - 0.04) < 1e-15,
    );
  });

  it('the cheap one first where that pays, the good one alone where the check lets everything pass', () => {
    const list = [option('cheap', 0.6, 0.3, 0.03), option('good', 0.74, 0.45, 0.46)];
    const asked = { most: 2, worth: { ...worth, solved: 3, wrong: 3 }, isFirst: true };
    expect(planCascade(list, { ...asked, checker: PERFECT }).agentIds).to.deep.equal(['cheap', 'good']);
    expect(
      planCascade(list, { ...asked, checker: { falseAccept: 1, falseReject: 0 } }).agentIds,
    ).to.deep.equal(['good']);
  });

  it('of up to two attempts no plan is better; no agent stands twice; the cap is kept where anything keeps it', () => {
    fc.assert(
      fc.property(agents, fc.double({ min: 0, max: 2, noNaN: true }), (list, cap) => {
        const options = named(list);
        const asked = { solved: 2, wrong: 1, cap };
        const checker = { falseAccept: 0.1, falseReject: 0.1 };
        const best = planCascade(options, { most: 2, checker, worth: asked, isFirst: true });
        const others = options.flatMap((one) => [
          [one],
          ...options.filter((two) => two !== one).map((two) => [one, two]),
        ]);
        const allowed = others
          .map((chosen) => expectedOf(chosen, checker, asked, true))
          .filter(({ cost }) => cost <= cap);
        for (const { value } of allowed) expect(best.value).to.be.at.least(value);
        if (allowed.length > 0) expect(best.cost).to.be.at.most(cap);
        const three = planCascade(options, { most: 4, checker, worth: asked, isFirst: true });
        expect(new Set(three.agentIds).size).to.equal(three.agentIds.length);
        if (allowed.length > 0) expect(three.value).to.be.at.least(best.value);
      }),
    );
  });

  it('R-225: a race takes another agent only while that is worth its cost, and never over the cap', () => {
    const list = [option('a', 0.6, 0.5, 0.1), option('b', 0.6, 0.5, 0.1), option('c', 0.1, 0.01, 0.5)];
    const asked = { most: 3, checker: PERFECT };
    expect(planRace(list, { ...asked, worth: { ...worth, cap: 1 } })).to.deep.include({
      agentIds: ['a', 'b'],
      cost: 0.2,
    });
    expect(planRace(list, { ...asked, worth: { ...worth, cap: 0.15 } }).agentIds).to.deep.equal(['a']);
  });

  it('as a policy: the plan with its expectations and the errors of the check is in the decision', () => {
    const learned = rememberAll(NO_EXPERIENCE, [
      ...outcomes('cheap', 60, 40).map((one) => ({ ...one, costMicros: 30_000 })),
      ...outcomes('good', 74, 26).map((one) => ({ ...one, costMicros: 460_000 })),
    ]);
    const policy = createPolicy('cascade', { c: 0, solvedUsd: 2, wrongUsd: 1, race: true });
    const pool = [contender('cheap'), contender('good')];
    const { choice, explanation } = policy.choose(context(), pool, learned, random(''));
    expect(choice).to.equal('cheap');
    expect(explanation.details).to.include({ plan: 'cheap → good', falseAccept: 0.05, falseReject: 0.05 });
    expect(explanation.details).to.have.keys(
      'plan',
      'expectedSolved',
      'expectedWrong',
      'expectedAttempts',
      'expectedCostUsd',
      'falseAccept',
      'falseReject',
      'race',
    );
    const second = policy.choose(context({ attempt: 2 }), [contender('good')], learned, random(''));
    expect(second.explanation.details['plan']).to.equal('good');
  });

  it('at a later attempt the default counts first attempts for what they are worth after a failure', () => {
    const learned = rememberAll(NO_EXPERIENCE, [
      ...outcomes('a', 80, 20),
      ...outcomes('b', 50, 50),
      ...outcomes('c', 20, 80),
      ...Array.from({ length: 30 }, () => outcome('b', false, { attempt: 2 })),
    ]);
    const pool = ['b', 'c'].map((agentId) => contender(agentId));
    const policy = createPolicy('randomised-ucb');
    const at = (attempt: number): number =>
      policy.choose(context({ attempt }), pool, learned, random('')).propensities[0]?.propensity ?? 0;
    expect(at(1)).to.be.greaterThan(0.8);
    expect(at(2)).to.be.lessThan(0.2);
  });
});
