import { expect } from 'chai';
import fc from 'fast-check';
import {
  createPolicy,
  DEFAULT_POLICY,
  listPolicies,
  NO_EXPERIENCE,
  parsePolicy,
  random,
  rememberAll,
  type Decision,
} from '../../../src/routing/index.js';
import { codeOf, contender, context, outcomes } from '../support.js';

const names = listPolicies().map(({ id }) => id);
const sum = ({ propensities }: Decision): number =>
  propensities.reduce((all, { propensity }) => all + propensity, 0);
const features = [1, 0, 0.25];
const pool = fc.uniqueArray(
  fc.record({
    agentId: fc.string({ minLength: 1, maxLength: 3 }),
    successes: fc.nat(30),
    failures: fc.nat(30),
    pending: fc.nat(3),
    priceMicros: fc.option(fc.nat(3_000_000)),
    ramp: fc.constantFrom(1, 1, 1, 0.2),
    prior: fc.option(fc.record({ successes: fc.integer({ min: 1, max: 900 }), failures: fc.nat(900) })),
    elsewhere: fc.nat(40),
    voids: fc.nat(3),
  }),
  { selector: ({ agentId }) => agentId, minLength: 1, maxLength: 12 },
);

for (const id of names) {
  describe(`policy ${id}`, () => {
    const policy = createPolicy(id);

    it('R-201, R-213, R-215: a distribution without NaN that sums to 1; with a floor nobody is at 0; the choice is from it', () => {
      fc.assert(
        fc.property(
          pool,
          fc.constantFrom(0, 0.05, 1),
          fc.nat(),
          fc.string(),
          (agents, floor, ordinal, seed) => {
            const learned = rememberAll(
              NO_EXPERIENCE,
              agents.flatMap((a) => [
                ...outcomes(a.agentId, a.successes, a.failures).map((one) => ({
                  ...one,
                  features,
                  kind: 'k',
                  propensity: 0.3,
                  costMicros: a.priceMicros,
                })),
                ...outcomes(a.agentId, a.elsewhere, 40 - a.elsewhere).map((one) => ({
                  ...one,
                  taskType: 'other',
                })),
                ...outcomes(a.agentId, a.voids, 0).map((one) => ({ ...one, result: 'VOID' as const })),
              ]),
            );
            const asked = context({ features, kind: 'k', floor, ordinal });
            const decision = policy.choose(asked, agents, learned, random(seed));
            expect(sum(decision)).to.be.closeTo(1, 1e-12);
            expect(
              decision.scores.every(({ score, mean }) => Number.isFinite(score) && Number.isFinite(mean)),
            ).to.equal(true);
            const least = decision.propensities.reduce((all, { propensity }) => Math.min(all, propensity), 1);
            expect(least).to.be.at.least(floor > 0 ? 1e-6 : 0);
            const chosen = decision.propensities.find(({ agentId }) => agentId === decision.choice);
            expect(chosen?.propensity).to.equal(decision.propensity).and.greaterThan(0);
            expect(decision.propensities.map(({ agentId }) => agentId)).to.deep.equal(
              agents.map((a) => a.agentId).sort(),
            );
          },
        ),
        { numRuns: 40 },
      );
    });

    it('R-213: nothing learned at all: everybody is alike', () => {
      const decision = policy.choose(
        context({ features }),
        ['a', 'b', 'c', 'd'].map((agentId) => contender(agentId)),
        NO_EXPERIENCE,
        random('x'),
      );
      if (id === 'round-robin') expect(decision.choice).to.equal('a');
      else for (const { propensity } of decision.propensities) expect(propensity).to.be.closeTo(0.25, 1e-12);
    });

    it('D-06: equal agents have equal propensities, and a better one no smaller', () => {
      const learned = rememberAll(NO_EXPERIENCE, [
        ...outcomes('a', 6, 6).map((one) => ({ ...one, features, propensity: 0.25 })),
        ...outcomes('b', 6, 6).map((one) => ({ ...one, features, propensity: 0.25 })),
        ...outcomes('c', 9, 3).map((one) => ({ ...one, features, propensity: 0.25 })),
      ]);
      const asked = context({ features });
      const { propensities } = policy.choose(
        asked,
        ['c', 'b', 'a'].map((agentId) => contender(agentId)),
        learned,
        random(''),
      );
      if (id === 'round-robin' || id.startsWith('discounted')) return;
      expect(propensities[0]?.propensity).to.equal(propensities[1]?.propensity);
      expect(propensities[2]?.propensity).to.be.at.least(propensities[0]?.propensity ?? 1);
    });

    it('tier 1: nothing is tried out, whatever the floor', () => {
      const learned = rememberAll(NO_EXPERIENCE, [...outcomes('a', 6, 6), ...outcomes('b', 9, 3)]);
      const asked = context({ features, riskTier: 1, floor: 0.5 });
      const decision = policy.choose(
        asked,
        ['a', 'b', 'new'].map((agentId) => contender(agentId)),
        learned,
        random('1'),
      );
      // Turns are turns: the first decision's is the first agent's.
      const best = id === 'round-robin' ? 'a' : 'b';
      expect([decision.choice, decision.propensity, decision.explanation.floor]).to.deep.equal([best, 1, 0]);
    });

    it('R-216: an unknown parameter and one out of bounds are refused, by name', () => {
      expect(codeOf(() => createPolicy(id, { nonsense: 1 }))).to.equal('POLICY_PARAMETERS');
      expect(() => createPolicy(id, { nonsense: 1 })).to.throw(
        `${id}: Unrecognized key: "nonsense"; ${id} takes: `,
      );
      for (const name of Object.keys(policy.parameters))
        expect(
          codeOf(() => createPolicy(id, { [name]: -1 })),
          name,
        ).to.equal('POLICY_PARAMETERS');
    });
  });
}

describe('policies by name', () => {
  it('the default is one of them', () => {
    expect(names).to.include(DEFAULT_POLICY);
    expect(new Set(names).size).to.equal(names.length);
  });

  it('R-216: a name and parameters in one word, or JSON', () => {
    expect(parsePolicy('ucb1').parameters).to.include({ c: 2, memory: 'all' });
    expect(parsePolicy('ucb1:c=0.25,memory=alarm').parameters).to.include({ c: 0.25, memory: 'alarm' });
    expect(parsePolicy('{"policy":"ucb1","c":0.25}').parameters).to.include({ c: 0.25 });
    expect(parsePolicy('cost-aware:budgetUsd=null').parameters).to.include({ budgetUsd: null });
    expect(parsePolicy('thompson:').id).to.equal('thompson');
  });

  it('R-216: what is wrong is said with its place', () => {
    for (const [text, message] of [
      ['nothing', 'policy: expected one of randomised-ucb, uniform'],
      ['ucb1:c', 'ucb1: expected key=value, found "c"'],
      ['ucb1:c=99', 'ucb1.c: Too big'],
      ['ucb1:c=much', 'ucb1.c: Invalid input'],
      ['ucb1:c=1,c=2', 'ucb1.c: expected once, found twice'],
      ['ucb1:c=1,,', 'ucb1: expected key=value, found ""'],
      ['{"c":1}', 'policy: expected a name, found none'],
      ['{', 'expected JSON or NAME:key=value'],
    ] as const)
      expect(() => parsePolicy(text), text).to.throw(message);
  });

  it('contenders that are none are refused, by name', () => {
    const ask = (...list: Parameters<typeof contender>[]): string =>
      codeOf(() =>
        createPolicy('uniform').choose(
          context(),
          list.map((one) => contender(...one)),
          NO_EXPERIENCE,
          random(''),
        ),
      );
    expect(ask()).to.equal('NO_CANDIDATES');
    expect(ask(['a'], ['a'])).to.equal('DUPLICATE_AGENT');
    expect(ask(['a', { pending: -1 }])).to.equal('CONTENDER_INVALID');
    expect(ask(['a', { ramp: 0 }])).to.equal('CONTENDER_INVALID');
    expect(ask(['a', { priceMicros: Number.NaN }])).to.equal('CONTENDER_INVALID');
  });
});
