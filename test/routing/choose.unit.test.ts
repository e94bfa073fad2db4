import { expect } from 'chai';
import fc from 'fast-check';
import { chooseAgent, floorAt, type CandidateCounts } from '../../src/routing/index.js';
import { uniform } from '../../src/routing/random.js';

const counts = fc.oneof(fc.nat(30), fc.nat(1_000_000));
const candidates = fc.uniqueArray(
  fc.record({ agentId: fc.string({ minLength: 1 }), successes: counts, failures: counts }),
  { selector: ({ agentId }) => agentId, minLength: 1, maxLength: 50 },
);
const floor = fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1, noNaN: true }));
const sum = (list: readonly { propensity: number }[]): number =>
  list.reduce((all, one) => all + one.propensity, 0);
const agent = (agentId: string, successes = 0, failures = 0): CandidateCounts => ({
  agentId,
  successes,
  failures,
});
const code = (ask: () => unknown): unknown => {
  try {
    ask();
    return 'accepted';
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
};

describe('choosing an agent', () => {
  it('R-201: the distribution sums to 1, and the chosen one is in it with its propensity', () => {
    fc.assert(
      fc.property(candidates, floor, fc.string(), (list, share, seed) => {
        const choice = chooseAgent({ candidates: list, floor: share, seed });
        expect(sum(choice.propensities)).to.be.closeTo(1, 1e-12);
        expect(choice.propensities).to.have.length(list.length);
        const chosen = choice.propensities.find(({ agentId }) => agentId === choice.chosen);
        expect(chosen?.propensity).to.equal(choice.propensity);
        expect(choice.propensity).to.be.greaterThan(0);
      }),
    );
  });

  it('R-215: with a floor nobody falls under ε/k', () => {
    fc.assert(
      fc.property(candidates, fc.double({ min: 1e-6, max: 1, noNaN: true }), (list, share) => {
        for (const { propensity } of chooseAgent({ candidates: list, floor: share, seed: '' }).propensities) {
          expect(propensity).to.be.at.least((share / list.length) * (1 - 1e-12));
        }
      }),
    );
  });

  it('R-210: same counts and seed give the same decision, in whatever order the agents come', () => {
    fc.assert(
      fc.property(candidates, floor, fc.string(), (list, share, seed) => {
        const choice = chooseAgent({ candidates: list, floor: share, seed });
        expect(chooseAgent({ candidates: [...list].reverse(), floor: share, seed })).to.deep.equal(choice);
      }),
    );
  });

  it('law 8: the recorded draw over the recorded propensities gives the recorded agent', () => {
    fc.assert(
      fc.property(candidates, fc.string(), (list, seed) => {
        const { chosen, draw, propensities } = chooseAgent({ candidates: list, floor: 0.1, seed });
        let cumulated = 0;
        const found = propensities.find(({ propensity }) => draw < (cumulated += propensity));
        expect(found?.agentId ?? chosen).to.equal(chosen);
      }),
    );
  });

  it('draw frequencies match the propensities (chi square, fixed seeds)', () => {
    const list = [agent('a', 3, 11), agent('b', 9, 4), agent('c', 10, 6), agent('d', 14, 3), agent('e')];
    const seen = new Map<string, number>();
    const draws = 8_000;
    let expected: readonly { agentId: string; propensity: number }[] = [];
    for (let at = 0; at < draws; at += 1) {
      const choice = chooseAgent({ candidates: list, floor: 0.2, seed: `task-${at}/1` });
      seen.set(choice.chosen, (seen.get(choice.chosen) ?? 0) + 1);
      expected = choice.propensities;
    }
    const chiSquare = expected.reduce((all, { agentId, propensity }) => {
      const due = propensity * draws;
      return all + ((seen.get(agentId) ?? 0) - due) ** 2 / due;
    }, 0);
    // 99.9 % of honest draws stay under 18.5 with four degrees of freedom; the seeds are fixed, so this never flickers.
    expect(chiSquare).to.be.below(18.5);
  }).timeout(20_000);

  it('the generator: uniform over 64 bins for counting seeds, uncorrelated neighbours', () => {
    const bins = new Array<number>(64).fill(0);
    const n = 64_000;
    let [product, before] = [0, uniform('seed-0')];
    for (let at = 1; at <= n; at += 1) {
      const next = uniform(`seed-${at}`);
      bins[Math.floor(next * 64)] = (bins[Math.floor(next * 64)] ?? 0) + 1;
      product += (next - 0.5) * (before - 0.5);
      before = next;
    }
    const chiSquare = bins.reduce((all, found) => all + (found - n / 64) ** 2 / (n / 64), 0);
    expect(chiSquare).to.be.below(104);
    expect(Math.abs(product / n) * 12).to.be.below(0.013);
  });

  it('the generator: known draws, so that old decisions stay drawable', () => {
    expect([uniform(''), uniform('task-1/1'), uniform('日本語')]).to.deep.equal([
      0.2481579599771685, 0.22210088965356645, 0.13535489797182576,
    ]);
  });

  it('R-213: nothing known yet: even shares, no NaN', () => {
    const { propensities, scores } = chooseAgent({
      candidates: ['a', 'b', 'c', 'd'].map((id) => agent(id)),
      floor: 0,
      seed: 's',
    });
    for (const { propensity } of propensities) expect(propensity).to.equal(0.25);
    for (const { mean } of scores) expect(mean).to.equal(0.5);
  });

  it('D-07, K-13: the prior stays after the first outcome', () => {
    const prior = { successes: 4, failures: 1 };
    const after = chooseAgent({ candidates: [agent('a', 0, 1)], floor: 0, seed: '', prior });
    expect(after.scores[0]?.mean).to.be.closeTo(4 / 6, 1e-12);
  });

  it('D-09: the eleventh of fifty can be chosen', () => {
    const list = Array.from({ length: 50 }, (_, at) => agent(`a${at}`, 100 - at, at));
    const choice = chooseAgent({ candidates: list, floor: 0.05, seed: '' });
    expect(choice.propensities.filter(({ propensity }) => propensity >= 0.001)).to.have.length(50);
  });

  it('learning is visible: outcomes move the shares', () => {
    const share = (successes: number, failures: number): number =>
      chooseAgent({ candidates: [agent('a', successes, failures), agent('b', 5, 5)], floor: 0, seed: '' })
        .propensities[0]?.propensity ?? 0;
    expect(share(9, 1)).to.be.above(0.9);
    expect(share(1, 9)).to.be.below(0.1);
  });

  it('tier 1 explores nothing on purpose', () => {
    expect(floorAt(1, 0.1)).to.equal(0);
    for (const tier of [2, 3, null] as const) expect(floorAt(tier, 0.1)).to.equal(0.1);
  });

  it('input that would give a silent nonsense is refused', () => {
    const ask = (list: CandidateCounts[], share = 0): unknown =>
      code(() => chooseAgent({ candidates: list, floor: share, seed: '' }));
    expect(ask([])).to.equal('NO_CANDIDATES');
    expect(ask([agent('a'), agent('a')])).to.equal('DUPLICATE_AGENT');
    for (const bad of [-1, 0.5, Number.NaN, Infinity])
      expect(ask([agent('a', bad)])).to.equal('COUNTS_INVALID');
    for (const bad of [-0.1, 1.1, Number.NaN]) expect(ask([agent('a')], bad)).to.equal('FLOOR_INVALID');
    const prior = { successes: 0.4, failures: 1 };
    expect(code(() => chooseAgent({ candidates: [agent('a')], floor: 0, seed: '', prior }))).to.equal(
      'PRIOR_INVALID',
    );
  });
});
