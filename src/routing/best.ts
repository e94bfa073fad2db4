import { COARSEST, LEVELS, ORDER } from './grid.js';
import { posterior, type Block, type Table } from './posterior.js';
import { power } from './portable.js';

export interface Posterior {
  readonly alpha: number;
  readonly beta: number;
}

interface Group {
  readonly table: Table;
  readonly members: number[];
}

/**
 * P(agent is best) for each posterior: ∫ f_a(x) ∏_{b≠a} F_b(x) dx, the exact propensity of Thompson sampling. It sums to 1. Equal
 * posteriors are computed once, in an order given by their parameters: equal agents get equal shares to the last bit, and
 * the order of the input changes nothing.
 */
export function probabilityBest(posteriors: readonly Posterior[]): number[] {
  const groups = grouped(posteriors);
  const shares = sharesOf(groups);
  const result = new Array<number>(posteriors.length).fill(0);
  groups.forEach(({ members }, at) => {
    for (const member of members) result[member] = shares[at] ?? 0;
  });
  return result;
}

function grouped(posteriors: readonly Posterior[]): Group[] {
  const byParameters = new Map<string, { alpha: number; beta: number; members: number[] }>();
  posteriors.forEach(({ alpha, beta }, member) => {
    const key = `${alpha}/${beta}`;
    const group = byParameters.get(key);
    if (group === undefined) byParameters.set(key, { alpha, beta, members: [member] });
    else group.members.push(member);
  });
  return [...byParameters.values()]
    .sort((one, two) => one.alpha - two.alpha || one.beta - two.beta)
    .map(({ alpha, beta, members }) => ({ table: posterior(alpha, beta), members }));
}

function sharesOf(groups: readonly Group[]): number[] {
  const raw = new Array<number>(groups.length).fill(0);
  for (let index = 0; index < COARSEST; index += 1) descend(groups, 0, index, raw);
  const total = raw.reduce((sum, share, g) => sum + share * (groups[g]?.members.length ?? 0), 0);
  return raw.map((share) => share / total);
}

/** Halves a panel until it is narrow enough for every agent that has anything on it; one where nobody can be best is left out. */
function descend(groups: readonly Group[], level: number, index: number, raw: number[]): void {
  let halve = false;
  let some = false;
  for (const { table } of groups) {
    const { level: own, from, to } = table;
    const [first, past] = onLevel(own, level, index);
    // Somebody is certainly better than all of this panel, and has nothing on it itself.
    if (past <= from) return;
    if (first >= to) continue;
    some = true;
    if (own > level) halve = true;
  }
  if (!some) return;
  if (halve && level < LEVELS) {
    descend(groups, level + 1, index * 2, raw);
    descend(groups, level + 1, index * 2 + 1, raw);
  } else addPanel(groups, level, index, raw);
}

/** The panels of level `own` that a panel of another level covers or lies in: first, and one past the last. */
function onLevel(own: number, level: number, index: number): [number, number] {
  if (own >= level) {
    const factor = 1 << (own - level);
    return [index * factor, (index + 1) * factor];
  }
  const inside = index >> (level - own);
  return [inside, inside + 1];
}

const ahead = new Float64Array(ORDER);
let behind = new Float64Array(0);

/** Adds each agent's part of ∫ f_a ∏ F_b over one panel: products from both sides, for dividing by a tiny F would lose everything. */
function addPanel(groups: readonly Group[], level: number, index: number, raw: number[]): void {
  const present: { g: number; block: Block; size: number }[] = [];
  for (const [g, { table, members }] of groups.entries()) {
    // Beyond its extent an agent is certainly under x: a factor of 1.
    if (onLevel(table.level, level, index)[0] >= table.to) continue;
    present.push({ g, block: table.block(level, index), size: members.length });
  }
  if (behind.length < (present.length + 1) * ORDER) behind = new Float64Array((present.length + 1) * ORDER);
  behind.fill(1, present.length * ORDER, (present.length + 1) * ORDER);
  for (let k = present.length - 1; k > 0; k -= 1) {
    const { block, size } = present[k] as (typeof present)[number];
    const row = k * ORDER;
    for (let i = 0; i < ORDER; i += 1) {
      const own = block.below[i] as number;
      behind[row + i] = (behind[row + ORDER + i] as number) * (size === 1 ? own : power(own, size));
    }
  }
  ahead.fill(1);
  for (const [k, { g, block, size }] of present.entries()) {
    const row = (k + 1) * ORDER;
    let share = 0;
    for (let i = 0; i < ORDER; i += 1) {
      const own = block.below[i] as number;
      // A member's own density meets its twins too: all of the group but one.
      const others = size === 1 ? (ahead[i] as number) : (ahead[i] as number) * power(own, size - 1);
      share += (block.mass[i] as number) * others * (behind[row + i] as number);
      ahead[i] = others * own;
    }
    raw[g] = (raw[g] ?? 0) + share;
  }
}
