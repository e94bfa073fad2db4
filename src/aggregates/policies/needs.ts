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

/** A share as text, `0.8`; undefined: none. */
const share = (text: string | undefined): number | undefined => {
  const value = text !== undefined && /^\d(\.\d{1,17})?$/.test(text) ? Number(text) : Number.NaN;
  return value >= 0 && value <= 1 ? value : undefined;
};

/**
 * How far a gate's share is below what is asked for, the largest distance: as the gate itself says (`gate.shortfall`), and out
 * of `threshold.<name>` and `measured.<name>`; in hundredths of a percentage point, rounded up.
 */
const shortOf = (observed: Observed): Amount | undefined => {
  const said = observed['gate.shortfall'];
  const names = Object.keys(observed).flatMap((key) => (key.startsWith('threshold.') ? [key.slice(10)] : []));
  if (said === undefined && names.length === 0) return undefined;
  let points = said === undefined ? 0 : whole(said);
  if (points === undefined) return undefined;
  for (const name of names) {
    const [wanted, found] = [share(observed[`threshold.${name}`]), share(observed[`measured.${name}`])];
    if (wanted === undefined || found === undefined) return undefined;
    points = Math.max(points, Math.ceil((wanted - found) * 10_000 - 1e-6));
  }
  return positive({ points });
};

const positive = (amount: Amount): Amount =>
  Object.fromEntries(Object.entries(amount).filter(([, value]) => value > 0));
