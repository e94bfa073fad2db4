import { NODES } from './grid.js';
import { posterior, type Table } from './posterior.js';

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

// Scratch of the two passes, kept between calls: half a megabyte of garbage per decision would cost more than the arithmetic.
const ahead = new Float64Array(NODES);
let behind = new Float64Array(0);

function sharesOf(groups: readonly Group[]): number[] {
  const [from, to] = range(groups);
  productsBehind(groups, from, to);
  ahead.fill(1, from, to);
  const raw = groups.map(({ table, members }, g) => {
    const { mass, below } = table;
    const row = g * NODES;
    const twins = members.length - 1;
    let share = 0;
    for (let i = from; i < to; i += 1) {
      const own = below[i] as number;
      // A member's own density meets its twins too: all of the group but one.
      const others = twins === 0 ? (ahead[i] as number) : (ahead[i] as number) * own ** twins;
      share += (mass[i] as number) * others * (behind[row + i] as number);
      ahead[i] = others * own;
    }
    return share;
  });
  const total = raw.reduce((sum, share, g) => sum + share * (groups[g]?.members.length ?? 0), 0);
  return raw.map((share) => share / total);
}

/** behind[g] = product of F over the groups after g. A division of the whole product by a tiny F would lose everything. */
function productsBehind(groups: readonly Group[], from: number, to: number): void {
  if (behind.length < groups.length * NODES) behind = new Float64Array(groups.length * NODES);
  const last = groups.length - 1;
  behind.fill(1, last * NODES + from, last * NODES + to);
  for (let g = last; g > 0; g -= 1) {
    const { table, members } = groups[g] as Group;
    const { below } = table;
    const [row, previous, size] = [g * NODES, (g - 1) * NODES, members.length];
    for (let i = from; i < to; i += 1) {
      const own = below[i] as number;
      behind[previous + i] = (behind[row + i] as number) * (size === 1 ? own : own ** size);
    }
  }
}

/**
 * The nodes that matter. Where two agents are as good as certainly better than x, nobody is best at x; over the last node with any
 * density there is nothing to add up. What is left out is under 1e-15 in all.
 */
function range(groups: readonly Group[]): [number, number] {
  const starts = groups.flatMap(({ table, members }) =>
    members.length > 1 ? [table.from, table.from] : [table.from],
  );
  starts.sort((a, b) => b - a);
  return [starts[1] ?? 0, Math.max(...groups.map(({ table }) => table.to))];
}
