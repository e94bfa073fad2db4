import type { DemandEnd, SignedOrder } from '../../events/generated/events.js';
import { contentOf } from './content.js';
import { isFor, mayBeCuredYet, planCure, type Use } from './cure.js';
import { emit, lookUp, openDemand, refuse, waiverOf, type Desk, type Refusal } from './desk.js';
import type { Orders } from './order-forms.js';
import { waivable } from './waivable.js';
import { demandStream, placeOfWaiver, waiverStream, type DemandState, type WaiverState } from './state.js';

const MOST_REASON = 1000;
const NO_CONTENT = { repository: null, specSha256: null };

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
  const content = contentOf(form) ?? NO_CONTENT;
  emit(desk, streamId, 'WaiverDemanded', { ...what, ...content, needs, order });
  const never = needs.map(({ clause }) => waivable(desk, clause)).find((one) => 'code' in one);
  if (never !== undefined && 'code' in never) close(desk, streamId, 'DENIED', never.message);
  else if (needs.length === 0) close(desk, streamId, 'DENIED', 'no clause is named');
  else cure(desk, streamId);
  return undefined;
};

/** The task no longer waits: nothing is spent on it. */
export const withdrawDemand = (desk: Desk, form: Orders['WithdrawDemand']): Refusal | 'repeated' => {
  const streamId = demandStream(form.askEventId);
  const demand = openDemand(desk, streamId);
  if (demand === undefined) return 'repeated';
  close(desk, streamId, 'WITHDRAWN', form.reason);
  cureRetries(desk, demand.taskId);
  return undefined;
};

const close = (desk: Desk, streamId: string, end: DemandEnd, reason: string): void => {
  const demand = openDemand(desk, streamId);
  if (demand === undefined) return;
  const { taskId, ask } = demand;
  emit(desk, streamId, 'DemandClosed', { taskId, ask, end, reason: reason.slice(0, MOST_REASON) });
};

interface Waiting {
  readonly streamId: string;
  readonly demand: DemandState;
}

/** Those of the demands that still wait, the oldest first. */
const waitingAmong = (desk: Desk, streams: readonly string[]): readonly Waiting[] => {
  const waiting = [...new Set(streams)].flatMap((streamId) => {
    const demand = openDemand(desk, streamId);
    return demand === undefined ? [] : [{ streamId, demand }];
  });
  return waiting.sort((a, b) => a.demand.since - b.demand.since || (a.streamId < b.streamId ? -1 : 1));
};

/** Tasks that wait for what the waiver may cure. */
const waitingFor = (
  desk: Desk,
  waiver: Pick<WaiverState, 'clauses' | 'taskId' | 'specId'>,
): readonly Waiting[] =>
  waitingAmong(
    desk,
    waiver.clauses.flatMap((clause) => desk.index.demandsAt(placeOfWaiver(clause, waiver))),
  );

/** A waiver was approved: each task that waits for it takes what it needs as long as there is enough. */
export const cureWaiting = (desk: Desk, waiver: Pick<WaiverState, 'clauses' | 'taskId' | 'specId'>): void => {
  for (const { streamId } of waitingFor(desk, waiver)) cure(desk, streamId);
};

/** The task waits no longer: what is left of its waivers is for those that retry it. */
const cureRetries = (desk: Desk, taskId: string): void => {
  for (const { streamId } of waitingAmong(desk, desk.index.retriesOf(taskId))) cure(desk, streamId);
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
  const hopeless = waitingFor(desk, denied)
    .filter(({ demand }) => isFor(desk, denied, demand))
    .filter(({ demand }) => denied.clauses.some((clause) => !mayBeCuredYet(desk, demand, clause)))
    .slice(0, desk.limits.answered);
  for (const { streamId } of hopeless) close(desk, streamId, 'DENIED', reason);
  for (const { demand } of hopeless) cureRetries(desk, demand.taskId);
};

/** The timer of a demand: nobody waits any more; later nobody need recognise it any more. */
export const demandDue = (desk: Desk, streamId: string): void => {
  const value = lookUp(desk, streamId);
  if (value?.kind !== 'demand') return;
  const { taskId, ask, end } = value;
  if (end !== null) return emit(desk, streamId, 'DemandForgotten', { taskId, ask });
  close(desk, streamId, 'LAPSED', 'nobody granted it in time');
  cureRetries(desk, taskId);
};

/** The timer of a waiver: its end is announced, or has come; later nobody need recognise it any more. */
export const waiverDue = (desk: Desk, waiverId: string): void => {
  const streamId = waiverStream(waiverId);
  if (lookUp(desk, streamId)?.kind === 'over') return emit(desk, streamId, 'WaiverForgotten', { waiverId });
  const waiver = waiverOf(desk, waiverId);
  if (waiver === undefined) return;
  const { expiresAt, uses } = waiver.allowed;
  const usesLeft = uses - waiver.used;
  const name = expiresAt > desk.context.now ? 'WaiverExpiring' : 'WaiverExpired';
  emit(desk, streamId, name, { waiverId, expiresAt, usesLeft });
};
