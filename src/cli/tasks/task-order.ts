import type { CommandRefused, CommandsEvents } from '../../events/generated/events.js';
import { TOPICS } from '../../events/topics.js';
import { micros, systemClock } from '../../log/clock.js';
import { TASK_ID, uuidv7 } from '../../producers/index.js';
import type { CommandOptions } from '../commands/tasks.js';
import { CliError, DONE, misuse, NO } from '../failure.js';
import { watchLog } from '../log-watch.js';
import { json, print } from '../output.js';
import { actor, TENANT, traceparent, withEdge, withSession } from '../session.js';
import { untilSeen } from '../views.js';

const COMMANDS = {
  cancel: 'CancelTask',
  suspend: 'SuspendTask',
  resume: 'ResumeTask',
} as const satisfies Record<string, keyof CommandsEvents>;

const SAID: Readonly<Record<string, string>> = {
  CancellationAccepted: 'is being cancelled',
  TaskSuspended: 'is suspended',
  TaskResumed: 'goes on',
  CommandRemembered: 'is not known yet; the command is remembered for it',
};

/** Cancels, suspends or resumes: waits for the saga's decision and for the views. Refused: exit 1 with the saga's code. */
export const orderTask = (
  order: keyof typeof COMMANDS,
  taskId: string,
  options: CommandOptions,
): Promise<number> => {
  if (!TASK_ID.test(taskId))
    throw misuse(`a task id, ${String(TASK_ID)}`, taskId, 'correct the id', 'BAD_TASK_ID');
  return withSession(async (session) => {
    const commandId = uuidv7(Date.now());
    const watch = await watchLog(session, TOPICS.tasks);
    try {
      const decided = watch.until(
        (seen) => ((seen.event.body as { commandId?: unknown }).commandId === commandId ? seen : undefined),
        options.timeout,
      );
      await withEdge(session, (edge) =>
        edge.publish(TOPICS.commands, COMMANDS[order], taskId, {
          commandId,
          taskId,
          reason: options.reason,
          ifToken: options.ifToken ?? null,
          ifVersion: options.ifVersion ?? null,
          tenant: TENANT,
          actor: actor(),
          occurredAt: micros(systemClock),
          traceparent: traceparent(),
        }),
      );
      const seen = await decided;
      if (seen === undefined) throw undecided(options.timeout);
      const { type, body, offset } = seen.event;
      if (type === 'CommandRefused') {
        const { code, message } = body as unknown as CommandRefused;
        throw new CliError({ code, message }, { exit: NO });
      }
      await untilSeen(session.queries, [
        { topic: TOPICS.tasks, partition: seen.partition, position: offset + 1 },
      ]);
      const task = await session.queries.findTask(taskId);
      if (options.json === true)
        json({ task_id: taskId, command_id: commandId, decision: type, state: task?.state ?? null });
      else print(`${taskId} ${SAID[type] ?? type}`);
      return DONE;
    } finally {
      await watch.close();
    }
  });
};

const undecided = (timeoutMs: number): CliError =>
  new CliError({
    code: 'NO_DECISION',
    expected: `the saga to decide within ${timeoutMs} ms`,
    found: 'nothing; the command is kept and will be decided on',
    repair: 'is `arbiter run` up?',
  });
