import type { TaskReceived, TaskRequest } from '../../events/generated/events.js';
import { TOPICS } from '../../events/topics.js';
import { micros, systemClock } from '../../log/clock.js';
import { uuidv7 } from '../../producers/index.js';
import { FINAL_STATES } from '../../projections/task-states.js';
import type { RetryOptions } from '../commands/tasks.js';
import { noSuchTask } from './no-such-task.js';
import { CliError, NO } from '../failure.js';
import { actor, traceparent, withSession, type Session } from '../session.js';
import { submitAll } from './submit.js';
import { requireForm } from './task-request.js';

/** Final states are final: a retry is a new task, with `retryOf`, from the request as it stands in the log (law 10). */
export const retryTask = (taskId: string, options: RetryOptions): Promise<number> =>
  withSession(async (session) => {
    const task = await session.queries.findTask(taskId);
    if (task === undefined) throw noSuchTask(taskId);
    if (!FINAL_STATES.has(task.state)) {
      const repair = `wait for its end, or: arbiter tasks cancel ${taskId}`;
      throw new CliError(
        { code: 'NOT_FINISHED', expected: 'a finished task', found: task.state, repair },
        { exit: NO },
      );
    }
    const now = micros(systemClock);
    const old = await requestOf(session, taskId, task.partition);
    // A deadline in the past would fail the retry at once; one that is still to come holds for it too.
    const deadline = old.deadline !== null && old.deadline > now ? old.deadline : null;
    const request = {
      ...old,
      taskId: options.id ?? retryIdFor(taskId),
      requestId: uuidv7(Date.now()),
      retryOf: taskId,
      deadline,
      actor: actor(),
      occurredAt: now,
      traceparent: traceparent(),
    };
    requireForm(request);
    return submitAll(session, [request], options);
  });

/** `T-1` → `T-1-r0123456789ab`; a retry of a retry keeps one such end. */
export const retryIdFor = (taskId: string): string => {
  const stem = taskId.replace(/-r[0-9a-f]{12}$/, '').slice(0, 110);
  return `${stem}-r${uuidv7(Date.now()).slice(-12)}`;
};

/** The views know where the request stands; an offset that they have was accepted. */
const requestOf = async (
  { connection, queries }: Session,
  taskId: string,
  partition: number,
): Promise<TaskRequest> => {
  const received = (await queries.timeline(taskId)).find(({ event }) => event === 'TaskReceived');
  const offset = received?.offset ?? -1;
  const at = { topic: TOPICS.tasks, partition };
  if (offset >= 0) {
    for await (const { records } of connection.bus.readRange(at, offset, offset + 1)) {
      const record = records.find((one) => one.offset === offset);
      if (record === undefined) continue;
      const decoded = await connection.logCodec.decode(record);
      if (decoded.kind === 'event' && decoded.name === 'TaskReceived')
        return (decoded.record as unknown as TaskReceived).request;
    }
  }
  throw new CliError({
    code: 'REQUEST_NOT_READABLE',
    expected: `the TaskReceived of ${taskId} in ${at.topic}/${partition}`,
    found: offset < 0 ? 'none in the views' : `none at offset ${offset}`,
    repair: 'run: arbiter doctor --deep',
  });
};
