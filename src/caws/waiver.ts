import type { Diagnostic } from './diagnostic.js';
import { errorAt } from './diagnostic.js';
import { hasMomentShape, isFilled, isRecord, shown, WAIVER_ID } from './formats.js';
import type { Checked } from './result.js';
import { refuse } from './result.js';

/** A waiver file of CAWS v11 and v12. Whether it holds now is another question: {@link waiverEffectiveness}. */
export interface Waiver {
  readonly id: string;
  readonly title: string;
  /** `expired` is derived from the clock and never stored. */
  readonly status: 'active' | 'revoked';
  readonly gates: readonly string[];
  readonly reason: string;
  readonly approved_by: string;
  readonly created_at: string;
  readonly expires_at: string;
  readonly scope?: { readonly spec_id?: string };
  readonly constraints?: { readonly max_uses?: number };
  readonly revocation?: {
    readonly revoked_at: string;
    readonly revoked_by?: string;
    readonly reason?: string;
  };
}

type Fields = Readonly<Record<string, unknown>>;
type Rule = (waiver: Fields) => Diagnostic | null;

/**
 * Checks a parsed waiver (`waiver.schema.*`). Like the CAWS kernel it reports the first violation only and drops unknown keys;
 * the clock is not asked.
 */
export function validateWaiver(input: unknown): Checked<Waiver> {
  if (!isRecord(input)) {
    return refuse(
      wrong('invalid_id', '', `a waiver must be a mapping; found ${shown(input)}`, 'Write a mapping.'),
    );
  }
  for (const rule of RULES) {
    const violation = rule(input);
    if (violation !== null) return refuse(violation);
  }
  return { ok: true, value: known(input) };
}

const RULES: readonly Rule[] = [
  ({ id }) =>
    typeof id === 'string' && WAIVER_ID.test(id)
      ? null
      : wrong(
          'invalid_id',
          'id',
          `the id does not match ${WAIVER_ID.source}; found ${shown(id)}`,
          'Write an id such as WV-12.',
        ),
  ({ title }) =>
    isLong(title, 5)
      ? null
      : wrong(
          'invalid_title',
          'title',
          'the title needs at least 5 characters',
          'Say what is waived in `title`.',
        ),
  ({ status }) =>
    status === 'active' || status === 'revoked'
      ? null
      : wrong(
          'invalid_status',
          'status',
          `the status must be active or revoked; found ${shown(status)}`,
          'Write `status: active`; expiry follows from expires_at.',
        ),
  ({ gates }) =>
    Array.isArray(gates) && gates.length > 0 && gates.every(isFilled)
      ? null
      : wrong(
          'invalid_gates',
          'gates',
          'gates must name at least one gate',
          'Name the gate, such as `budget_limit`.',
        ),
  ({ reason }) =>
    isLong(reason, 3)
      ? null
      : wrong('invalid_reason', 'reason', 'the reason is missing', 'Say why in `reason`.'),
  ({ approved_by }) =>
    isLong(approved_by, 1)
      ? null
      : wrong(
          'invalid_approved_by',
          'approved_by',
          'nobody has approved it',
          'Name who approved it in `approved_by`.',
        ),
  ({ created_at }) =>
    hasMomentShape(created_at)
      ? null
      : wrong('invalid_created_at', 'created_at', 'created_at is no time with a zone', MOMENT_REPAIR),
  ({ expires_at }) =>
    hasMomentShape(expires_at)
      ? null
      : wrong('invalid_expiry', 'expires_at', 'expires_at is no time with a zone', MOMENT_REPAIR),
  // CAWS reports scope and constraints under the id of gates.
  ({ scope }) =>
    scope === undefined || (isRecord(scope) && isOptional(scope.spec_id, 'string'))
      ? null
      : wrong(
          'invalid_gates',
          'scope',
          'scope must be a mapping with the text spec_id',
          'Write `scope: { spec_id: … }`.',
        ),
  ({ constraints }) =>
    constraints === undefined || (isRecord(constraints) && isUseCount(constraints.max_uses))
      ? null
      : wrong(
          'invalid_gates',
          'constraints',
          'constraints.max_uses must be a whole number, 0 or more',
          'Write `constraints: { max_uses: 1 }`.',
        ),
  ({ status, revocation }) =>
    status === 'active' || (isRecord(revocation) && hasMomentShape(revocation.revoked_at))
      ? null
      : wrong(
          'revoked_without_revocation_record',
          'revocation',
          'a revoked waiver needs a revocation with revoked_at',
          'Add `revocation: { revoked_at: … }`.',
        ),
  ({ status, revocation }) =>
    status === 'revoked' || revocation === undefined
      ? null
      : wrong(
          'active_status_carries_revocation_record',
          'revocation',
          'an active waiver must not carry a revocation',
          'Remove `revocation`, or write `status: revoked`.',
        ),
];

const MOMENT_REPAIR = 'Write a time with a zone, such as 2026-01-31T12:00:00Z.';

function wrong(rule: string, field: string, message: string, repair: string): Diagnostic {
  return errorAt(`waiver.schema.${rule}`, message, { pointer: `/${field}` }, repair);
}

function isLong(value: unknown, least: number): boolean {
  return typeof value === 'string' && value.trim().length >= least;
}

function isOptional(value: unknown, type: 'string' | 'number'): boolean {
  return value === undefined || typeof value === type;
}

function isUseCount(value: unknown): boolean {
  return value === undefined || (Number.isInteger(value) && (value as number) >= 0);
}

/** The keys that CAWS knows, of a waiver that has passed every rule. */
function known(input: Fields): Waiver {
  const waiver = input as unknown as Waiver;
  const { id, title, status, gates, reason, approved_by, created_at, expires_at } = waiver;
  const { scope, constraints, revocation } = waiver;
  return {
    id,
    title,
    status,
    gates: [...gates],
    reason,
    approved_by,
    created_at,
    expires_at,
    ...(scope === undefined ? {} : { scope: only(scope, 'spec_id', 'string') }),
    ...(constraints === undefined ? {} : { constraints: only(constraints, 'max_uses', 'number') }),
    ...(status === 'active' || revocation === undefined
      ? {}
      : {
          revocation: {
            revoked_at: revocation.revoked_at,
            ...only(revocation, 'revoked_by', 'string'),
            ...only(revocation, 'reason', 'string'),
          },
        }),
  };
}

function only<T extends object, K extends keyof T>(
  from: T,
  key: K,
  type: 'string' | 'number',
): Partial<Pick<T, K>> {
  return typeof from[key] === type ? ({ [key]: from[key] } as Partial<Pick<T, K>>) : {};
}
