import type { ClauseResult, Violation, WaiverNeed } from '../../events/generated/events.js';
import type { Amount } from './amounts.js';

const NOTHING_MORE = 'arbiter.more_violations';
const MOST_PATHS = 200;

/**
 * What a task needs waived: by how much each violated clause is over its limit, and where, out of what was observed when it
 * was judged. What was not observed stays unknown, and then no amount is enough.
 */
export const needsOf = (
  clauses: readonly Pick<ClauseResult, 'id' | 'observed'>[],
  violations: readonly Pick<Violation, 'rule' | 'path'>[],
): WaiverNeed[] => {
  const allListed = violations.every(({ rule }) => rule !== NOTHING_MORE);
  return clauses.map(({ id, observed }) => {
    const amount = id === 'caws.budget' ? overBudget(observed) : shortOf(observed);
    const paths = PATHS[id] === undefined ? [] : pathsOf(violations, PATHS[id]);
    return {
      clause: id,
      amount: { ...amount },
      measured: amount !== undefined,
      paths: paths.slice(0, MOST_PATHS),
      pathsComplete: allListed && paths.length > 0 && paths.length <= MOST_PATHS,
    };
  });
};

/** Beginnings of the rules whose violations name paths of the clause. */
const PATHS: Readonly<Record<string, readonly string[]>> = {
  'caws.scope': ['scope.'],
  'arbiter.self_amendment': ['arbiter.self_amendment'],
  'arbiter.submodules': ['arbiter.submodules'],
};

const pathsOf = (
  violations: readonly Pick<Violation, 'rule' | 'path'>[],
  rules: readonly string[],
): readonly string[] => [
  ...new Set(
    violations.filter(({ rule }) => rules.some((begin) => rule.startsWith(begin))).map(({ path }) => path),
  ),
];

type Observed = Readonly<Record<string, string>>;

const whole = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;

const overBudget = (observed: Observed): Amount | undefined => {
  const [files, maxFiles] = [whole(observed['diff.files']), whole(observed['budget.max_files'])];
  const [lines, maxLines] = [whole(observed['diff.lines']), whole(observed['budget.max_loc'])];
  if (files === undefined || maxFiles === undefined || lines === undefined || maxLines === undefined)
    return undefined;
  return positive({ files: files - maxFiles, lines: lines - maxLines });
};

/** How far a gate's share is below what is asked for, as the gate says. */
const shortOf = (observed: Observed): Amount | undefined => {
  const points = whole(observed['gate.shortfall']);
  return points === undefined ? undefined : positive({ points });
};

const positive = (amount: Amount): Amount =>
  Object.fromEntries(Object.entries(amount).filter(([, value]) => value > 0));
