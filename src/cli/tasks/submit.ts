import type { TaskRequested } from '../../events/generated/events.js';
import { TOPICS } from '../../events/topics.js';
import type { EdgePublisher, Published } from '../../producers/index.js';
import type { SubmitOptions } from '../commands/submit.js';
import { DONE, misuse, NO } from '../failure.js';
import { watchLog, type LogWatch } from '../log-watch.js';
import { json, mood, note, print, printable, showError } from '../output.js';
import { openProgress } from '../progress.js';
import { withEdge, withSession, type Session } from '../session.js';
import { findTask, showTask, taskDocument } from './task-document.js';
import { taskEnd, type TaskEnd } from './task-end.js';
import { requestFrom } from './task-request.js';

/** One task per file. All requests are checked before the first one is published. */
export const submit = async (files: readonly string[], options: SubmitOptions): Promise<number> => {
  if (files.length > 1 && (options.id !== undefined || options.requestId !== undefined))
    throw misuse('one file with --id or --request-id', `${files.length} files`, 'leave the option out');
  if (files.filter((file) => file === '-').length > 1)
    throw misuse('stdin (-) once', 'several times', 'name it once');
  const requests: TaskRequested[] = [];
  for (const file of files) requests.push(await requestFrom(file, options));
  return withSession((session) => submitAll(session, requests, options));
};

interface HowToWait {
  readonly json?: boolean;
  readonly wait?: boolean;
  readonly timeout: number;
  readonly requestId?: string;
}

/** Publishes requests and, with `wait`, follows them to their end. */
export const submitAll = (
  session: Session,
  requests: readonly TaskRequested[],
  options: HowToWait,
): Promise<number> =>
  withEdge(session, async (edge) => {
    if (options.wait !== true) {
      for (const request of requests) {
        const at = await publish(edge, request);
        if (options.json === true) json({ task_id: request.taskId, request_id: request.requestId, ...at });
        else print(`${request.taskId}  submitted (${at.topic}/${at.partition} at ${at.offset})`);
      }
      return DONE;
    }
    const watch = await watchLog(session, TOPICS.tasks);
    try {
      return await follow(session, watch, edge, requests, options);
    } finally {
      await watch.close();
    }
  });

const publish = (edge: EdgePublisher, request: TaskRequested): Promise<Published> =>
  edge.publish(TOPICS.taskRequests, 'TaskRequested', request.taskId, request);

const follow = async (
  session: Session,
  watch: LogWatch,
  edge: EdgePublisher,
  requests: readonly TaskRequested[],
  options: HowToWait,
): Promise<number> => {
  const progress = openProgress('tasks', requests.length);
  const repeatable = options.requestId !== undefined;
  const ends = requests.map(async (request) => {
    // The watch is open before the request is out: nothing can be missed.
    const end = taskEnd(session, watch, request, { timeoutMs: options.timeout, repeatable });
    await publish(edge, request);
    const found = await end;
    progress.advance();
    return found;
  });
  const settled = await Promise.allSettled(ends);
  progress.close();
  let code = DONE;
  for (const [index, one] of settled.entries()) {
    const request = requests[index];
    if (request === undefined) continue;
    const answer =
      one.status === 'fulfilled'
        ? await tell(session, request, one.value, options)
        : failed(one.reason, options);
    code = Math.max(code, answer);
  }
  return code;
};

const failed = (error: unknown, options: HowToWait): number => {
  showError(error, options.json === true);
  return 2;
};

/** Prints the end of one task. 0: completed. */
const tell = async (
  session: Session,
  { taskId, requestId }: TaskRequested,
  end: TaskEnd,
  options: HowToWait,
): Promise<number> => {
  if (end.kind === 'refused') {
    if (options.json === true)
      json({
        task_id: taskId,
        request_id: requestId,
        state: 'refused',
        code: end.code,
        message: end.message,
      });
    note(`${taskId}: the request was refused: ${end.code}: ${end.message}`);
    return NO;
  }
  const found = await findTask(session.queries, taskId);
  if (found === undefined) {
    note(
      `NOT_TAKEN_IN: ${taskId}: nobody took the request in within ${options.timeout} ms; it is kept and will be. Is \`arbiter run\` up?`,
    );
    if (options.json === true)
      json({ task_id: taskId, request_id: requestId, state: null, code: 'NOT_TAKEN_IN' });
    return 2;
  }
  if (options.json === true) json(taskDocument(found));
  else if (end.kind === 'timeout' || found.task.state !== 'completed') await showTask(found);
  else print(`${taskId}  ${mood(found.task.state)}  ${printable(found.task.result.commit ?? '')}`.trimEnd());
  if (end.kind === 'timeout')
    note(`TIMEOUT: ${taskId} is ${found.task.state}; go on with: arbiter tasks watch ${taskId}`);
  return found.task.state === 'completed' ? DONE : NO;
};
