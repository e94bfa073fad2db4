import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import fc from 'fast-check';
import { probabilityBest, type Posterior } from '../../src/routing/index.js';

interface Vector {
  readonly posteriors: readonly [number, number][];
  readonly probabilities: readonly number[];
}
const vectors = JSON.parse(
  readFileSync(new URL('./vectors/thompson-propensity.json', import.meta.url), 'utf8'),
) as Vector[];

/** Log of the Beta function for whole numbers, by sums: slow, and nothing the code under test uses. */
const logFactorial = (n: number): number => {
  let sum = 0;
  for (let i = 2; i <= n; i += 1) sum += Math.log(i);
  return sum;
};
const logBeta = (a: number, b: number): number =>
  logFactorial(a - 1) + logFactorial(b - 1) - logFactorial(a + b - 1);

/** P(second > first) for whole parameters, in closed form: Σ B(a1+i, b1+b2) / ((b2+i) B(1+i, b2) B(a1, b1)), i < a2. */
function closedForm(first: Posterior, second: Posterior): number {
  let sum = 0;
  for (let i = 0; i < second.alpha; i += 1) {
    const log =
      logBeta(first.alpha + i, first.beta + second.beta) -
      Math.log(second.beta + i) -
      logBeta(1 + i, second.beta) -
      logBeta(first.alpha, first.beta);
    sum += Math.exp(log);
  }
  return sum;
}

const parameter = fc.oneof(
  fc.integer({ min: 1, max: 40 }),
  fc.integer({ min: 1, max: 500_000 }),
  fc.double({ min: 1, max: 50, noNaN: true }),
);
const posteriors = fc.array(fc.record({ alpha: parameter, beta: parameter }), {
  minLength: 1,
  maxLength: 60,
});
const sum = (list: readonly number[]): number => list.reduce((total, one) => total + one, 0);

describe('the probability of being best', () => {
  vectors.forEach(({ posteriors: given, probabilities }, at) => {
    it(`known answer ${at} to 1e-6`, () => {
      const found = probabilityBest(given.map(([alpha, beta]) => ({ alpha, beta })));
      found.forEach((share, i) => expect(share).to.be.closeTo(probabilities[i] ?? Number.NaN, 1e-6));
    });
  });

  it('two agents: the closed form, to 1e-9', () => {
    const whole = fc.integer({ min: 1, max: 60 });
    const pair = fc.record({ alpha: whole, beta: whole });
    fc.assert(
      fc.property(pair, pair, (first, second) => {
        expect(probabilityBest([first, second])[1]).to.be.closeTo(closedForm(first, second), 1e-9);
      }),
    );
  });

  it('much evidence: still the closed form', () => {
    const [first, second] = [
      { alpha: 1960, beta: 2030 },
      { alpha: 2010, beta: 1985 },
    ];
    expect(probabilityBest([first, second])[1]).to.be.closeTo(closedForm(first, second), 1e-9);
  });

  it('any posteriors: no NaN, all from 0 to 1, sum 1 to 1e-12', () => {
    fc.assert(
      fc.property(posteriors, (list) => {
        const shares = probabilityBest(list);
        for (const share of shares) expect(share).to.be.within(0, 1);
        expect(sum(shares)).to.be.closeTo(1, 1e-12);
      }),
    );
  });

  it('D-06: the order of the agents changes no bit, and equal agents have equal shares', () => {
    fc.assert(
      fc.property(posteriors, (list) => {
        const shares = probabilityBest(list);
        expect(probabilityBest([...list].reverse())).to.deep.equal([...shares].reverse());
        const twice = probabilityBest([...list, ...list]);
        expect(twice.slice(0, list.length)).to.deep.equal(twice.slice(list.length));
      }),
    );
  });

  it('one success more never makes an agent less likely', () => {
    const few = fc.integer({ min: 1, max: 200 });
    const list = fc.array(fc.record({ alpha: few, beta: few }), { minLength: 2, maxLength: 20 });
    fc.assert(
      fc.property(list, ([first, ...rest]) => {
        if (first === undefined) return;
        const [before] = probabilityBest([first, ...rest]);
        const [after] = probabilityBest([{ ...first, alpha: first.alpha + 1 }, ...rest]);
        expect(after).to.be.at.least((before ?? 1) - 1e-12);
      }),
    );
  });

  it('fifty agents that differ a little, against plain summation', () => {
    const list = Array.from({ length: 50 }, (_, at) => ({ alpha: 1900 + at * 3, beta: 1900 }));
    const steps = 40_000;
    const tables = list.map(({ alpha, beta }) => {
      const peak =
        (alpha - 1) * Math.log(alpha / (alpha + beta)) + (beta - 1) * Math.log(beta / (alpha + beta));
      const density = Array.from({ length: steps }, (_, i) => {
        const x = (i + 0.5) / steps;
        return Math.exp((alpha - 1) * Math.log(x) + (beta - 1) * Math.log(1 - x) - peak);
      });
      const total = sum(density);
      let below = 0;
      return density.map((value) => {
        const entry = { mass: value / total, below: below + value / total / 2 };
        below += value / total;
        return entry;
      });
    });
    const found = probabilityBest(list);
    for (const agent of [0, 20, 49]) {
      let expected = 0;
      for (let i = 0; i < steps; i += 1) {
        let term = tables[agent]?.[i]?.mass ?? 0;
        for (let other = 0; other < 50; other += 1)
          if (other !== agent) term *= tables[other]?.[i]?.below ?? 0;
        expected += term;
      }
      expect(found[agent]).to.be.closeTo(expected, 1e-6);
    }
  });
});
