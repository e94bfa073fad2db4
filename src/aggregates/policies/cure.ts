import type { WaiverNeed } from '../../events/generated/events.js';
import { isNothing, least, minus, plus, type Amount } from './amounts.js';
import { clauseRule, type ClauseRule } from './clause-rules.js';
import { isSameContent } from './content.js';
import { contentOfTask, lookUp, openDemand, principalOf, settingsOf, type Desk } from './desk.js';
import { hasPart } from './parties.js';
import { coversPath } from './paths.js';
import { placesOfDemand, type DemandState, type WaiverState } from './state.js';

/** One waiver's part in a cure. */
export interface Use {
  readonly waiver: WaiverState;
  readonly clause: string;
  /** What it takes of the waiver's amount. */
  readonly drawn: Amount;
}

/** How the demand can be met, or the first clause that cannot be. */
export type Plan = { readonly uses: readonly Use[] } | { readonly uncured: string };

/** What this plan has drawn of each waiver so far. */
type Spent = Map<string, Amount>;

/** Finds waivers that together cure every clause of the demand; all of them or none is used. */
export const planCure = (desk: Desk, demand: DemandState): Plan => {
  const uses: Use[] = [];
  const spent: Spent = new Map();
  for (const need of demand.needs) {
    const found = cureOne(desk, demand, need, spent);
    if (found === undefined) return { uncured: need.clause };
    uses.push(...found);
    for (const { waiver, drawn } of found)
      spent.set(waiver.waiverId, plus(spent.get(waiver.waiverId) ?? {}, drawn));
  }
  return { uses };
};

const cureOne = (
  desk: Desk,
  demand: DemandState,
  need: WaiverNeed,
  spent: Spent,
): readonly Use[] | undefined => {
  const rule = clauseRule(need.clause, settingsOf(desk));
  if (rule === undefined || !isKnown(rule, need)) return undefined;
  const able = waiversFor(desk, demand, need.clause)
    .filter((waiver) => mayServe(desk, waiver, demand, rule))
    .map((waiver) => ({ waiver, left: leftOf(waiver, spent) }));
  const whole = able.find(({ waiver, left }) => suffices(rule, need, waiver, left));
  if (whole !== undefined)
    return [{ waiver: whole.waiver, clause: need.clause, drawn: least(whole.left, need.amount) }];
  return combined(desk, rule, need, able);
};

/** By how much and where must be known, or no amount and no list of paths can be enough. */
const isKnown = (rule: ClauseRule, need: WaiverNeed): boolean => {
  if (rule.paths && (!need.pathsComplete || need.paths.length === 0)) return false;
  if (rule.measures.length === 0) return true;
  const measured = Object.keys(need.amount).every((dimension) =>
    (rule.measures as readonly string[]).includes(dimension),
  );
  return need.measured && measured && !isNothing(need.amount);
};

/** Waivers of the clause that are for this task: overrides last, then what expires first, then by id: one order on every machine. */
const waiversFor = (desk: Desk, demand: DemandState, clause: string): readonly WaiverState[] => {
  const stored = placesOfDemand(clause, demand).flatMap((place) => desk.index.waiversAt(place));
  return [...new Set([...stored, ...desk.changed.keys()])]
    .flatMap((streamId) => {
      const value = lookUp(desk, streamId);
      const concerns =
        value?.kind === 'waiver' && value.clauses.includes(clause) && isFor(desk, value, demand);
      return concerns ? [value] : [];
    })
    .sort(
      (a, b) =>
        Number(a.waiverKind === 'OVERRIDE') - Number(b.waiverKind === 'OVERRIDE') ||
        a.allowed.expiresAt - b.allowed.expiresAt ||
        (a.waiverId < b.waiverId ? -1 : 1),
    );
};

/** Whether the waiver still holds, may be taken from, and enough approved it who have no part in the task. */
const mayServe = (desk: Desk, waiver: WaiverState, demand: DemandState, rule: ClauseRule): boolean =>
  waiver.granted &&
  waiver.allowed.expiresAt > desk.context.now &&
  waiver.used < waiver.allowed.uses &&
  !isAwaitedByItsTask(desk, waiver, demand) &&
  isApprovedEnough(desk, waiver, demand, rule);

/**
 * Whether the waiver is for this task or its spec, or is carried on by a retry. `retryOf` is anybody's word, so a retry takes
 * nothing unless the content of both tasks is known, and the same: what was approved for one content is for no other.
 */
export const isFor = (desk: Desk, waiver: WaiverState, demand: DemandState): boolean => {
  if (waiver.content !== null && !isSameContent(waiver.content, demand.content)) return false;
  if (waiver.specId !== null && waiver.specId !== demand.specId) return false;
  if (waiver.taskId === null) return waiver.specId !== null;
  if (waiver.taskId === demand.taskId) return true;
  if (waiver.taskId !== demand.retryOf) return false;
  return isSameContent(waiver.content ?? contentOfTask(desk, waiver.taskId), demand.content);
};

/** A task that says it retries another takes nothing from it while that one waits itself. */
const isAwaitedByItsTask = (desk: Desk, waiver: WaiverState, demand: DemandState): boolean =>
  waiver.taskId !== null &&
  waiver.taskId !== demand.taskId &&
  desk.index.demandsOf(waiver.taskId).some((streamId) => openDemand(desk, streamId) !== undefined);

/** An unknown tier counts as the strictest. */
const isApprovedEnough = (
  desk: Desk,
  waiver: WaiverState,
  demand: DemandState,
  rule: ClauseRule,
): boolean => {
  const counting = waiver.approvedBy.flatMap((id) => {
    const principal = principalOf(desk, id);
    return principal !== undefined && !principal.retired && !hasPart(principal, demand) ? [principal] : [];
  });
  if (waiver.waiverKind === 'OVERRIDE') return counting.length > 0;
  const { approvers, criticalApprovers } = settingsOf(desk);
  const strict = rule.critical || waiver.escalated || demand.riskTier === null || demand.riskTier <= 1;
  const senior = counting.some(({ roles }) => roles.includes('OVERRIDER'));
  return counting.length >= (strict ? criticalApprovers : approvers) && (!waiver.escalated || senior);
};

const leftOf = (waiver: WaiverState, spent: Spent): Amount =>
  minus(waiver.allowed.amount, plus(waiver.drawn, spent.get(waiver.waiverId) ?? {}));

const suffices = (rule: ClauseRule, need: WaiverNeed, waiver: WaiverState, left: Amount): boolean =>
  (rule.measures.length === 0 || isNothing(minus(need.amount, left))) &&
  (!rule.paths || need.paths.every((path) => coversPath(waiver.paths, path)));

/** Amounts and paths add up, over few waivers (R-323, D-21). */
const combined = (
  desk: Desk,
  rule: ClauseRule,
  need: WaiverNeed,
  able: readonly { readonly waiver: WaiverState; readonly left: Amount }[],
): readonly Use[] | undefined => {
  let missing: Amount = rule.measures.length === 0 ? {} : need.amount;
  let paths: readonly string[] = rule.paths ? need.paths : [];
  const uses: Use[] = [];
  for (const { waiver, left } of able) {
    if (uses.length === desk.limits.combined) break;
    const drawn = least(missing, left);
    const rest = paths.filter((path) => !coversPath(waiver.paths, path));
    if (isNothing(drawn) && rest.length === paths.length) continue;
    uses.push({ waiver, clause: need.clause, drawn });
    missing = minus(missing, drawn);
    paths = rest;
    if (isNothing(missing) && paths.length === 0) return uses;
  }
  return undefined;
};

/** Whether somebody may still grant what the demand lacks: a waiver for it and the clause that is asked for or granted. */
export const mayBeCuredYet = (desk: Desk, demand: DemandState, clause: string): boolean =>
  waiversFor(desk, demand, clause).some((waiver) => waiver.allowed.expiresAt > desk.context.now);
