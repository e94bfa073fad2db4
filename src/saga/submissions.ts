import type { CommandSubmitted, TaskSubmitted } from '../events/generated/events.js';
import type { NewEvent } from '../log/domain.js';
import {
  applyCommand,
  applyRemembered,
  expireRemembered,
  objection,
  rememberCommand,
  type Refusal,
} from '../aggregates/task/commands.js';
import { emit, taskOf, type Draft } from '../aggregates/task/draft.js';
import { refusalKey } from '../aggregates/task/partition.js';
import {
  partitionStream,
  taskIdOf,
  type SagaValue,
  type TaskState,
  type UnseenTask,
} from '../aggregates/task/state.js';
import { deadlineExceeded } from '../aggregates/task/timers.js';

const wasRefused = (
  draft: Draft,
  own: SagaValue | undefined,
  { of, id }: { readonly of: 'request' | 'command'; readonly id: string },
): boolean => own?.kind === 'partition' && own.refused.includes(refusalKey(of, taskIdOf(draft.streamId), id));

/** A refusal on the partition's own stream: a finished or unborn task takes no event (law 13). */
const tellRefusal = (draft: Draft, event: Pick<NewEvent, 'type' | 'data'>): void => {
  const taskId = taskIdOf(draft.streamId);
  const streamId = partitionStream(draft.situation.context.partition);
  draft.events.push({
    type: event.type,
    streamId,
    data: { taskId, ...event.data },
    dueAt: null,
    timer: null,
    correlationId: taskId,
    ...draft.origin,
  });
};

/**
 * A refusal that is among the last ones is not repeated, so that redeliveries add nothing to the log; beyond that the log
 * grows by at most one small event per record that somebody really wrote.
 */
const refuseOnPartition = (
  draft: Draft,
  own: SagaValue | undefined,
  event: Pick<NewEvent, 'type' | 'data'> & { readonly of: 'request' | 'command'; readonly id: string },
): void => {
  if (!wasRefused(draft, own, event)) tellRefusal(draft, event);
};

interface RequestRefusal {
  readonly requestId: string;
  readonly code: string;
  readonly message: string;
}

const refuseRequest = (draft: Draft, own: SagaValue | undefined, refusal: RequestRefusal): void =>
  refuseOnPartition(draft, own, {
    type: 'RequestRefused',
    data: { ...refusal },
    of: 'request',
    id: refusal.requestId,
  });

/** The same request may be sent again, and whoever does so waits for its own answer. */
const refuseForNow = (draft: Draft, refusal: RequestRefusal): void =>
  tellRefusal(draft, { type: 'RequestRefused', data: { ...refusal } });

/** A request: a new task, or refused. The same request again while its task lives is a pure repeat: no event. */
export const taskSubmitted = (draft: Draft, own: SagaValue | undefined, fact: TaskSubmitted): void => {
  const { value, situation, streamId } = draft;
  const { around, limits, context } = situation;
  const { requestId, deadline } = fact.request;
  if (value?.kind === 'task') {
    if (value.request.requestId === requestId) return;
    const message = `the task exists already, by request ${value.request.requestId}`;
    return refuseRequest(draft, own, { requestId, code: 'DUPLICATE_TASK', message });
  }
  if (around.isFinished(streamId)) {
    const message =
      'the task has finished (perhaps the one that this very request made); a retry is a new task with retryOf';
    return refuseRequest(draft, own, { requestId, code: 'DUPLICATE_TASK', message });
  }
  if (fact.request.race !== null && limits.rivals === 0) {
    const message =
      'races are not allowed here; send it again without race, or start arbiter with --allow-race: the id is not used up';
    return refuseForNow(draft, { requestId, code: 'RACE_NOT_ALLOWED', message });
  }
  if (around.waiting >= limits.waiting) {
    const message = `${around.waiting} tasks wait already; send it again later, the id is not used up`;
    return refuseForNow(draft, { requestId, code: 'OVERLOADED', message });
  }
  emit(draft, 'TaskReceived', { request: fact.request, requestSha256: fact.requestSha256 });
  if (deadline !== null && deadline <= context.now) deadlineExceeded(draft, deadline);
  applyRemembered(draft);
  if (taskOf(draft).state === 'received') emit(draft, 'SpecValidationStarted', { request: fact.request });
};

const refuseCommand = (
  draft: Draft,
  own: SagaValue | undefined,
  fact: CommandSubmitted,
  refusal: Refusal,
): void => {
  const { commandId, command } = fact;
  refuseOnPartition(draft, own, {
    type: 'CommandRefused',
    data: { commandId, command, ...refusal },
    of: 'command',
    id: commandId,
  });
};

/** Beyond the limit the task's own stream takes only a CANCEL that ends it (law 13). */
const objectionBeyond = (draft: Draft, task: TaskState, fact: CommandSubmitted): Refusal | undefined => {
  if (fact.command === 'CANCEL') return objection(draft, task, fact);
  const message = `the task has decided ${draft.situation.limits.commands} commands; only CANCEL is taken`;
  return { code: 'TOO_MANY_COMMANDS', message };
};

/** A command: applied, refused, or remembered for a task not yet seen. Each command id gets one event (law 5). */
export const commandSubmitted = (draft: Draft, own: SagaValue | undefined, fact: CommandSubmitted): void => {
  const { value, situation, streamId } = draft;
  const { around, limits } = situation;
  // Refused before its task was seen, or after it was gone: that was its one effect (law 5).
  if (wasRefused(draft, own, { of: 'command', id: fact.commandId })) return;
  if (value?.kind === 'task') {
    if (value.commands.includes(fact.commandId)) return;
    const refusal = value.commands.length < limits.commands ? undefined : objectionBeyond(draft, value, fact);
    return refusal === undefined ? applyCommand(draft, fact) : refuseCommand(draft, own, fact, refusal);
  }
  if (around.isFinished(streamId)) {
    const message = 'the task has finished (perhaps by this very command)';
    return refuseCommand(draft, own, fact, { code: 'ALREADY_FINISHED', message });
  }
  const waiting = value?.kind === 'unseen' ? value : undefined;
  if (waiting?.remembered.some((c) => c.commandId === fact.commandId)) return;
  const full =
    around.rememberedCommands >= limits.rememberedPerPartition ||
    (waiting?.remembered.length ?? 0) >= limits.rememberedPerTask;
  if (full) {
    const message = 'no such task yet, and too many commands wait for unseen tasks';
    return refuseCommand(draft, own, fact, { code: 'TASK_UNKNOWN', message });
  }
  rememberCommand(draft, waiting, fact);
};

/**
 * The commands that waited for a task were in vain. Their stream ends with them, so the partition's own stream remembers that
 * they are decided, as long as they are among its last refusals: a later duplicate has no effect (law 5).
 */
export const expireCommands = (draft: Draft, own: SagaValue | undefined, waiting: UnseenTask): void => {
  const refusal = { code: 'EXPIRED', message: 'no such task appeared in time' } as const;
  expireRemembered(draft, waiting, refusal);
  for (const { commandId, command } of waiting.remembered) {
    const data = { commandId, command, ...refusal };
    refuseOnPartition(draft, own, { type: 'CommandRefused', data, of: 'command', id: commandId });
  }
};
