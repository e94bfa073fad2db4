import type { DemandEnd, SignedOrder } from '../../events/generated/events.js';
import { mayBeCuredYet, planCure, type Use } from './cure.js';
import { emit, lookUp, openDemand, refuse, waiverOf, type Desk, type Refusal } from './desk.js';
import type { Orders } from './order-forms.js';
import { waivable } from './waivable.js';
import { demandStream, waiverStream, type DemandState, type WaiverState } from './state.js';

const MOST_REASON = 1000;

/** A task waits for waivers. Answered at once where they are there, or can never be. */
export const demandWaiver = (
  desk: Desk,
  form: Orders['DemandWaiver'],
  order: SignedOrder,
): Refusal | 'repeated' => {
  const streamId = demandStream(form.ask.eventId);
  if (lookUp(desk, streamId) !== undefined) return 'repeated';
  const { now } = desk.context;
  if (form.until <= now) return refuse('LAPSED', 'the task no longer waits');
  if (desk.index.waitingDemands >= desk.limits.demands)
    return refuse('TOO_MANY', `at most ${desk.limits.demands} tasks wait at once`);
  const { taskId, ask, origin, requestedBy, agentId, retryOf, specId, riskTier, taskType, needs } = form;
  const until = Math.min(form.until, now + desk.limits.demandMs * 1000);
  const what = { taskId, ask, origin, until, requestedBy, agentId, retryOf, specId, riskTier, taskType };
  emit(desk, streamId, 'WaiverDemanded', { ...what, needs, order });
  const never = needs.map(({ clause }) => waivable(desk, clause)).find((one) => 'code' in one);
  if (never !== undefined && 'code' in never) close(desk, streamId, 'DENIED', never.message);
  else if (needs.length === 0) close(desk, streamId, 'DENIED', 'no clause is named');
  else cure(desk, streamId);
  return undefined;
};

/** The task no longer waits: nothing is spent on it. */
export const withdrawDemand = (desk: Desk, form: Orders['WithdrawDemand']): Refusal | 'repeated' => {
  const streamId = demandStream(form.askEventId);
  if (openDemand(desk, streamId) === undefined) return 'repeated';
  close(desk, streamId, 'WITHDRAWN', form.reason);
  return undefined;
};

const close = (desk: Desk, streamId: string, end: DemandEnd, reason: string): void => {
  const demand = openDemand(desk, streamId);
  if (demand === undefined) return;
  const { taskId, ask } = demand;
  emit(desk, streamId, 'DemandClosed', { taskId, ask, end, reason: reason.slice(0, MOST_REASON) });
};

/** Tasks that wait for one of the clauses, the oldest first: each takes what it needs as long as there is enough. */
export const cureWaiting = (desk: Desk, clauses: readonly string[]): void => {
  const streams = new Set(clauses.flatMap((clause) => desk.index.demandsFor(clause)));
  const waiting = [...streams].flatMap((streamId) => {
    const demand = openDemand(desk, streamId);
    return demand === undefined ? [] : [{ streamId, since: demand.since }];
  });
  waiting.sort((a, b) => a.since - b.since || (a.streamId < b.streamId ? -1 : 1));
  for (const { streamId } of waiting) cure(desk, streamId);
};

const cure = (desk: Desk, streamId: string): void => {
  const demand = openDemand(desk, streamId);
  if (demand === undefined) return;
  const plan = planCure(desk, demand);
  if ('uncured' in plan) return;
  const left = new Map<string, number>();
  for (const { waiver } of plan.uses) left.set(waiver.waiverId, (left.get(waiver.waiverId) ?? 0) + 1);
  const first = new Map(plan.uses.map(({ waiver }) => [waiver.waiverId, waiver.used + 1]));
  for (const use of plan.uses) {
    const { waiverId } = use.waiver;
    const clausesLeft = (left.get(waiverId) ?? 1) - 1;
    left.set(waiverId, clausesLeft);
    emitUse(desk, demand, use, { number: first.get(waiverId) ?? 1, clausesLeft });
  }
  const names = [...first.keys()].join(', ');
  close(desk, streamId, 'CURED', `waived by ${names}`);
};

const emitUse = (
  desk: Desk,
  demand: DemandState,
  { waiver, clause, drawn }: Use,
  use: { readonly number: number; readonly clausesLeft: number },
): void => {
  const { waiverId, waiverKind, requestedBy, approvedBy, team, reason, paths } = waiver;
  const { expiresAt, uses, amount } = waiver.allowed;
  emit(desk, waiverStream(waiverId), 'WaiverUsed', {
    waiverId,
    kind: waiverKind,
    clause,
    taskId: demand.taskId,
    ask: demand.ask,
    use: use.number,
    usesLeft: uses - use.number,
    clausesLeft: use.clausesLeft,
    drawn: { ...drawn },
    agentId: demand.agentId,
    requestedBy,
    approvedBy,
    team,
    reason,
    expiresAt,
    amount,
    paths,
  });
};

/** A waiver was denied: tasks that waited for it, and for which nothing else is asked for, wait no longer. */
export const closeDenied = (desk: Desk, denied: WaiverState, reason: string): void => {
  for (const clause of denied.clauses) {
    for (const streamId of desk.index.demandsFor(clause)) {
      const demand = openDemand(desk, streamId);
      const concerned =
        demand !== undefined &&
        (denied.taskId === null || denied.taskId === demand.taskId || denied.taskId === demand.retryOf) &&
        (denied.specId === null || denied.specId === demand.specId);
      if (concerned && !mayBeCuredYet(desk, demand, clause)) close(desk, streamId, 'DENIED', reason);
    }
  }
};

/** The timer of a demand: nobody waits any more, or nobody need recognise it any more. */
export const demandDue = (desk: Desk, streamId: string): void => {
  const value = lookUp(desk, streamId);
  if (value?.kind !== 'demand') return;
  if (value.end === null) close(desk, streamId, 'LAPSED', 'nobody granted it in time');
  emit(desk, streamId, 'DemandForgotten', { taskId: value.taskId, ask: value.ask });
};

/** The timer of a waiver: its end is announced, or has come. */
export const waiverDue = (desk: Desk, waiverId: string): void => {
  const waiver = waiverOf(desk, waiverId);
  if (waiver === undefined) return;
  const { expiresAt, uses } = waiver.allowed;
  const usesLeft = uses - waiver.used;
  const name = expiresAt > desk.context.now ? 'WaiverExpiring' : 'WaiverExpired';
  emit(desk, waiverStream(waiverId), name, { waiverId, expiresAt, usesLeft });
};
