import { TABLE } from '../../saga/table.js';
import { after, emit, known, taskOf, type Draft } from './draft.js';
import { endRivals } from './race.js';
import { routeOrWait } from './routing.js';
import { seal } from './seal.js';
import type { RememberedCommand, TaskState, UnseenTask } from './state.js';

/** Why a command changes nothing. */
export interface Refusal {
  readonly code:
    | 'ALREADY_SEALED'
    | 'ALREADY_FINISHED'
    | 'ILLEGAL_STATE'
    | 'TOKEN_MISMATCH'
    | 'VERSION_MISMATCH'
    | 'UNKNOWN_COMMAND'
    | 'TOO_MANY_COMMANDS'
    | 'TOO_MANY_SUSPENSIONS'
    | 'TASK_UNKNOWN'
    | 'EXPIRED';
  readonly message: string;
}

type Command = Pick<RememberedCommand, 'commandId' | 'command' | 'reason' | 'ifToken' | 'ifVersion'>;

/** Why this command can not take effect now; undefined: it can. */
export const objection = (draft: Draft, task: TaskState, command: Command): Refusal | undefined => {
  const { ifToken, ifVersion } = command;
  const token = task.assignment?.token ?? null;
  if (command.command === 'UNKNOWN')
    return { code: 'UNKNOWN_COMMAND', message: 'this build does not know the command' };
  if (task.state === 'sealed')
    return { code: 'ALREADY_SEALED', message: `the outcome is ${task.seal?.outcome ?? ''}` };
  if (ifToken !== null && ifToken !== token) {
    return { code: 'TOKEN_MISMATCH', message: `expected token ${ifToken}, found ${token ?? 'none'}` };
  }
  if (ifVersion !== null && ifVersion !== task.version) {
    return { code: 'VERSION_MISMATCH', message: `expected version ${ifVersion}, found ${task.version}` };
  }
  const legal = TABLE[task.state].commands;
  if (!legal.includes(command.command)) {
    const can = legal.join(', ') || 'no command';
    return { code: 'ILLEGAL_STATE', message: `${command.command} in state ${task.state}; legal is ${can}` };
  }
  if (command.command === 'SUSPEND' && task.suspensions >= draft.situation.limits.suspensions) {
    return { code: 'TOO_MANY_SUSPENSIONS', message: `suspended ${task.suspensions} times already` };
  }
  return undefined;
};

const refuse = (draft: Draft, { commandId, command }: Command, refusal: Refusal): void =>
  emit(draft, 'CommandRefused', { commandId, command, ...refusal });

/** Applies a command to a task: exactly one event per command id says what became of it (law 5). */
export const applyCommand = (draft: Draft, command: Command): void => {
  const task = taskOf(draft);
  if (task.commands.includes(command.commandId)) return;
  const refusal = objection(draft, task, command);
  if (refusal !== undefined) return refuse(draft, command, refusal);
  const { commandId, reason } = command;
  if (command.command === 'CANCEL') {
    emit(draft, 'CancellationAccepted', { commandId, reason });
    seal(draft, 'CANCELLED', reason);
  } else if (command.command === 'SUSPEND') {
    const { assignment } = task;
    emit(draft, 'TaskSuspended', { commandId, token: assignment && known(draft, assignment.token), reason });
    endRivals(draft, 'SUSPENDED', `suspended: ${reason}`);
  } else {
    emit(draft, 'TaskResumed', { commandId });
    routeOrWait(draft);
  }
};

/** Commands that came before their task, in their order, right after its TaskReceived. */
export const applyRemembered = (draft: Draft): void => {
  for (const command of taskOf(draft).remembered) applyCommand(draft, command);
};

/** A command for a task not yet seen waits for it; one of them sets the clock for all. */
export const rememberCommand = (draft: Draft, waiting: UnseenTask | undefined, command: Command): void => {
  const { commandId, reason, ifToken, ifVersion } = command;
  if (waiting?.remembered.some((c) => c.commandId === commandId)) return;
  const dueAt = waiting?.dueAt ?? after(draft, draft.situation.limits.timers.unseen);
  emit(
    draft,
    'CommandRemembered',
    { commandId, command: command.command, reason, ifToken, ifVersion },
    dueAt,
  );
};

/** The task did not come in time. */
export const expireRemembered = (draft: Draft, waiting: UnseenTask, refusal: Refusal): void => {
  for (const command of waiting.remembered) refuse(draft, command, refusal);
};
