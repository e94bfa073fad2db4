import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { expect } from 'chai';
import { estimate, report, supportOf, type Round } from '../../../src/routing/evaluation/index.js';

interface Campaign {
  readonly actions: number;
  /** [position][item] */
  readonly dist: readonly (readonly number[])[];
  readonly random: readonly (readonly [
    item: number,
    position: number,
    click: number,
    p: number,
    n: number,
  ])[];
  readonly bts: readonly (readonly [p: number, click: number, n: number])[];
}
interface Expected {
  readonly random: { readonly on_policy: number };
  readonly bts: { readonly on_policy: number };
  readonly bts_logs_evaluate_random: Readonly<Record<string, number>>;
  readonly random_logs_evaluate_bts: Readonly<Record<string, number>>;
}
type Name = 'men' | 'women';

const vectors = new URL('../vectors/', import.meta.url);
const expected = JSON.parse(readFileSync(new URL('ope-obd-small.json', vectors), 'utf8')) as Record<
  Name,
  Expected
>;
const logs = JSON.parse(
  gunzipSync(readFileSync(new URL('ope-obd-small-log.json.gz', vectors))).toString('utf8'),
) as Record<Name, Campaign>;

const times = (n: number, make: () => Round): Round[] => Array.from({ length: n }, make);

/** Thompson's log, uniform choice as the target: which item it was does not matter, so it stands first. */
const randomOnBts = ({ bts, actions }: Campaign): Round[] => {
  const target = new Array<number>(actions).fill(1 / actions);
  return bts.flatMap(([propensity, reward, n]) =>
    times(n, () => ({ task: '', action: 0, reward, propensity, target })),
  );
};

const btsOnRandom = ({ random, dist }: Campaign): Round[] =>
  random.flatMap(([action, position, reward, propensity, n]) => {
    const target = dist[position] ?? [];
    return times(n, () => ({ task: '', action, reward, propensity, target }));
  });

describe('off-policy estimators on the Open Bandit log, 10,000 real rounds with their propensities', () => {
  for (const name of ['men', 'women'] as const) {
    it(`${name}: Thompson on the log of uniform choice, IPS and SNIPS`, () => {
      const rounds = btsOnRandom(logs[name]);
      const theirs = expected[name].random_logs_evaluate_bts;
      expect(rounds).to.have.length(10_000);
      expect(estimate(rounds, { name: 'ips' }).value).to.be.closeTo(theirs['ipw'] ?? NaN, 1e-12);
      expect(estimate(rounds, { name: 'snips' }).value).to.be.closeTo(theirs['snipw'] ?? NaN, 1e-12);
    });

    it(`${name}: uniform choice on Thompson's log, with clipping and effective sample`, () => {
      const rounds = randomOnBts(logs[name]);
      const theirs = expected[name].bts_logs_evaluate_random;
      const { ess, largestWeight } = supportOf(rounds);
      expect(estimate(rounds, { name: 'ips' }).value).to.be.closeTo(theirs['ipw'] ?? NaN, 1e-12);
      expect(estimate(rounds, { name: 'snips' }).value).to.be.closeTo(theirs['snipw'] ?? NaN, 1e-12);
      // No click of theirs weighs over 100.
      const clipped = estimate(rounds, { name: 'clipped-ips', most: 100 }).value;
      expect(clipped).to.be.closeTo(theirs['ipw_clip_100'] ?? NaN, 1e-12);
      expect(ess / (theirs['ess'] ?? NaN)).to.be.closeTo(1, 1e-12);
      expect(largestWeight / (theirs['max_weight'] ?? NaN)).to.be.closeTo(1, 1e-12);
    });

    it(`${name}: the log's own mean`, () => {
      expect(report(btsOnRandom(logs[name])).onPolicy.value).to.be.closeTo(
        expected[name].random.on_policy,
        1e-12,
      );
      expect(report(randomOnBts(logs[name])).onPolicy.value).to.be.closeTo(
        expected[name].bts.on_policy,
        1e-12,
      );
    });
  }

  it('an effective sample of 2 out of 10,000 is refused, with the figure', () => {
    const { verdict, estimates, anytime, warnings } = report(randomOnBts(logs.women));
    expect(verdict).to.equal('REFUSED');
    expect(estimates).to.be.empty;
    expect(anytime).to.equal(null);
    expect(warnings.join('\n')).to.contain('effective sample 2.1 of 10000');
  });

  it('where it is stated, the intervals hold what the policy itself achieved', () => {
    const { verdict, estimates, anytime } = report(btsOnRandom(logs.men));
    expect(verdict).to.equal('STATED');
    const snips = estimates.find(({ estimator }) => estimator.name === 'snips');
    expect(snips?.normal.low).to.be.lessThan(expected.men.bts.on_policy);
    expect(snips?.normal.high).to.be.greaterThan(expected.men.bts.on_policy);
    expect(anytime?.low).to.be.lessThan(expected.men.bts.on_policy);
    expect(anytime?.high).to.be.greaterThan(expected.men.bts.on_policy);
  });
});
