import { HALF_WIDTH, LOG_1_MINUS_X, LOG_X, NODES, ORDER, UP_TO, WEIGHT } from './grid.js';

/** A Beta posterior on the grid. */
export interface Table {
  /** density × quadrature weight; sums to 1 */
  readonly mass: Float64Array;
  /** probability of being at or under the node */
  readonly below: Float64Array;
  /** first node where `below` counts at all */
  readonly from: number;
  /** one past the last node where `mass` counts at all */
  readonly to: number;
}

/**
 * Above this much evidence a posterior is narrowed no further: it would fall between the nodes, and an agent that once was
 * good must stay movable. Its mean is kept.
 */
export const MOST_EVIDENCE = 4_000;

const MOST_TABLES = 512;
const tables = new Map<string, Table>();

/**
 * The table of Beta(alpha, beta), alpha and beta ≥ 1. Tables are kept by their parameters (at most 512 of 16 KiB, the one unused
 * longest goes first), for between two decisions at most a few agents have new counts.
 */
export function posterior(alpha: number, beta: number): Table {
  const key = `${alpha}/${beta}`;
  const known = tables.get(key);
  if (known !== undefined) {
    tables.delete(key);
    tables.set(key, known);
    return known;
  }
  const table = tabled(alpha, beta);
  if (tables.size >= MOST_TABLES) {
    const oldest = tables.keys().next();
    if (oldest.done !== true) tables.delete(oldest.value);
  }
  tables.set(key, table);
  return table;
}

function tabled(alpha: number, beta: number): Table {
  const scale = Math.min(1, MOST_EVIDENCE / (alpha + beta));
  const [a, b] = [Math.max(0, alpha * scale - 1), Math.max(0, beta * scale - 1)];
  // Relative to the peak: no gamma function, no overflow; the constant goes out with the total.
  const peak = (a === 0 ? 0 : a * Math.log(a / (a + b))) + (b === 0 ? 0 : b * Math.log(b / (a + b)));
  const density = new Float64Array(NODES);
  const mass = new Float64Array(NODES);
  let total = 0;
  for (let i = 0; i < NODES; i += 1) {
    const value = Math.exp(a * at(LOG_X, i) + b * at(LOG_1_MINUS_X, i) - peak);
    density[i] = value;
    mass[i] = value * at(WEIGHT, i);
    total += at(mass, i);
  }
  const below = cumulative(density, mass, total);
  for (let i = 0; i < NODES; i += 1) mass[i] = at(mass, i) / total;
  return { mass, below, ...extent(mass, below) };
}

function cumulative(density: Float64Array, mass: Float64Array, total: number): Float64Array {
  const below = new Float64Array(NODES);
  const [upTo, halfWidth] = [UP_TO, HALF_WIDTH];
  let before = 0;
  for (let start = 0; start < NODES; start += ORDER) {
    const half = at(halfWidth, start);
    for (let i = 0; i < ORDER; i += 1) {
      let part = 0;
      for (let j = 0; j < ORDER; j += 1) part += at(upTo, i * ORDER + j) * at(density, start + j);
      below[start + i] = Math.min(1, Math.max(0, (before + part * half) / total));
    }
    for (let j = 0; j < ORDER; j += 1) before += at(mass, start + j);
  }
  return below;
}

// The parts left out of all sums together stay far under what a double can tell from 1.
const NEGLIGIBLE = 1e-19;

function extent(mass: Float64Array, below: Float64Array): { from: number; to: number } {
  let from = 0;
  while (from < NODES - 1 && at(below, from) < NEGLIGIBLE) from += 1;
  let to = NODES;
  while (to > from + 1 && at(mass, to - 1) < NEGLIGIBLE) to -= 1;
  return { from, to };
}

/** A read inside the bounds: a typed array's element, without a branch for what cannot be. */
function at(array: Float64Array, index: number): number {
  return array[index] as number;
}
