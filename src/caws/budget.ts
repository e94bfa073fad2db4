import type { Diagnostic } from './diagnostic.js';
import { errorAt } from './diagnostic.js';
import { isRecord, momentOf } from './formats.js';
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
  | 'malformed'
  | 'duplicate'
  | 'gate_limit_reached';

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
  readonly waivers?: {
    readonly min_approvers_for_budget_raise?: number;
    /** 0 and absent: as many as there are. */
    readonly max_active_waivers_per_gate?: number;
  };
}

/**
 * The budget of a change: the policy's for the tier plus what effective waivers add, each waiver once, and no more of them than the
 * policy allows for a gate (R-323, D-21). The clock comes in as `now`. CAWS applies a waiver as often as it is listed, and counts
 * an approver as often; apart from that the decisions are its own.
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
    const skip = whySkipped(waiver, delta, now, required) ?? whyNotAnother(waiver, applied, policy);
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

interface Skip {
  readonly reason: SkipReason;
  readonly detail: string;
}

function whySkipped(waiver: BudgetWaiver, delta: Budget, now: Date, required: number): Skip | null {
  if (waiver.status !== 'active') return { reason: 'status_not_active', detail: `status=${waiver.status}` };
  if (waiver.expires_at !== undefined) {
    const end = momentOf(waiver.expires_at);
    if (end === null) return { reason: 'malformed', detail: `unparseable expires_at=${waiver.expires_at}` };
    if (end <= now.getTime()) return { reason: 'expired', detail: `expired_at=${waiver.expires_at}` };
  }
  if (!waiver.gates.includes('budget_limit')) {
    return { reason: 'gate_not_covered', detail: 'budget_limit not in waiver.gates' };
  }
  const amounts = `delta files=${delta.max_files} loc=${delta.max_loc}`;
  if (!Number.isSafeInteger(delta.max_files) || !Number.isSafeInteger(delta.max_loc)) {
    return { reason: 'malformed', detail: amounts };
  }
  if (delta.max_files < 0 || delta.max_loc < 0) return { reason: 'negative_delta', detail: amounts };
  const approvers = distinct(waiver.approvers ?? []);
  const raises = delta.max_files > 0 || delta.max_loc > 0;
  if (raises && approvers < required)
    return { reason: 'insufficient_approvers', detail: `${approvers} < required ${required}` };
  return null;
}

function whyNotAnother(
  { waiver_id }: BudgetWaiver,
  applied: BudgetTrace['appliedWaivers'],
  policy: BudgetPolicy,
): Skip | null {
  if (applied.some((other) => other.waiver_id === waiver_id)) {
    return { reason: 'duplicate', detail: `${waiver_id} is applied already` };
  }
  const limit = policy.waivers?.max_active_waivers_per_gate ?? 0;
  if (limit === 0 || applied.length < limit) return null;
  return { reason: 'gate_limit_reached', detail: `max_active_waivers_per_gate=${limit}` };
}

/** How many people there are: one who is named twice is one, and nobody is none. */
function distinct(approvers: readonly unknown[]): number {
  const names = approvers.map((approver) =>
    isRecord(approver) ? (approver.name ?? approver.handle) : approver,
  );
  return new Set(names.filter((name) => typeof name === 'string' && name.trim() !== '')).size;
}

function moment(now: Date | string | undefined): Date {
  if (now === undefined) throw new Error('deriveBudget: `now` is required (Date | ISO string).');
  const date = new Date(now);
  if (Number.isNaN(date.getTime())) throw new Error(`deriveBudget: invalid now value: ${String(now)}`);
  return date;
}
