import { expect } from 'chai';
import fc from 'fast-check';
import { probabilityBest } from '../../src/routing/index.js';
import { bestGaussian, normalBelow } from '../../src/routing/gaussians.js';
import { random } from '../../src/routing/random.js';
import { bestUniform } from '../../src/routing/uniforms.js';

const DRAWS = 200_000;
/** How often each was the highest of independent draws. */
const simulated = (count: number, draw: (index: number, uniform: () => number) => number): number[] => {
  const { next } = random('simulated');
  const wins = new Array<number>(count).fill(0);
  for (let at = 0; at < DRAWS; at += 1) {
    let [best, highest] = [0, -Infinity];
    for (let i = 0; i < count; i += 1) {
      const value = draw(i, next);
      if (value > highest) [best, highest] = [i, value];
    }
    wins[best] = (wins[best] ?? 0) + 1;
  }
  return wins.map((n) => n / DRAWS);
};
const sum = (list: readonly number[]): number => list.reduce((all, one) => all + one, 0);
const agree = (found: readonly number[], expected: readonly number[], by: number): void => {
  found.forEach((share, i) => expect(share).to.be.closeTo(expected[i] ?? NaN, by));
};

/** ∫ f_a ∏ F_b in even steps of x: slow, simple, and nothing in common with the panels. */
const byTrapezoids = (agents: readonly { alpha: number; beta: number }[], steps: number): number[] => {
  const densities = agents.map(({ alpha, beta }) => {
    const mode = (alpha - 1) / (alpha + beta - 2);
    const peak = (alpha - 1) * Math.log(mode) + (beta - 1) * Math.log(1 - mode);
    return Float64Array.from({ length: steps + 1 }, (_, i) => {
      const x = i / steps;
      return Math.exp((alpha - 1) * Math.log(x) + (beta - 1) * Math.log(1 - x) - peak);
    });
  });
  const belows = densities.map((density) => {
    const below = new Float64Array(steps + 1);
    for (let i = 1; i <= steps; i += 1)
      below[i] = (below[i - 1] ?? 0) + ((density[i - 1] ?? 0) + (density[i] ?? 0)) / 2;
    return below.map((value) => value / (below[steps] ?? 1));
  });
  const raw = densities.map((density, a) => {
    let share = 0;
    for (let i = 0; i <= steps; i += 1) {
      let product = density[i] ?? 0;
      if (product === 0) continue;
      for (let b = 0; b < agents.length; b += 1) if (b !== a) product *= belows[b]?.[i] ?? 0;
      share += product;
    }
    return share / density.reduce((all, one) => all + one, 0);
  });
  const total = sum(raw);
  return raw.map((share) => share / total);
};

describe('probability of being the highest', () => {
  it('of even numbers: two by hand', () => {
    // U(0, 1) over U(0.5, 1): ∫ over the upper half of x
    agree(
      bestUniform([
        { from: 0, width: 1 },
        { from: 0.5, width: 0.5 },
      ]),
      [0.25, 0.75],
      1e-15,
    );
  });

  it('of even numbers: as simulated', () => {
    const bands = [
      { from: 0.5, width: 0.5 },
      { from: 0.6, width: 0.3 },
      { from: 0.2, width: 0.75 },
      { from: 0.7, width: 0.05 },
      { from: 0.1, width: 0.2 },
    ];
    const found = bestUniform(bands);
    agree(
      found,
      simulated(5, (i, u) => (bands[i]?.from ?? 0) + u() * (bands[i]?.width ?? 0)),
      0.004,
    );
    expect(found[4]).to.equal(0);
  });

  it('of certain numbers: the highest, ties even; a certain one against an even one', () => {
    const certain = (...values: number[]): number[] =>
      bestUniform(values.map((from) => ({ from, width: 0 })));
    expect(certain(0.3, 0.7, 0.7)).to.deep.equal([0, 0.5, 0.5]);
    agree(
      bestUniform([
        { from: 0, width: 1 },
        { from: 0.75, width: 0 },
      ]),
      [0.25, 0.75],
      1e-15,
    );
  });

  it('of fifty even numbers that begin alike: sums to 1, equal ones equal', () => {
    const found = bestUniform(
      Array.from({ length: 50 }, (_, i) => ({ from: 0.5, width: i < 25 ? 0.2 : 0.1 })),
    );
    expect(sum(found)).to.be.closeTo(1, 1e-12);
    expect(new Set(found.slice(0, 25).map((share) => share.toFixed(15))).size).to.equal(1);
  });

  it('of normal numbers: Φ, two by hand, and as simulated', () => {
    expect(normalBelow(0)).to.be.closeTo(0.5, 1e-14);
    expect(normalBelow(1.959963984540054)).to.be.closeTo(0.975, 1e-13);
    expect(normalBelow(-3)).to.be.closeTo(0.0013498980316300946, 1e-13);
    const two = bestGaussian([
      { mean: 0.5, deviation: 0.3 },
      { mean: 0.6, deviation: 0.4 },
    ]);
    agree(two, [1 - normalBelow(0.1 / 0.5), normalBelow(0.1 / 0.5)], 1e-10);
    const numbers = [
      { mean: 0.5, deviation: 0.1 },
      { mean: 0.6, deviation: 0.02 },
      { mean: 0.62, deviation: 0.0005 },
      { mean: 0.1, deviation: 0.25 },
    ];
    const normal = (u: () => number): number =>
      Math.sqrt(-2 * Math.log(1 - u())) * Math.cos(2 * Math.PI * u());
    const drawn = simulated(4, (i, u) => (numbers[i]?.mean ?? 0) + (numbers[i]?.deviation ?? 0) * normal(u));
    agree(bestGaussian(numbers), drawn, 0.004);
  });

  it('R-201: Beta posteriors with 2 to 10^5 outcomes in one pool: as by 100,000 trapezoids, to 1e-6', () => {
    const agents = [4, 60, 900, 13_000, 100_000].flatMap((n, i) =>
      [0.6, 0.66, 0.7].map((rate) => ({
        alpha: 1 + Math.round(n * (rate + i / 200)),
        beta: 1 + Math.round(n * (1 - rate - i / 200)),
      })),
    );
    agree(probabilityBest(agents), byTrapezoids(agents, 100_000), 1e-6);
  });

  it('R-201: at 10^5 outcomes each, the difference of two is normal to 1e-4', () => {
    const [a, b] = [
      { alpha: 70_001, beta: 30_001 },
      { alpha: 70_201, beta: 29_801 },
    ];
    const variance = ({ alpha, beta }: typeof a): number =>
      (alpha * beta) / ((alpha + beta) ** 2 * (alpha + beta + 1));
    const apart = (b.alpha - a.alpha) / 100_002 / Math.sqrt(variance(a) + variance(b));
    expect(probabilityBest([a, b])[1]).to.be.closeTo(normalBelow(apart), 1e-4);
  });

  it('every distribution sums to 1 to 1e-12 and has no NaN', () => {
    const band = fc.record({
      from: fc.double({ min: -10, max: 1, noNaN: true }),
      width: fc.oneof(fc.constant(0), fc.double({ min: 1e-9, max: 1, noNaN: true })),
    });
    const number = fc.record({
      mean: fc.double({ min: -10, max: 10, noNaN: true }),
      deviation: fc.double({ min: 1e-4, max: 5, noNaN: true }),
    });
    fc.assert(
      fc.property(
        fc.array(band, { minLength: 1, maxLength: 20 }),
        fc.array(number, { minLength: 1, maxLength: 12 }),
        (bands, numbers) => {
          for (const shares of [bestUniform(bands), bestGaussian(numbers)]) {
            expect(sum(shares)).to.be.closeTo(1, 1e-12);
            expect(shares.every((share) => share >= 0)).to.equal(true);
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});
