import { quantised, STEPS, type Moments } from './moments.js';

export interface Prediction {
  /** xᵀA⁻¹b */
  readonly mean: number;
  /** xᵀA⁻¹x */
  readonly variance: number;
}

// Moments are never changed, so their factor stands as long as they do.
const factors = new WeakMap<Moments, Map<number, Float64Array>>();

/** Ridge regression at x, A = l2·I + Σ xxᵀ, b = Σ x·reward, by Cholesky: the same bits on every machine. */
export function predict(moments: Moments | undefined, features: readonly number[], l2: number): Prediction {
  const x = quantised(features).map((value) => value / STEPS);
  if (moments === undefined) {
    return { mean: 0, variance: x.reduce((sum, value) => sum + value * value, 0) / l2 };
  }
  const factor = factorOf(moments, x.length, l2);
  const z = forward(factor, x);
  const b = forward(
    factor,
    moments.rewarded.map((value) => value / STEPS),
  );
  let [mean, variance] = [0, 0];
  for (const [i, zi] of z.entries()) {
    mean += zi * (b[i] ?? 0);
    variance += zi * zi;
  }
  return { mean, variance };
}

function factorOf(moments: Moments, size: number, l2: number): Float64Array {
  const known = factors.get(moments) ?? new Map<number, Float64Array>();
  const before = known.get(l2);
  if (before !== undefined) return before;
  const factor = cholesky(moments, size, l2);
  known.set(l2, factor);
  factors.set(moments, known);
  return factor;
}

/** Lower triangle, row by row in a square. */
function cholesky({ outer }: Moments, size: number, l2: number): Float64Array {
  const factor = new Float64Array(size * size);
  const scale = STEPS * STEPS;
  for (let j = 0; j < size; j += 1) {
    for (let i = j; i < size; i += 1) {
      // Row j of the upper triangle begins after the rows before it.
      const entry = outer[j * size - (j * (j - 1)) / 2 + (i - j)] ?? 0;
      let sum = entry / scale + (i === j ? l2 : 0);
      for (let k = 0; k < j; k += 1)
        sum -= (factor[i * size + k] as number) * (factor[j * size + k] as number);
      factor[i * size + j] =
        i === j ? Math.sqrt(Math.max(sum, 1e-12)) : sum / (factor[j * size + j] as number);
    }
  }
  return factor;
}

/** L⁻¹v */
function forward(factor: Float64Array, v: readonly number[]): number[] {
  const size = v.length;
  const solved: number[] = [];
  for (let i = 0; i < size; i += 1) {
    let sum = v[i] ?? 0;
    for (let k = 0; k < i; k += 1) sum -= (factor[i * size + k] as number) * (solved[k] ?? 0);
    solved.push(sum / (factor[i * size + i] as number));
  }
  return solved;
}
