import { expect } from 'chai';
import fc from 'fast-check';
import { exp, ln, power, sine } from '../../src/routing/portable.js';

const near = (found: number, expected: number, ulps: number): void => {
  expect(Math.abs(found - expected)).to.be.at.most(ulps * 2.3e-16 * Math.max(Math.abs(expected), 1e-300));
};

describe('functions that are the same on every machine', () => {
  it('ln is the logarithm over the whole range of doubles', () => {
    fc.assert(
      fc.property(fc.double({ min: 5e-324, max: 1.7e308, noNaN: true }), (x) => near(ln(x), Math.log(x), 3)),
    );
    expect([ln(0), ln(1), ln(Infinity)]).to.deep.equal([-Infinity, 0, Infinity]);
    expect(ln(-1)).to.be.NaN;
  });

  it('exp is the exponential, under and over the range included', () => {
    fc.assert(
      fc.property(fc.double({ min: -708, max: 709, noNaN: true }), (x) => near(exp(x), Math.exp(x), 3)),
    );
    expect([exp(0), exp(-800), exp(800)]).to.deep.equal([1, 0, Infinity]);
    expect(exp(-740)).to.be.closeTo(Math.exp(-740), 5e-324);
    expect(exp(Number.NaN)).to.be.NaN;
  });

  it('sine and whole powers', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: Math.PI / 2, noNaN: true }), fc.nat(60), (x, n) => {
        expect(sine(x)).to.be.closeTo(Math.sin(x), 4e-16);
        expect(power(x / 2, n)).to.be.closeTo((x / 2) ** n, 1e-14);
      }),
    );
  });

  it('R-210: known bits', () => {
    expect([ln(10), exp(1), exp(-0.5), sine(1)]).to.deep.equal([
      2.302585092994046, 2.7182818284590455, 0.6065306597126334, 0.8414709848078965,
    ]);
  });
});
