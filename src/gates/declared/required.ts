import type { Spec } from '../../caws/model.js';
import type { GateClause, GateViolation } from '../clause.js';
import { listed } from '../words.js';
import { GATES_PATH, type GatesCheck } from './file.js';
import { DEFAULT_REQUIRED, type Kind } from './kinds.js';

export const GATES_CLAUSE = 'arbiter.gates';
export const GATES_TITLE = 'The gates of the tier are declared at the base';

/** The finding of the clause {@link GATES_CLAUSE}: what is declared, and whether the tier asks for more. */
export interface GatesFinding extends Pick<GateClause, 'result' | 'message' | 'observed'> {
  readonly violations: readonly GateViolation[];
}

/**
 * Whether the repository declares what the tier of this work requires. Nothing declared is nothing measured, and for tier 1 that
 * fails (R-302, R-307, D-15): a gate that was not evaluated has not passed.
 * @param check the file at the base commit; null if the base has none
 */
export function requiredGates(spec: Spec, check: GatesCheck | null): GatesFinding {
  if (check !== null && check.gates === undefined) {
    const violations = check.diagnostics.map(({ rule, pointer, message, line, narrowRepair }) => ({
      rule,
      path: pointer ?? '/',
      message: `${GATES_PATH}${line === undefined ? '' : `:${line}`}: ${message}`,
      repair: narrowRepair ?? '',
    }));
    const observed = { 'gates.sha256': check.sha256 };
    return { result: 'FAIL', message: `${GATES_PATH} at the base commit is not valid`, observed, violations };
  }
  const tier = spec.risk_tier;
  const file = check?.gates;
  const required: readonly Kind[] = file?.required?.[`${tier}`] ?? DEFAULT_REQUIRED[tier];
  const declared = Object.values(file?.gates ?? {})
    .filter(({ tiers, paths }) => (tiers?.includes(tier) ?? true) && paths === undefined)
    .flatMap(({ evidence }) => evidence.filter((each) => each.severity !== 'should').map(({ kind }) => kind));
  const missing = required.filter((kind) => !declared.includes(kind));
  const observed: Record<string, string> = {
    'gates.declared': String(Object.keys(file?.gates ?? {}).length),
    'gates.required': required.join(' '),
    'spec.risk_tier': String(tier),
    ...(check === null ? {} : { 'gates.sha256': check.sha256 }),
    ...(check === null || check.diagnostics.length === 0
      ? {}
      : { 'gates.warnings': [...new Set(check.diagnostics.map(({ rule }) => rule))].join(' ') }),
  };
  if (missing.length > 0) {
    const message = `tier ${tier} requires ${listed(missing)}, and no gate at the base measures ${missing.length === 1 ? 'it' : 'them'}`;
    const repair = `Declare a gate for it in ${GATES_PATH} on the base branch, or set \`required\` there.`;
    const violations = missing.map((kind) => ({
      rule: 'arbiter.gates.required',
      path: '/required',
      message: `tier ${tier} requires ${kind}, which nothing measures`,
      repair,
    }));
    return { result: 'NOT_EVALUATED', message, observed, violations };
  }
  const message =
    file === undefined
      ? `the base has no ${GATES_PATH}: nothing is measured beyond the diff`
      : `${Object.keys(file.gates).length} gates are declared`;
  return { result: file === undefined ? 'NOT_APPLICABLE' : 'PASS', message, observed, violations: [] };
}
