import { isInside, matchesEntry } from '../../caws/index.js';
import { allTouchedPaths } from './file-change.js';
import type { FileFacts } from './result-question.js';
import type { Finding, Violation } from './judgement.js';
import { failed, passed } from './judgement.js';

/** Where the rules of the work, or commands that run by themselves, live. */
const GOVERNED = ['.caws', '.claude', '.githooks', '.husky', '.gitattributes', '.gitmodules'] as const;

/**
 * A change of the rules themselves. It is judged by the old rules, and is allowed only if scope.in names the governed folder or
 * something in it: a wide glob such as `**` names everything and therefore none of it.
 */
export function amendmentFinding({ spec, changes, specPath }: FileFacts): Finding {
  const paths = allTouchedPaths(changes);
  const own = specPath === null ? null : fold(specPath);
  const amended = paths.filter((path) => fold(path) === own || governs(path) !== undefined);
  const violations = amended.filter((path) => !namesIt(spec.scope.in, path, own)).map(violation);
  const observed = { 'paths.amended': String(amended.length) };
  if (violations.length > 0)
    return failed(`${violations.length} changed paths hold rules of the work`, violations, observed);
  const message =
    amended.length === 0 ? 'no rule of the work is changed' : 'scope.in names every rule that is changed';
  return passed(message, observed);
}

function governs(path: string): string | undefined {
  const folded = fold(path);
  return GOVERNED.find(
    (entry) => isInside(entry, folded) || folded.endsWith(`/${entry}`) || folded.includes(`/${entry}/`),
  );
}

function namesIt(scopeIn: readonly string[], path: string, own: string | null): boolean {
  return scopeIn.some((entry) => {
    if (!matchesEntry(entry, path)) return false;
    const literal = fold(entry.split(/[*?[\](){}!@+|]/)[0] ?? '');
    if (own !== null && fold(path) === own) return literal === own;
    return governs(literal.replace(/\/+$/, '')) !== undefined;
  });
}

// Unicode's compatibility form first: a file system may hold `.caws` and a look-alike to be the same name.
function fold(path: string): string {
  return path.normalize('NFKC').toLowerCase();
}

function violation(path: string): Violation {
  return {
    rule: 'arbiter.self_amendment',
    path,
    message: `\`${path}\` holds rules or hooks of the work and is not named in scope.in`,
    repair: `Leave \`${path}\` as it is at the base, or submit a spec whose scope.in names it.`,
  };
}
