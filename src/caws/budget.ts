import type { Diagnostic } from './diagnostic.js';
import { errorAt } from './diagnostic.js';
import type { Budget, Tier } from './model.js';

export interface BudgetWaiver {
  readonly waiver_id: string;
  readonly status: string;
  readonly gates: readonly string[];
  readonly delta?: Partial<Budget>;
  readonly expires_at?: string;
  readonly approvers?: readonly unknown[];
}

export type SkipReason =
  | 'status_not_active'
  | 'expired'
  | 'gate_not_covered'
  | 'negative_delta'
  | 'insufficient_approvers'
  | 'malformed';

export interface BudgetTrace {
  readonly tier: Tier;
  readonly baseline: Budget;
  readonly appliedWaivers: readonly { readonly waiver_id: string; readonly delta: Budget }[];
  readonly skippedWaivers: readonly {
    readonly waiver_id: string;
    readonly reason: SkipReason;
    readonly detail: string;
  }[];
  readonly effective: Budget;
  readonly evaluatedAt: string;
}

export type BudgetResult =
  | { readonly ok: true; readonly value: { readonly budget: Budget; readonly trace: BudgetTrace } }
  | { readonly ok: false; readonly errors: readonly Diagnostic[] };

interface BudgetPolicy {
  readonly risk_tiers: Readonly<Partial<Record<'1' | '2' | '3', Budget>>>;
  readonly waivers?: { readonly min_approvers_for_budget_raise?: number };
}

/**
 * The budget of a change: the policy's for the tier plus what effective waivers add. The clock comes in as `now`.
 * @throws Error if `now` is missing or is no date: a budget without a moment cannot be explained afterwards.
 */
export function deriveBudget(
  policy: BudgetPolicy,
  spec: { readonly risk_tier: Tier },
  waivers: readonly BudgetWaiver[],
  options: { readonly now?: Date | string },
): BudgetResult {
  const now = moment(options.now);
  const tier = spec.risk_tier;
  const found = policy.risk_tiers[`${tier}`];
  if (found === undefined) {
    const place = { pointer: `/risk_tiers/${tier}` };
    const repair = `Add risk tier "${tier}" with max_files and max_loc to the policy.`;
    return {
      ok: false,
      errors: [errorAt('policy.budget.tier_not_found', `the policy has no tier ${tier}`, place, repair)],
    };
  }
  const baseline = { max_files: found.max_files, max_loc: found.max_loc };
  const required = policy.waivers?.min_approvers_for_budget_raise ?? 1;
  const applied: BudgetTrace['appliedWaivers'][number][] = [];
  const skipped: BudgetTrace['skippedWaivers'][number][] = [];
  const effective = { ...baseline };
  for (const waiver of waivers) {
    const delta = { max_files: waiver.delta?.max_files ?? 0, max_loc: waiver.delta?.max_loc ?? 0 };
    const skip = whySkipped(waiver, delta, now, required);
    if (skip !== null) {
      skipped.push({ waiver_id: waiver.waiver_id, ...skip });
      continue;
    }
    applied.push({ waiver_id: waiver.waiver_id, delta });
    effective.max_files += delta.max_files;
    effective.max_loc += delta.max_loc;
  }
  const trace = {
    tier,
    baseline,
    appliedWaivers: applied,
    skippedWaivers: skipped,
    effective,
    evaluatedAt: now.toISOString(),
  };
  return { ok: true, value: { budget: { ...effective }, trace } };
}

function whySkipped(
  waiver: BudgetWaiver,
  delta: Budget,
  now: Date,
  required: number,
): { readonly reason: SkipReason; readonly detail: string } | null {
  if (waiver.status !== 'active') return { reason: 'status_not_active', detail: `status=${waiver.status}` };
  if (waiver.expires_at !== undefined) {
    const expiry = new Date(waiver.expires_at).getTime();
    if (Number.isNaN(expiry))
      return { reason: 'malformed', detail: `unparseable expires_at=${waiver.expires_at}` };
    if (expiry <= now.getTime()) return { reason: 'expired', detail: `expired_at=${waiver.expires_at}` };
  }
  if (!waiver.gates.includes('budget_limit')) {
    return { reason: 'gate_not_covered', detail: 'budget_limit not in waiver.gates' };
  }
  if (delta.max_files < 0 || delta.max_loc < 0) {
    return { reason: 'negative_delta', detail: `delta files=${delta.max_files} loc=${delta.max_loc}` };
  }
  const approvers = waiver.approvers?.length ?? 0;
  const raises = delta.max_files > 0 || delta.max_loc > 0;
  if (raises && approvers < required)
    return { reason: 'insufficient_approvers', detail: `${approvers} < required ${required}` };
  return null;
}

function moment(now: Date | string | undefined): Date {
  if (now === undefined) throw new Error('deriveBudget: `now` is required (Date | ISO string).');
  const date = new Date(now);
  if (Number.isNaN(date.getTime())) throw new Error(`deriveBudget: invalid now value: ${String(now)}`);
  return date;
}
