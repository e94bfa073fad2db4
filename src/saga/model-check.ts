/**
 * Proves of a table what the saga rests on: every non-final state has a time-out, a cancel until it is
 * sealed and a way to an end; every cycle spends a bounded budget; sealed is entered once; final states have no exits;
 * nothing executes without SpecApproved (law 10).
 */
import type { Budget, Edge, StateName, StateRow } from './table.js';

export type Table = Readonly<Record<StateName, StateRow>>;
type Step = readonly [type: string, edge: Edge];

const names = (table: Table): StateName[] => Object.keys(table) as StateName[];
const steps = (row: StateRow): Step[] => Object.entries(row.on);

const reachable = (table: Table, from: StateName, through: (step: Step) => boolean): Set<StateName> => {
  const seen = new Set<StateName>([from]);
  for (const state of seen) for (const step of steps(table[state]).filter(through)) seen.add(step[1].to);
  return seen;
};

const isFinal = (table: Table, state: StateName): boolean => table[state].final === true;
/** A task can rest here and is not sealed. What is passed through inside a decision takes no input. */
const isOpen = (table: Table, state: StateName): boolean =>
  !isFinal(table, state) && !table[state].transient && state !== 'sealed' && state !== 'unseen';

type Rule = (table: Table, state: StateName, row: StateRow) => string | false | undefined;

const RULES: readonly Rule[] = [
  (_t, _s, row) => !row.final && !row.transient && !row.timer && 'rests without a time-out',
  (_t, _s, row) =>
    (row.timer !== undefined) !== (row.timeout !== undefined) && 'a timer and its effect go together',
  (_t, _s, row) => row.transient && row.timer && 'is passed through, yet has a timer',
  (_t, _s, row) => row.final && steps(row).length > 0 && 'is final, yet has exits',
  (_t, _s, row) => row.final && row.commands.length > 0 && 'is final, yet takes commands',
  (t, s, row) =>
    isOpen(t, s) &&
    !(row.commands.includes('CANCEL') && row.on.CancellationAccepted && row.on.VerdictRequested) &&
    'can not be cancelled',
  (t, s, row) => isOpen(t, s) && !row.on.DeadlineExceeded && 'knows no deadline',
  (t, s) => ![...reachable(t, s, () => true)].some((to) => isFinal(t, to)) && 'has no way to an end',
  (_t, _s, row) =>
    row.commands.includes('SUSPEND') !== Boolean(row.on.TaskSuspended) && 'SUSPEND and its event differ',
  (_t, _s, row) =>
    row.commands.includes('RESUME') !== Boolean(row.on.TaskResumed) && 'RESUME and its event differ',
  (_t, s, row) =>
    steps(row).some(([type, { to }]) => to === 'sealed' && s !== 'sealed' && type !== 'VerdictRequested') &&
    'is sealed by something else than VerdictRequested',
  (_t, s, row) => s === 'sealed' && Boolean(row.on.VerdictRequested) && 'can be sealed twice',
  (t, s, row) =>
    s === 'sealed' &&
    steps(row).some(([, { to }]) => to !== 'sealed' && !isFinal(t, to)) &&
    'can be unsealed',
  (t, s, row) =>
    s !== 'sealed' && steps(row).some(([, { to }]) => isFinal(t, to)) && 'ends without having been sealed',
  (_t, _s, row) =>
    (row.timer === 'ASK') !== Boolean(row.on.AskRepeated) &&
    'an ask that waits for an answer must be repeatable',
  (t, s, row) => isOpen(t, s) && row.timer === 'ASK' && !row.on.AskExpired && 'asks without an end',
  (_t, _s, row) =>
    steps(row).some(([, { spends, to }]) => spends === 'unbounded' && to !== 'sealed') &&
    'an open state without bound',
  (t, _s, row) =>
    steps(row).some(([, { to, then }]) => (then ?? []).some((type) => t[to].on[type] === undefined)) &&
    'leads to a state that does not allow what must follow',
];

/** A cycle that spends nothing, as the states on it; undefined: there is none. */
const freeCycle = (table: Table): StateName[] | undefined => {
  const done = new Set<StateName>();
  const visit = (state: StateName, path: readonly StateName[]): StateName[] | undefined => {
    if (path.includes(state)) return [...path.slice(path.indexOf(state)), state];
    if (done.has(state)) return undefined;
    for (const [, edge] of steps(table[state])) {
      // A mark stays where it is and is followed by the seal in the same decision.
      if (edge.spends !== undefined || (edge.to === state && edge.then !== undefined)) continue;
      const found = visit(edge.to, [...path, state]);
      if (found) return found;
    }
    done.add(state);
    return undefined;
  };
  return names(table)
    .map((state) => visit(state, []))
    .find((cycle) => cycle !== undefined);
};

/** What is wrong with a table; empty: nothing. */
export const problemsOf = (table: Table): string[] => {
  const found = names(table).flatMap((state) =>
    RULES.map((rule) => rule(table, state, table[state]))
      .filter((problem) => typeof problem === 'string')
      .map((problem) => `${state}: ${problem}`),
  );
  const cycle = freeCycle(table);
  if (cycle) found.push(`${cycle.join(' → ')}: a cycle that spends nothing`);
  const unapproved = reachable(table, 'unseen', ([type]) => type !== 'SpecApproved');
  for (const state of ['routing', 'routed', 'executing', 'verifying', 'verified'] as const) {
    if (unapproved.has(state)) found.push(`${state}: is reached without SpecApproved`);
  }
  const all = reachable(table, 'unseen', () => true);
  for (const state of names(table)) if (!all.has(state)) found.push(`${state}: is never reached`);
  return found;
};

/** Budgets that are counted anew: repeats with each ask, time with each run. */
const RENEWED: readonly Budget[] = ['repeats', 'time'];

export interface Exploration {
  /** Distinct (state, budgets) nodes. */
  readonly nodes: number;
  readonly steps: number;
  /** Events of the longest life. */
  readonly longest: number;
  readonly endings: readonly StateName[];
}

/**
 * Walks every life that the table allows with these budgets. Throws if one never ends, stops short of an end or is
 * sealed other than once. The repeats of the verdict's ask are the one thing left out (law 10: without limit).
 */
export const explore = (table: Table, budgets: Readonly<Partial<Record<Budget, number>>>): Exploration => {
  const longest = new Map<string, number>();
  const open = new Set<string>();
  const endings = new Set<StateName>();
  let walked = 0;
  const visit = (
    state: StateName,
    spent: Readonly<Partial<Record<Budget, number>>>,
    must: Edge['then'],
  ): number => {
    if (isFinal(table, state)) {
      endings.add(state);
      return 0;
    }
    const key = JSON.stringify([
      state,
      must,
      Object.entries(spent)
        .filter(([, n]) => n)
        .sort(),
    ]);
    const known = longest.get(key);
    if (known !== undefined) return known;
    if (open.has(key)) throw new Error(`${state}: a life that never ends`);
    open.add(key);
    let best = -1;
    for (const [type, edge] of steps(table[state])) {
      if (edge.spends === 'unbounded' || (must && !(must as readonly string[]).includes(type))) continue;
      const next = pay(spent, edge, { budgets, leaves: edge.to !== state });
      if (next === undefined) continue;
      walked += 1;
      best = Math.max(best, 1 + visit(edge.to, next, edge.then));
    }
    if (best < 0) throw new Error(`${state}: a life that stops short of an end`);
    open.delete(key);
    longest.set(key, best);
    return best;
  };
  const most = visit('unseen', {}, undefined);
  return { nodes: longest.size, steps: walked, longest: most, endings: [...endings].sort() };
};

type Spent = Readonly<Partial<Record<Budget, number>>>;

const pay = (
  spent: Spent,
  { spends }: Edge,
  { budgets, leaves }: { budgets: Spent; leaves: boolean },
): Spent | undefined => {
  const after: Partial<Record<Budget, number>> = { ...spent };
  if (leaves) for (const budget of RENEWED) after[budget] = 0;
  if (spends === undefined) return after;
  const used = (after[spends] ?? 0) + 1;
  if (used > (budgets[spends] ?? 0)) return undefined;
  after[spends] = used;
  return after;
};
