import { expect } from 'chai';
import fc from 'fast-check';
import {
  countsOf,
  COUNTS_AS,
  learn,
  learnAll,
  NOTHING_LEARNED,
  statisticsFrom,
  statisticsRows,
  type FailureClass,
  type Outcome,
} from '../../src/routing/index.js';

const classes = Object.keys(COUNTS_AS) as FailureClass[];
const outcome: fc.Arbitrary<Outcome> = fc.record({
  agentId: fc.constantFrom('a', 'b', '__proto__'),
  taskType: fc.constantFrom('fix', 'test', 'constructor'),
  result: fc.constantFrom('SUCCESS', 'FAILURE', 'VOID', 'UNKNOWN'),
  failureClass: fc.option(fc.constantFrom(...classes)),
});
const fold = (list: readonly Outcome[]): ReturnType<typeof statisticsRows> =>
  statisticsRows(list.reduce(learn, NOTHING_LEARNED));
const one = (changes: Partial<Outcome>): Outcome => ({
  agentId: 'a',
  taskType: 'fix',
  result: 'FAILURE',
  failureClass: 'AGENT',
  ...changes,
});

describe('statistics', () => {
  it('the order of arrival and the batching change nothing', () => {
    fc.assert(
      fc.property(fc.array(outcome), fc.nat(20), (list, cut) => {
        const rows = fold(list);
        expect(fold([...list].reverse())).to.deep.equal(rows);
        const batched = learnAll(learnAll(NOTHING_LEARNED, list.slice(0, cut)), list.slice(cut));
        expect(statisticsRows(batched)).to.deep.equal(rows);
        expect(statisticsRows(statisticsFrom(rows))).to.deep.equal(rows);
      }),
    );
  });

  it('every outcome is counted once', () => {
    fc.assert(
      fc.property(fc.array(outcome), (list) => {
        const all = fold(list).reduce((sum, row) => sum + row.successes + row.failures + row.voids, 0);
        expect(all).to.equal(list.length);
      }),
    );
  });

  it('learning changes no older statistics', () => {
    const before = learn(NOTHING_LEARNED, one({}));
    learn(before, one({}));
    expect(countsOf(before, 'a', 'fix').failures).to.equal(1);
    expect(NOTHING_LEARNED.size).to.equal(0);
  });

  it('D-10: another task type of the same agent is untouched', () => {
    const after = learn(NOTHING_LEARNED, one({ result: 'SUCCESS', failureClass: null }));
    expect(countsOf(after, 'a', 'fix').successes).to.equal(1);
    expect(countsOf(after, 'a', 'test')).to.deep.equal({ successes: 0, failures: 0, voids: 0 });
  });

  for (const failureClass of classes) {
    it(`a failure of class ${failureClass} counts as ${COUNTS_AS[failureClass]}`, () => {
      const { failures, voids } = countsOf(learn(NOTHING_LEARNED, one({ failureClass })), 'a', 'fix');
      const own = ['AGENT', 'CONSTITUTION', 'TIME_LIMIT', 'OVER_BUDGET'].includes(failureClass);
      expect([failures, voids]).to.deep.equal(own ? [1, 0] : [0, 1]);
    });
  }

  it('VOID and UNKNOWN results never count against the agent', () => {
    for (const result of ['VOID', 'UNKNOWN'] as const) {
      expect(countsOf(learn(NOTHING_LEARNED, one({ result })), 'a', 'fix').failures).to.equal(0);
    }
  });
});
