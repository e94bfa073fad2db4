import type { FactMeta } from '../../events/generated/events.js';
import { TABLE } from '../../saga/table.js';
import type { TimedState } from '../../saga/limits.js';
import { after, emit, known, MICROS, taskOf, type Draft } from './draft.js';
import { seal } from './seal.js';
import type { PendingAsk, TaskState } from './state.js';

/** Attempts the request and the policy allow. */
export const maxAttempts = (draft: Draft): number =>
  Math.min(Math.max(1, taskOf(draft).request.maxAttempts), draft.situation.limits.maxAttempts);

export const attemptsLeft = (draft: Draft): boolean => taskOf(draft).attempt < maxAttempts(draft);

/** Repeats the ask that is pending. Answers, token and verdict always refer to the first ask (law 6). */
const repeatAsk = (draft: Draft, ask: PendingAsk, errors: number): void => {
  const { state, waiverUntil } = taskOf(draft);
  const { limits } = draft.situation;
  const number = ask.repeats + 1;
  const patience = limits.timers[state as TimedState] * 2 ** Math.min(number, 20);
  const wait = (ask.workMs ?? 0) + Math.min(patience, longest(draft, ask, state));
  const last = ask.kind === 'WAIVE' ? (waiverUntil ?? Infinity) : Infinity;
  const dueAt = Math.min(after(draft, wait), last);
  emit(draft, 'AskRepeated', { ask: refOf(draft, ask), kind: ask.kind, number, errors }, dueAt);
};

/**
 * The answer was an error of the infrastructure: asked again, unless that many were. Silence before it does not count, and
 * one from before its component could hear that it is asked again is the error that was counted, once more (law 5).
 */
export const repeatAfterError = (draft: Draft, { readUpTo }: FactMeta): boolean => {
  const { ask } = taskOf(draft);
  if (ask !== null && readUpTo !== null && readUpTo <= ask.errorRepeatAt) return true;
  if (ask === null || ask.errors >= draft.situation.limits.verifyErrors) return false;
  repeatAsk(draft, ask, ask.errors + 1);
  return true;
};

const longest = ({ situation }: Draft, ask: PendingAsk, state: TaskState['state']): number => {
  const { askMaxMs, waiverAskMaxMs, timers } = situation.limits;
  // People take their time: that a waiver is not decided yet says nothing about the desk.
  return Math.max(ask.kind === 'WAIVE' ? waiverAskMaxMs : askMaxMs, timers[state as TimedState]);
};

const refOf = (draft: Draft, ask: PendingAsk) => ({ offset: known(draft, ask.offset), eventId: ask.eventId });

/**
 * An ask was not answered in time: it is repeated, or it expires and the task fails. The ask for the verdict is repeated
 * without limit (law 10), that for a waiver until its own time is over (`waiverTimedOut`): people decide, and the desk
 * may answer others meanwhile.
 */
export const askOverdue = (draft: Draft): void => {
  const task = taskOf(draft);
  const { ask } = task;
  if (ask === null) return;
  const isGivenUp = ask.kind !== 'WAIVE' && task.state !== 'sealed' && expired(draft, ask);
  if (!isGivenUp) return repeatAsk(draft, ask, ask.errors);
  expireAsk(draft, ask);
  seal(draft, 'FAILED', `${ask.kind} was asked ${ask.repeats + 1} times and not answered`);
};

/** The ask is given up. */
export const expireAsk = (draft: Draft, ask: PendingAsk): void =>
  emit(draft, 'AskExpired', { ask: refOf(draft, ask), kind: ask.kind });

/**
 * Repeats do not count while the component has answered nobody since the ask: it is down (law 6). They count from its
 * first answer to anybody: for as many waits as repeats are allowed it has then answered others and not this.
 */
const expired = (draft: Draft, ask: PendingAsk): boolean => {
  const { limits, context, around } = draft.situation;
  if (context.now >= ask.askedAt + limits.askOutageMs * MICROS) return true;
  if (ask.repeats < limits.askRepeats) return false;
  const alive = around.firstAnswerAfter(ask.kind, ask.askedAt);
  const wait = (ask.workMs ?? 0) + limits.timers[taskOf(draft).state as TimedState];
  return alive !== undefined && context.now >= alive + limits.askRepeats * wait * MICROS;
};

/** Whether an answer is for the ask that is pending, which the table says this state has. */
export const isPending = (task: TaskState, reply: { offset: number; eventId: string } | null): boolean => {
  if (task.ask === null || reply === null) return false;
  if (task.state !== 'queued' && TABLE[task.state].ask === undefined) return false;
  return reply.offset === task.ask.offset && reply.eventId === task.ask.eventId;
};
