import { gaussSixteen } from './grid.js';
import { alike, normalised } from './arms.js';
import { exp } from './portable.js';

export interface Gaussian {
  readonly mean: number;
  readonly deviation: number;
}

const [NODE, WEIGHT] = gaussSixteen;
/** Panels end here, in deviations of every number that is still open: what is narrow gets narrow panels. */
const EDGES = [-8.5, -4, -1.5, 1.5, 4, 8.5];

/** P(highest) of independent normal numbers: ∫ φ_a ∏ Φ_b, by panels that are as narrow as the narrowest number needs. */
export function bestGaussian(numbers: readonly Gaussian[]): number[] {
  const floor = Math.max(...numbers.map(({ mean, deviation }) => mean - 8.5 * deviation));
  const open = numbers.flatMap((number, i) =>
    number.mean + 8.5 * number.deviation >= floor ? [{ ...number, i }] : [],
  );
  const shares = new Array<number>(numbers.length).fill(0);
  const all = open.flatMap(({ mean, deviation }) => EDGES.map((edge) => mean + edge * deviation));
  const edges = apart(
    all.filter((edge) => edge >= floor).sort((a, b) => a - b),
    0.75 * open.reduce((least, { deviation }) => Math.min(least, deviation), Infinity),
  );
  const below = new Float64Array(open.length);
  const behind = new Float64Array(open.length + 1);
  for (let e = 1; e < edges.length; e += 1) {
    const [low, high] = [edges[e - 1] as number, edges[e] as number];
    const half = (high - low) / 2;
    for (const [node, t] of NODE.entries()) {
      const x = low + half + half * t;
      behind[open.length] = 1;
      for (let k = open.length - 1; k >= 0; k -= 1) {
        const { mean, deviation } = open[k] as Gaussian;
        below[k] = normalBelow((x - mean) / deviation);
        behind[k] = (behind[k + 1] as number) * (below[k] as number);
      }
      let ahead = half * (WEIGHT[node] as number);
      for (let k = 0; k < open.length && ahead > 1e-300; k += 1) {
        const { mean, deviation, i } = open[k] as (typeof open)[number];
        const z = (x - mean) / deviation;
        if (z > -9 && z < 9)
          shares[i] =
            (shares[i] as number) + (ahead * (behind[k + 1] as number) * exp((-z * z) / 2)) / deviation;
        ahead *= below[k] as number;
      }
    }
  }
  const same = (a: number, b: number): boolean =>
    numbers[a]?.mean === numbers[b]?.mean && numbers[a]?.deviation === numbers[b]?.deviation;
  return normalised(alike(shares, same));
}

/** Edges at least so far apart, the first and the last always: panels narrower than anybody needs only cost time. */
function apart(sorted: readonly number[], least: number): number[] {
  const kept: number[] = [];
  sorted.forEach((edge, i) => {
    const before = kept.at(-1);
    if (before === undefined || edge - before >= least) kept.push(edge);
    else if (i === sorted.length - 1) kept[kept.length - 1] = edge;
  });
  return kept;
}

const STEP = 1 / 64;
const REACH = 9;
/** Φ at multiples of 1/64, from Gauss sums of its density. */
const TABLE = tabled();

function tabled(): Float64Array {
  const count = 2 * REACH * 64;
  const table = new Float64Array(count + 1);
  for (let at = 0; at < count; at += 1) {
    const low = -REACH + at * STEP;
    let sum = 0;
    for (const [node, t] of NODE.entries())
      sum += (WEIGHT[node] as number) * density(low + (STEP / 2) * (1 + t));
    table[at + 1] = (table[at] as number) + (sum * STEP) / 2;
  }
  const whole = table[count] as number;
  return table.map((value) => value / whole);
}

function density(z: number): number {
  return exp((-z * z) / 2) / 2.5066282746310002;
}

/** Φ(z) to about 1e-13: from the nearest tabled point by Taylor's series, whose terms are the density's derivatives. */
export function normalBelow(z: number): number {
  if (z <= -REACH) return 0;
  if (z >= REACH) return 1;
  const at = Math.round((z + REACH) / STEP);
  const x = -REACH + at * STEP;
  const h = z - x;
  const f = density(x);
  const [d1, d2, d3] = [-x, x * x - 1, -x * x * x + 3 * x];
  const d4 = x * x * x * x - 6 * x * x + 3;
  return Math.min(
    1,
    Math.max(
      0,
      (TABLE[at] as number) + f * h * (1 + h * (d1 / 2 + h * (d2 / 6 + h * (d3 / 24 + (h * d4) / 120)))),
    ),
  );
}
