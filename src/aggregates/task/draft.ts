import type { AskKind, LogMeta, TasksEvents, Timer } from '../../events/generated/events.js';
import type { DecideContext, LoggedEvent, NewEvent } from '../../log/domain.js';
import type { SagaLimits, TimedState } from '../../saga/limits.js';
import { edgeOf, TABLE, type StateName, type TaskEventName } from '../../saga/table.js';
import { evolve } from './evolve.js';
import { taskIdOf, type SagaValue, type TaskState } from './state.js';

/** What a decision may know about the other tasks of the partition. */
export interface Surroundings {
  readonly inFlight: number;
  readonly waiting: number;
  readonly rememberedCommands: number;
  isFinished(streamId: string): boolean;
  /** When this kind of ask was answered to anybody first after `since` (µs); undefined: never, the component is down. */
  firstAnswerAfter(kind: AskKind, since: number): number | undefined;
  /** Tasks that wait for a slot, most urgent first. */
  nextQueued(count: number): readonly string[];
}

/** On whose behalf an event is made. */
export interface Origin {
  readonly tenant: string;
  readonly actor: string;
  readonly traceparent: string | null;
}

export interface Situation {
  readonly limits: SagaLimits;
  readonly context: DecideContext;
  readonly around: Surroundings;
}

/** A decision about one stream in the making: its events, and the state they lead to. */
export interface Draft {
  readonly situation: Situation;
  readonly streamId: string;
  readonly origin: Origin;
  value: SagaValue | undefined;
  readonly events: NewEvent[];
  /** An offset is needed that stands in the current request (law 4). */
  appendFirst: boolean;
  /** Offsets of the stream's events whose bodies are needed. */
  readonly load: Set<number>;
}

export const MICROS = 1000;
/** Where an event of this very decision would stand: its offset can not be known (law 4). */
const THIS_DECISION = Number.POSITIVE_INFINITY;
export const isOfThisDecision = (offset: number): boolean => offset === THIS_DECISION;

export const draftOf = (
  situation: Situation,
  streamId: string,
  value: SagaValue | undefined,
  origin: Origin,
): Draft => ({ situation, streamId, origin, value, events: [], appendFirst: false, load: new Set() });

/** The task of a draft that has one. */
export const taskOf = (draft: Draft): TaskState => {
  if (draft.value?.kind !== 'task') throw new Error(`${draft.streamId}: no task in this draft`);
  return draft.value;
};

/** µs after `now`. */
export const after = (draft: Draft, ms: number): number =>
  draft.situation.context.now + Math.round(ms * MICROS);

/** An offset about to be written into an event: it must be in the log already. */
export const known = (draft: Draft, offset: number): number => {
  if (offset >= draft.situation.context.tail) draft.appendFirst = true;
  return offset;
};

/** The body of an earlier event of the stream; undefined: it has to be loaded first. */
export const bodyAt = (draft: Draft, offset: number): LoggedEvent['body'] | undefined => {
  const found = draft.situation.context.loaded.get(draft.streamId)?.find((event) => event.offset === offset);
  if (found === undefined) draft.load.add(known(draft, offset));
  return found?.body;
};

interface Due {
  readonly dueAt: number | null;
  readonly timer: Timer | null;
}

const deadlineOf = (draft: Draft, data: unknown): number | null => {
  if (draft.value?.kind === 'task') return draft.value.request.deadline;
  return (data as Partial<TasksEvents['TaskReceived']>).request?.deadline ?? null;
};

const stateDue = (draft: Draft, from: StateName, to: StateName, dueAt: number | undefined): Due => {
  const row = TABLE[to];
  if (row.timer === undefined) return { dueAt: null, timer: null };
  if (dueAt !== undefined) return { dueAt, timer: row.timer };
  if (from === to && draft.value && draft.value.kind !== 'partition' && draft.value.dueAt !== null)
    return draft.value;
  return { dueAt: after(draft, draft.situation.limits.timers[to as TimedState]), timer: row.timer };
};

/** The stream's timer after an event: the state's own, or the task's deadline where that is earlier (law 7). */
const dueOf = (
  draft: Draft,
  from: StateName,
  to: StateName,
  given: { dueAt: number | undefined; data: unknown },
): Due => {
  const own = stateDue(draft, from, to, given.dueAt);
  if (to === 'unseen' || to === 'sealed' || TABLE[to].final) return own;
  const deadline = deadlineOf(draft, given.data);
  if (deadline === null || (own.dueAt !== null && own.dueAt <= deadline)) return own;
  return { dueAt: deadline, timer: 'DEADLINE' };
};

/**
 * Adds an event and folds it, so that the rest of the decision sees its state.
 * @param dueAt the state's timer, µs; default: the limit of the state, or the timer that is running if the state stays
 */
export const emit = <Name extends TaskEventName>(
  draft: Draft,
  type: Name,
  data: Omit<TasksEvents[Name], 'meta' | 'taskId'>,
  dueAt?: number,
): void => {
  const from = draft.value?.kind === 'task' ? draft.value.state : 'unseen';
  const to = edgeOf(from, type)?.to ?? from;
  const taskId = taskIdOf(draft.streamId);
  const event: NewEvent = {
    type,
    streamId: draft.streamId,
    data: { taskId, ...data },
    ...dueOf(draft, from, to, { dueAt, data }),
    correlationId: taskId,
    ...draft.origin,
  };
  // A running timer is handed on as it stands: nothing but its two fields.
  const clean: NewEvent = { ...event, dueAt: event.dueAt ?? null, timer: event.timer ?? null };
  draft.events.push(clean);
  draft.value = evolve(draft.value, speculative(draft, clean));
};

const speculative = (draft: Draft, event: NewEvent): LoggedEvent => {
  const version = draft.value?.version ?? 0;
  const meta = {
    streamId: draft.streamId,
    streamVersion: version + 1,
    eventId: '',
    occurredAt: draft.situation.context.now,
    dueAt: event.dueAt ?? null,
    timer: event.timer ?? null,
    tenant: event.tenant,
    actor: event.actor,
    traceparent: event.traceparent,
  } as LogMeta;
  return { type: event.type, offset: THIS_DECISION, body: { ...event.data, meta } };
};
