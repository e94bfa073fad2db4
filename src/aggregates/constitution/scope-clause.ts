import { decideScope, isInside } from '../../caws/index.js';
import type { ScopeRule, Spec } from '../../caws/index.js';
import { allTouchedPaths } from './file-change.js';
import type { FileFacts } from './result-question.js';
import type { Finding, Violation } from './judgement.js';
import { failed, passed } from './judgement.js';

/** Every touched path, both sides of a rename and deletions included, against scope.in, support and out. */
export function scopeFinding({ spec, policy, changes }: FileFacts): Finding {
  const paths = allTouchedPaths(changes);
  const violations = paths.flatMap((path) => {
    const { kind, rule } = decideScope(path, spec.scope, policy.policy);
    if (kind !== 'admit') return [violation(path, rule, spec)];
    return foldedIntoOut(path, spec);
  });
  const observed = { 'paths.touched': String(paths.length), 'paths.outside': String(violations.length) };
  if (violations.length === 0)
    return passed(`all ${paths.length} touched paths are inside the scope`, observed);
  return failed(
    `${violations.length} of ${paths.length} touched paths are outside the scope`,
    violations,
    observed,
  );
}

/** `Secret/x` is `secret/x` on a file system that folds case: scope.out holds for both spellings. */
function foldedIntoOut(path: string, spec: Spec): Violation[] {
  const folded = path.toLowerCase();
  const out = (spec.scope.out ?? []).find(
    (entry) => isInside(entry.toLowerCase(), folded) && !isInside(entry, path),
  );
  if (out === undefined) return [];
  const message = `\`${path}\` is the same file as something in scope.out \`${out}\` where case does not matter`;
  return [
    {
      rule: 'scope.reject.scope_out',
      path,
      message,
      repair: 'Choose a name that differs by more than its case.',
    },
  ];
}

function violation(path: string, rule: ScopeRule, spec: Spec): Violation {
  const allowed = [...spec.scope.in, ...(spec.scope.support ?? [])];
  const named = allowed.slice(0, 5).join(', ') + (allowed.length > 5 ? ', ...' : '');
  if (rule === 'scope.reject.scope_out') {
    const message = `\`${path}\` is in scope.out`;
    return { rule, path, message, repair: `Leave \`${path}\` as it is at the base.` };
  }
  if (rule.startsWith('scope.invalid_path.')) {
    const message = `\`${path}\` is no path that scope can be decided for`;
    return { rule, path, message, repair: 'Rename it: no backslash, no control character, no `..`.' };
  }
  const message = `\`${path}\` is not in scope.in or scope.support (${named})`;
  return {
    rule,
    path,
    message,
    repair: `Undo the change of \`${path}\`, or submit a spec whose scope.in names it.`,
  };
}
