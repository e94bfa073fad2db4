import { deriveBudget } from '../../caws/index.js';
import type { AppliedWaiver, ClauseResult, Violation } from '../../events/generated/events.js';
import { clauseRule } from '../policies/clause-rules.js';
import { needsOf } from '../policies/needs.js';
import { coversPath } from '../policies/paths.js';
import { couldBeWaived, fallsShort, violationsOf } from './waivable.js';

export interface Broken {
  readonly clauses: readonly ClauseResult[];
  readonly violations: readonly Violation[];
}

export interface CureOptions {
  /** µs since the epoch. */
  readonly now: number;
  /** Whose work it is; never an approver of its waiver. */
  readonly agentId: string | null;
}

export type Cure =
  | {
      readonly ok: true;
      readonly clauses: readonly ClauseResult[];
      readonly used: readonly AppliedWaiver[];
    }
  | { readonly ok: false; readonly why: string };

/**
 * Puts granted waivers over broken clauses. A waiver counts once, for its own clause, for what it grants and while it holds;
 * what it does not cover stays broken, and then nothing is cured (law 10). Pure.
 */
export function cure(broken: Broken, waivers: readonly AppliedWaiver[], { now, agentId }: CureOptions): Cure {
  const once = new Map(waivers.map((waiver) => [`${waiver.waiverId} ${waiver.clause}`, waiver]));
  for (const waiver of once.values()) {
    const why = whyNot(waiver, now, agentId);
    if (why !== undefined) return { ok: false, why: `waiver ${waiver.waiverId} ${why}` };
  }
  const used: AppliedWaiver[] = [];
  const clauses: ClauseResult[] = [];
  for (const clause of broken.clauses) {
    if (!fallsShort(clause)) {
      clauses.push(clause);
      continue;
    }
    const own = [...once.values()].filter((waiver) => waiver.clause === clause.id);
    const why = whyUncured(clause, violationsOf(clause, broken.violations), own, now);
    if (why !== undefined || !couldBeWaived(clause, broken.violations)) {
      return { ok: false, why: `clause ${clause.id} stays broken: ${why ?? 'it can not be waived'}` };
    }
    used.push(...own);
    clauses.push({ ...clause, result: 'WAIVED', message: waivedMessage(clause, own), waivers: own });
  }
  return { ok: true, clauses, used };
}

function whyNot(waiver: AppliedWaiver, now: number, agentId: string | null): string | undefined {
  if (!(waiver.expiresAt > now)) return 'has expired';
  if (waiver.approvedBy.length === 0) return 'is approved by nobody';
  if (!waiver.override && waiver.approvedBy.includes(waiver.requestedBy))
    return 'is approved by who asked for it';
  if (agentId !== null && waiver.approvedBy.includes(agentId)) return 'is approved by the agent';
  return undefined;
}

function whyUncured(
  clause: ClauseResult,
  violations: readonly Violation[],
  waivers: readonly AppliedWaiver[],
  now: number,
): string | undefined {
  if (waivers.length === 0) return 'no waiver names it';
  if (clause.id === 'caws.budget') return overBudget(clause, waivers, now);
  const rule = clauseRule(clause.id);
  const [need] = needsOf([clause], violations);
  if (rule === undefined || need === undefined) return 'it can not be waived';
  for (const dimension of rule.measures) {
    const granted = waivers.reduce((sum, { amount }) => sum + Math.max(0, amount[dimension] ?? 0), 0);
    const missing = need.amount[dimension] ?? 0;
    if (!need.measured) return `nobody knows how many ${dimension} it is short of`;
    if (!(missing <= granted)) return `it is short of ${missing} ${dimension}, ${granted} are granted`;
  }
  if (!rule.paths) return undefined;
  if (!need.pathsComplete) return 'not all its paths are listed';
  const bare = need.paths.find((path) => !waivers.some((waiver) => coversPath(waiver.paths, path)));
  return bare === undefined ? undefined : `no waiver covers ${bare}`;
}

/** A budget is raised by what is granted, never switched off (D-23): what is more than the raised one stays broken. */
function overBudget(
  { observed }: ClauseResult,
  waivers: readonly AppliedWaiver[],
  now: number,
): string | undefined {
  const limit = {
    max_files: count(observed['budget.max_files']),
    max_loc: count(observed['budget.max_loc']),
  };
  const derived = deriveBudget(
    { risk_tiers: { '3': limit } },
    { risk_tier: 3 },
    waivers.map(({ waiverId, amount, approvedBy, expiresAt }) => ({
      waiver_id: waiverId,
      status: 'active',
      gates: ['budget_limit'],
      delta: { max_files: amount['files'] ?? 0, max_loc: amount['lines'] ?? 0 },
      approvers: approvedBy,
      expires_at: new Date(expiresAt / 1000).toISOString(),
    })),
    { now: new Date(now / 1000) },
  );
  if (!derived.ok) return 'the budget can not be derived';
  const { max_files, max_loc } = derived.value.budget;
  const [files, lines] = [count(observed['diff.files']), count(observed['diff.lines'])];
  return files <= max_files && lines <= max_loc
    ? undefined
    : `${files} files and ${lines} lines, with the waivers ${max_files} and ${max_loc} are allowed`;
}

/** A figure that the clause observed; without it the comparison fails, whichever way it goes. */
function count(text: string | undefined): number {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
}

function waivedMessage({ message }: ClauseResult, waivers: readonly AppliedWaiver[]): string {
  const said = waivers.map(
    ({ waiverId, approvedBy, reason, expiresAt, override }) =>
      `${override ? 'overridden' : 'waived'} by ${approvedBy.join(', ')} (${waiverId}) until ${new Date(expiresAt / 1000).toISOString()}: ${reason}`,
  );
  return [message, ...said].join('; ').slice(0, 2000);
}
