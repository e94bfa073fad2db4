import { ln, sine } from './portable.js';

/**
 * Panels on (0, 1) with Gauss-Legendre nodes. Panel edges are even in the angle arcsin √x, in which every Beta posterior of n
 * outcomes is about equally wide, 1/(2√n), wherever its mean is. Level 0 has 16 panels; a level more halves each. One system of
 * panels for all agents, so that the tables of different agents can be multiplied node by node.
 */
export const COARSEST = 16;
export const LEVELS = 6;
export const ORDER = 16;

export interface Panel {
  readonly logX: Float64Array;
  readonly log1MinusX: Float64Array;
  /** quadrature weights: the sum of f(x)·weight is the integral over the panel */
  readonly weight: Float64Array;
  readonly half: number;
}

/** UP_TO[i·ORDER + j]: weight of node j in the integral from the left edge (-1) to node i, for a half width of 1. */
export const UP_TO = new Float64Array(ORDER * ORDER);

/** P_0 … P_top at t, by the three-term recurrence. */
function legendre(t: number, top: number): number[] {
  const p = [1, t];
  for (let n = 1; n < top; n += 1) p.push(((2 * n + 1) * t * at(p, n) - n * at(p, n - 1)) / (n + 1));
  return p;
}

function at(list: ArrayLike<number>, index: number): number {
  return list[index] as number;
}

/** Nodes on (-1, 1) with their weights: Newton from Tricomi's guess, the right half mirrored. */
function gauss(order: number): [number[], number[]] {
  const right: [number, number][] = [];
  for (let i = 0; i < order / 2; i += 1) {
    let t = sine(Math.PI / 2 - (Math.PI * (i + 0.75)) / (order + 0.5));
    let slope = 1;
    for (let step = 0; step < 12; step += 1) {
      const p = legendre(t, order);
      slope = (order * (at(p, order - 1) - t * at(p, order))) / (1 - t * t);
      t -= at(p, order) / slope;
    }
    right.push([t, 2 / ((1 - t * t) * slope * slope)]);
  }
  const all = [...right.map(([t, weight]) => [-t, weight] as const), ...right.reverse()];
  return [all.map(([t]) => t), all.map(([, weight]) => weight)];
}

const [NODE, NODE_WEIGHT] = gauss(ORDER);

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

partialWeights();

/** Nodes on (-1, 1) and their weights. */
export type Rule = readonly [readonly number[], readonly number[]];
export const gaussFour: Rule = gauss(4);
export const gaussEight: Rule = gauss(8);
export const gaussSixteen: Rule = [NODE, NODE_WEIGHT];

/** Panels of a level. */
export const panelsAt = (level: number): number => COARSEST * 2 ** level;

const known = Array.from({ length: LEVELS + 1 }, (_, level) => new Array<Panel | undefined>(panelsAt(level)));

/** One panel of a level, from 0 at x = 0. Laid out when first asked for. */
export function panelAt(level: number, index: number): Panel {
  const row = known[level] as (Panel | undefined)[];
  return (row[index] ??= layOut(level, index));
}

/** Left edge of a panel: sin² of its angle. */
export function edgeAt(level: number, index: number): number {
  const s = sine((Math.PI * index) / (2 * panelsAt(level)));
  return s * s;
}

function layOut(level: number, index: number): Panel {
  const mirrored = panelsAt(level) - index;
  const [from, to] = [edgeAt(level, index), edgeAt(level, index + 1)];
  // 1 − x from the other end: near 1 the difference would lose its digits.
  const [fromRest, toRest] = [edgeAt(level, mirrored), edgeAt(level, mirrored - 1)];
  const half = index * 2 < panelsAt(level) ? (to - from) / 2 : (fromRest - toRest) / 2;
  const x = NODE.map((t) => (to + from) / 2 + half * t);
  const rest = NODE.map((t) => (toRest + fromRest) / 2 - half * t);
  return {
    logX: Float64Array.from(x, ln),
    log1MinusX: Float64Array.from(rest, ln),
    weight: Float64Array.from(NODE_WEIGHT, (weight) => half * weight),
    half,
  };
}
