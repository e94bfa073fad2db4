import { edgeAt, LEVELS, ORDER, panelAt, panelsAt, UP_TO } from './grid.js';
import { exp, ln } from './portable.js';

/** A posterior on one panel. */
export interface Block {
  /** density × quadrature weight; over all panels it sums to 1 */
  readonly mass: Float64Array;
  /** probability of being at or under the node */
  readonly below: Float64Array;
  /** the same at the panel's left edge */
  readonly before: number;
  readonly total: number;
}

/** A Beta posterior. Its own panels are as narrow as it needs; blocks on narrower ones are made when another agent needs them. */
export interface Table {
  readonly level: number;
  /** its panels at its level: first, and one past the last; outside there is nothing of it */
  readonly from: number;
  readonly to: number;
  /** the block on a panel of its own or a narrower level, inside its extent */
  block(level: number, index: number): Block;
}

/** Above this much evidence a posterior is narrowed no further; its mean is kept. */
export const MOST_EVIDENCE = 1_000_000;

const MOST_TABLES = 1024;
const tables = new Map<string, Table>();

/**
 * The table of Beta(alpha, beta), alpha and beta ≥ 1. Tables are kept by their parameters (at most 1024 of some 10 KiB, the one
 * unused longest goes first), for between two decisions at most a few agents have new counts.
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

// What is left out of all sums together stays far under what a double can tell from 1.
const NEGLIGIBLE = 1e-19;
/** A panel is at most so many standard deviations wide: 16 nodes then integrate to about 1e-11. */
const DEVIATIONS = 5;

function levelFor(evidence: number): number {
  const width = DEVIATIONS / (2 * Math.sqrt(evidence));
  let level = 0;
  while (level < LEVELS && Math.PI / (2 * panelsAt(level)) > width) level += 1;
  return level;
}

function tabled(alpha: number, beta: number): Table {
  const scale = Math.min(1, MOST_EVIDENCE / (alpha + beta));
  const [a, b] = [Math.max(0, alpha * scale - 1), Math.max(0, beta * scale - 1)];
  // Relative to the peak: no gamma function, no overflow; the constant goes out with the total.
  const peak = (a === 0 ? 0 : a * ln(a / (a + b))) + (b === 0 ? 0 : b * ln(b / (a + b)));
  const density = (level: number, index: number): Float64Array => {
    const { logX, log1MinusX } = panelAt(level, index);
    const values = new Float64Array(ORDER);
    for (let i = 0; i < ORDER; i += 1) values[i] = exp(a * at(logX, i) + b * at(log1MinusX, i) - peak);
    return values;
  };
  const level = levelFor(alpha * scale + beta * scale);
  const { from, found } = extent(level, a + b === 0 ? 0.5 : a / (a + b), density);
  const total = found.reduce((sum, values, at) => sum + integral(level, from + at, values), 0);
  const blocks = new Map<number, Block>();
  let before = 0;
  for (const [at, values] of found.entries()) {
    const block = blockOf(level, from + at, values, total, before);
    blocks.set(panelsAt(level) + from + at, block);
    before += block.total;
  }
  const block = (wanted: number, index: number): Block => {
    // A panel's number in the binary tree of all levels.
    const key = panelsAt(wanted) + index;
    const known = blocks.get(key);
    if (known !== undefined) return known;
    const left = index % 2 === 0 ? undefined : block(wanted, index - 1);
    const start = left === undefined ? block(wanted - 1, index / 2).before : left.before + left.total;
    const made = blockOf(wanted, index, density(wanted, index), total, start);
    blocks.set(key, made);
    return made;
  };
  return { level, from, to: from + found.length, block };
}

/** The panels around the mode on which there is anything at all. */
function extent(
  level: number,
  mode: number,
  density: (level: number, index: number) => Float64Array,
): { from: number; found: Float64Array[] } {
  let [low, high] = [0, panelsAt(level) - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (edgeAt(level, middle) <= mode) low = middle;
    else high = middle - 1;
  }
  const found = [density(level, low)];
  const counts = (values: Float64Array): boolean => values.some((value) => value > NEGLIGIBLE);
  let from = low;
  for (let index = low - 1; index >= 0; index -= 1) {
    const values = density(level, index);
    if (!counts(values)) break;
    found.unshift(values);
    from = index;
  }
  for (let index = low + 1; index < panelsAt(level); index += 1) {
    const values = density(level, index);
    if (!counts(values)) break;
    found.push(values);
  }
  return { from, found };
}

function integral(level: number, index: number, values: Float64Array): number {
  const { weight } = panelAt(level, index);
  let sum = 0;
  for (let i = 0; i < ORDER; i += 1) sum += at(values, i) * at(weight, i);
  return sum;
}

function blockOf(level: number, index: number, values: Float64Array, total: number, before: number): Block {
  const { weight, half } = panelAt(level, index);
  const mass = new Float64Array(ORDER);
  const below = new Float64Array(ORDER);
  let sum = 0;
  for (let i = 0; i < ORDER; i += 1) {
    let part = 0;
    for (let j = 0; j < ORDER; j += 1) part += at(UP_TO, i * ORDER + j) * at(values, j);
    below[i] = Math.min(1, Math.max(0, before + (part * half) / total));
    mass[i] = (at(values, i) * at(weight, i)) / total;
    sum += at(mass, i);
  }
  return { mass, below, before, total: sum };
}

/** A read inside the bounds: a typed array's element, without a branch for what cannot be. */
function at(array: Float64Array, index: number): number {
  return array[index] as number;
}
