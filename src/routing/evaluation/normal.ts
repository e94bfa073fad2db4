import { RoutingError } from '../errors.js';

export interface Interval {
  readonly low: number;
  readonly high: number;
}

const SQRT_2_PI = Math.sqrt(2 * Math.PI);

/** Φ(x) for |x| ≤ 8 by its Taylor series around 0 (Marsaglia 2004); outside it is 0 or 1 to a double. */
const cumulative = (x: number): number => {
  if (Math.abs(x) > 8) return x > 0 ? 1 : 0;
  let [term, sum] = [x, x];
  for (let odd = 3; Math.abs(term) > 1e-18 * Math.abs(sum) && odd < 1000; odd += 2) {
    term *= (x * x) / odd;
    sum += term;
  }
  return 0.5 + (sum * Math.exp((-x * x) / 2)) / SQRT_2_PI;
};

/** z with P(|N(0, 1)| ≤ z) = confidence; 1.959963984540054 for .95. */
export const criticalValue = (confidence: number): number => {
  if (!(confidence > 0 && confidence < 1))
    throw new RoutingError(
      'PARAMETER_INVALID',
      `confidence: expected over 0 and under 1, found ${confidence}`,
    );
  const aim = (1 + confidence) / 2;
  let z = 0;
  // Φ is concave over 0: Newton comes from the left and never leaps over the root.
  for (let step = 0; step < 200; step += 1) {
    const next = z + ((aim - cumulative(z)) * SQRT_2_PI) / Math.exp((-z * z) / 2);
    if (next === z || Math.abs(next - z) < 1e-15 * next) return next;
    z = next;
  }
  return z;
};

/** mean ± z · sd ÷ √n on the terms of an estimate: good from some dozens of effective rounds on, and only at a fixed n. */
export const normalInterval = (terms: readonly number[], confidence = 0.95): Interval => {
  const n = terms.length;
  if (n === 0) return { low: NaN, high: NaN };
  const value = terms.reduce((sum, term) => sum + term, 0) / n;
  if (n === 1) return { low: -Infinity, high: Infinity };
  const squares = terms.reduce((sum, term) => sum + (term - value) ** 2, 0);
  const half = criticalValue(confidence) * Math.sqrt(squares / (n - 1) / n);
  return { low: value - half, high: value + half };
};
