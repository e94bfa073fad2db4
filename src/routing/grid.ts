/**
 * The fixed nodes on (0, 1) at which every posterior is tabled: Gauss-Legendre in panels that grow narrow towards 0 and 1,
 * where good and bad agents live. One grid for all, so that tables of different agents can be multiplied node by node.
 */
const PANELS = 64;
export const ORDER = 16;
export const NODES = PANELS * ORDER;

export const LOG_X = new Float64Array(NODES);
export const LOG_1_MINUS_X = new Float64Array(NODES);
/** quadrature weights: the sum of f(x)·weight is the integral of f over (0, 1) */
export const WEIGHT = new Float64Array(NODES);
/** half the width of each node's panel */
export const HALF_WIDTH = new Float64Array(NODES);
/** UP_TO[i·ORDER + j]: weight of node j in the integral from the panel's left edge (-1) to node i, for a half width of 1 */
export const UP_TO = new Float64Array(ORDER * ORDER);

const NODE: number[] = [];
const NODE_WEIGHT: number[] = [];

/** P_0 … P_top at t, by the three-term recurrence. */
function legendre(t: number, top: number): number[] {
  const p = [1, t];
  for (let n = 1; n < top; n += 1) p.push(((2 * n + 1) * t * at(p, n) - n * at(p, n - 1)) / (n + 1));
  return p;
}

function at(list: readonly number[], index: number): number {
  return list[index] ?? 0;
}

function gaussNodes(): void {
  for (let i = 0; i < ORDER; i += 1) {
    let t = -Math.cos((Math.PI * (i + 0.75)) / (ORDER + 0.5));
    let slope = 1;
    for (let step = 0; step < 12; step += 1) {
      const p = legendre(t, ORDER);
      slope = (ORDER * (at(p, ORDER - 1) - t * at(p, ORDER))) / (1 - t * t);
      t -= at(p, ORDER) / slope;
    }
    NODE.push(t);
    NODE_WEIGHT.push(2 / ((1 - t * t) * slope * slope));
  }
}

/** The integral of the interpolating polynomial, through its Legendre series: ∫ P_n = (P_{n+1} − P_{n−1}) / (2n + 1). */
function partialWeights(): void {
  const values = NODE.map((t) => legendre(t, ORDER));
  for (let i = 0; i < ORDER; i += 1) {
    for (let j = 0; j < ORDER; j += 1) {
      let sum = at(NODE, i) + 1;
      for (let n = 1; n < ORDER; n += 1) {
        const risen = at(values[i] ?? [], n + 1) - at(values[i] ?? [], n - 1);
        sum += at(values[j] ?? [], n) * risen;
      }
      UP_TO[i * ORDER + j] = (sum * at(NODE_WEIGHT, j)) / 2;
    }
  }
}

function layOut(): void {
  for (let panel = 0; panel < PANELS; panel += 1) {
    const [from, to] = [panel, panel + 1].map((edge) => (Math.PI * edge) / (2 * PANELS)) as [number, number];
    const half = (Math.sin(to) ** 2 - Math.sin(from) ** 2) / 2;
    const middle = (Math.sin(to) ** 2 + Math.sin(from) ** 2) / 2;
    // 1 − x from the cosines: near 1 the difference would lose its digits.
    const rest = (Math.cos(to) ** 2 + Math.cos(from) ** 2) / 2;
    for (let i = 0; i < ORDER; i += 1) {
      const index = panel * ORDER + i;
      LOG_X[index] = Math.log(middle + half * at(NODE, i));
      LOG_1_MINUS_X[index] = Math.log(rest - half * at(NODE, i));
      WEIGHT[index] = half * at(NODE_WEIGHT, i);
      HALF_WIDTH[index] = half;
    }
  }
}

gaussNodes();
partialWeights();
layOut();
