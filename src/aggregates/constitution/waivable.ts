import type { ClauseResult, Violation } from '../../events/generated/events.js';
import { clauseRule } from '../policies/clause-rules.js';

/** How the violations of a clause are recognised: by the beginning of their rule. Default: the clause itself. */
const RULES: Readonly<Record<string, string>> = {
  'caws.spec.semantics': 'spec.semantic.',
  'caws.scope': 'scope.',
};
/** A path that scope can not even be decided for is no path that anybody could have granted. */
const NEVER = ['scope.invalid_path.'];
/** Says that the list of violations was cut (see `conclude`). */
const CUT = 'arbiter.more_violations';

/**
 * Whether this broken clause, with these violations, could be cured by a waiver at all. Which clauses people may waive is one
 * list, `clauseRule`; here is what must hold besides. What could not be judged has no size that anybody could have granted; a gate
 * that gave no result may be waived by people who know better.
 */
export function couldBeWaived(
  clause: Pick<ClauseResult, 'id' | 'result'>,
  violations: readonly Violation[],
): boolean {
  const rule = clauseRule(clause.id);
  if (rule === undefined) return false;
  const isGate = /^(?:arbiter\.)?gate\./.test(clause.id);
  const judged = clause.result === 'FAIL' || (isGate && clause.result === 'NOT_EVALUATED');
  if (!judged) return false;
  const own = violationsOf(clause, violations);
  if (own.some((violation) => NEVER.some((never) => violation.rule.startsWith(never)))) return false;
  // A waiver names paths: all of them have to be seen.
  return !(rule.paths && (own.length === 0 || violations.some((violation) => violation.rule === CUT)));
}

/** The violations that belong to a clause. */
export function violationsOf(
  { id }: Pick<ClauseResult, 'id'>,
  violations: readonly Violation[],
): readonly Violation[] {
  const beginning = RULES[id] ?? id;
  return violations.filter(({ rule }) => rule.startsWith(beginning));
}

/** Whether a clause stands against a pass: any MUST that is neither passed, waived nor without object (law 10). */
export function fallsShort({ severity, result }: Pick<ClauseResult, 'severity' | 'result'>): boolean {
  if (severity === 'SHOULD') return false;
  return result !== 'PASS' && result !== 'WAIVED' && result !== 'NOT_APPLICABLE';
}
