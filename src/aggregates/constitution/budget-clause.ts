import { allTouchedPaths } from './file-change.js';
import type { FileFacts } from './result-question.js';
import type { Finding, Violation } from './judgement.js';
import { failed, passed, undecided } from './judgement.js';

/**
 * Files and lines of the change against the policy's limits for the tier. Lines are insertions plus deletions: taking code away
 * is a change as well. Binaries count as files; both sides of a rename count.
 */
export function budgetFinding({ spec, policy, changes }: FileFacts): Finding {
  const limits = policy.policy.risk_tiers[`${spec.risk_tier}`];
  const files = allTouchedPaths(changes).length;
  let lines = 0;
  for (const change of changes) {
    if (!isCount(change.insertions) || !isCount(change.deletions)) {
      const message = `the diff has no line count for \`${change.path}\``;
      const repair = 'Nothing is judged without it; try the task again.';
      return undecided(message, { rule: 'arbiter.missing.diff', path: change.path, message, repair });
    }
    lines += change.insertions + change.deletions;
  }
  const observed = {
    'policy.source': policy.source,
    'spec.risk_tier': String(spec.risk_tier),
    'diff.files': String(files),
    'diff.lines': String(lines),
    // Their lines are those that their bytes make, so they are named beside them.
    'diff.binaries': String(changes.filter((change) => change.binary).length),
    'budget.max_files': String(limits.max_files),
    'budget.max_loc': String(limits.max_loc),
  };
  const violations = [
    ...over('max_files_exceeded', 'files', files, limits.max_files, spec.risk_tier),
    ...over('max_loc_exceeded', 'lines', lines, limits.max_loc, spec.risk_tier),
  ];
  const from = policy.source === 'BUILT_IN' ? 'the built-in policy' : 'the policy of the base commit';
  const sizes = `${files} of ${limits.max_files} files and ${lines} of ${limits.max_loc} lines (${from}, tier ${spec.risk_tier})`;
  return violations.length === 0 ? passed(sizes, observed) : failed(sizes, violations, observed);
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function over(rule: string, what: string, found: number, limit: number, tier: number): Violation[] {
  if (found <= limit) return [];
  const message = `the change has ${found} ${what}; tier ${tier} allows ${limit}`;
  return [
    {
      rule: `caws.budget.${rule}`,
      path: '/',
      message,
      repair: `Take ${found - limit} ${what} out, or split the work.`,
    },
  ];
}
