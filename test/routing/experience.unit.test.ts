import { expect } from 'chai';
import fc from 'fast-check';
import {
  canonicalExperience,
  cellOf,
  COUNTS_AS,
  createPolicy,
  listPolicies,
  NO_EXPERIENCE,
  random,
  remember,
  rememberAll,
  scopeOf,
  type FailureClass,
  type PolicyOutcome,
} from '../../src/routing/index.js';
import { canonical, emptyTrail, inserted, stepsOf } from '../../src/routing/trail.js';
import { contender, context, outcome } from './support.js';

const classes = Object.keys(COUNTS_AS) as FailureClass[];
const some: fc.Arbitrary<PolicyOutcome[]> = fc
  .array(
    fc.record({
      tenant: fc.constantFrom('default', 'other', '__proto__'),
      taskType: fc.constantFrom('fix', 'constructor'),
      agentId: fc.constantFrom('a', 'b', 'c'),
      decisionId: fc.constant(null),
      result: fc.constantFrom('SUCCESS', 'FAILURE', 'VOID', 'UNKNOWN'),
      failureClass: fc.option(fc.constantFrom(...classes)),
      attempt: fc.integer({ min: 1, max: 3 }),
      kind: fc.option(fc.constantFrom('x', 'y')),
      features: fc.option(
        fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: 1, maxLength: 3 }),
      ),
      propensity: fc.option(fc.double({ min: 1e-9, max: 1, noNaN: true })),
      costMicros: fc.option(fc.nat(5_000_000)),
      occurredAt: fc.nat(20),
      partition: fc.nat(2),
    }),
    { maxLength: 60 },
  )
  .map((list) => list.map((one, offset) => ({ ...one, offset })));

const shuffled = <T>(list: readonly T[], seed: number): T[] => {
  const { next } = random(`order ${seed}`);
  return list
    .map((one) => [next(), one] as const)
    .sort(([a], [b]) => a - b)
    .map(([, one]) => one);
};

describe('experience', () => {
  it('R-210: any order of arrival and any batching give the same bits, and the same decisions of every policy', () => {
    fc.assert(
      fc.property(some, fc.nat(), fc.integer({ min: 1, max: 20 }), (list, seed, size) => {
        const live = list.reduce(remember, NO_EXPERIENCE);
        const other = shuffled(list, seed);
        let rebuilt = NO_EXPERIENCE;
        for (let at = 0; at < other.length; at += size)
          rebuilt = rememberAll(rebuilt, other.slice(at, at + size));
        expect(canonicalExperience(rebuilt)).to.equal(canonicalExperience(live));
        const pool = ['a', 'b', 'c', 'd'].map((agentId) => contender(agentId));
        const asked = context({ features: [0.5, 1], kind: 'x', floor: 0.05 });
        for (const { id } of listPolicies()) {
          const policy = createPolicy(id);
          expect(policy.choose(asked, [...pool].reverse(), rebuilt, random('s'))).to.deep.equal(
            policy.choose(asked, pool, live, random('s')),
          );
        }
      }),
      { numRuns: 40 },
    );
  });

  it('what was learned before is never changed', () => {
    fc.assert(
      fc.property(some, some, (first, second) => {
        const experience = rememberAll(NO_EXPERIENCE, first);
        const before = canonicalExperience(experience);
        rememberAll(experience, second);
        expect(canonicalExperience(experience)).to.equal(before);
      }),
      { numRuns: 30 },
    );
  });

  for (const failureClass of classes) {
    const counts = COUNTS_AS[failureClass];
    it(`R-223: a failure of class ${failureClass} is a ${counts} of the agent`, () => {
      const experience = remember(NO_EXPERIENCE, outcome('a', false, { failureClass }));
      const cell = cellOf(scopeOf(experience, context()), 'a');
      expect(cell.failures).to.equal(counts === 'failure' ? 1 : 0);
      expect([...cell.voids]).to.deep.equal(counts === 'failure' ? [] : [[failureClass, 1]]);
      expect(stepsOf(cell.trail)).to.have.length(counts === 'failure' ? 1 : 0);
    });
  }

  it('a censored outcome counts for nobody, its cost does', () => {
    const experience = remember(NO_EXPERIENCE, outcome('a', true, { result: 'UNKNOWN', costMicros: 7 }));
    const cell = cellOf(scopeOf(experience, context()), 'a');
    expect([cell.successes, cell.failures, cell.costMicros, cell.costed]).to.deep.equal([0, 0, 7, 1]);
  });

  it('D-10, R-227: tenants, task types and later attempts are apart', () => {
    const experience = rememberAll(NO_EXPERIENCE, [
      outcome('a', true),
      outcome('a', false, { taskType: 'test' }),
      outcome('a', false, { tenant: 'other' }),
      outcome('a', false, { attempt: 2 }),
      outcome('a', false, { attempt: 3 }),
    ]);
    const counts = (changes: object): number[] => {
      const { successes, failures } = cellOf(scopeOf(experience, context(changes)), 'a');
      return [successes, failures];
    };
    expect(counts({})).to.deep.equal([1, 0]);
    expect(counts({ taskType: 'test' })).to.deep.equal([0, 1]);
    expect(counts({ tenant: 'other' })).to.deep.equal([0, 1]);
    expect(counts({ attempt: 2 })).to.deep.equal([0, 2]);
    expect(counts({ tenant: 'nobody' })).to.deep.equal([0, 0]);
  });

  it('features that are none are left out, the outcome still counts', () => {
    for (const features of [[], [Number.NaN], [1e9], new Array<number>(65).fill(0)]) {
      const cell = cellOf(scopeOf(remember(NO_EXPERIENCE, outcome('a', true, { features })), context()), 'a');
      expect([cell.successes, cell.moments.size]).to.deep.equal([1, 0]);
    }
  });

  it('R-210: a full trail keeps the newest, in canonical order, whatever came first', () => {
    const steps = fc.uniqueArray(fc.tuple(fc.nat(9), fc.nat(2), fc.nat(99)), {
      selector: ([, , offset]) => offset,
      maxLength: 40,
    });
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 10 }), (list, most) => {
        const all = list.map(([at, partition, offset]) => ({
          agentId: 'a',
          reward: 1 as const,
          at,
          partition,
          offset,
        }));
        const kept = all.reduce((trail, step) => inserted(trail, step, most), emptyTrail());
        expect(stepsOf(kept)).to.deep.equal([...all].sort(canonical).slice(-most));
      }),
    );
  });
});
