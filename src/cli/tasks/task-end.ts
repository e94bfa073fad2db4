import type {
  RequestRefused,
  TaskCompleted,
  TaskReceived,
  TaskRequested,
} from '../../events/generated/events.js';
import { TOPICS } from '../../events/topics.js';
import { FINAL_STATES, stateAfter } from '../../projections/task-states.js';
import type { LogWatch, Seen } from '../log-watch.js';
import type { Session } from '../session.js';
import { untilSeen } from '../views.js';

/** How the wait for a task ended. */
export type TaskEnd =
  | { readonly kind: 'final' }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string }
  | { readonly kind: 'timeout' };

const DUPLICATE = 'DUPLICATE_TASK';
const REPEAT_POLL_MS = 1000;

export interface TaskEndOptions {
  readonly timeoutMs: number;
  /** The request may have been made before (its id was given): then no new event may come, and the views are asked too. */
  readonly repeatable: boolean;
}

/** Waits in the tasks log for the end of this very request, then for the views to have seen it and its verdict. */
export const taskEnd = async (
  session: Session,
  watch: LogWatch,
  request: TaskRequested,
  options: TaskEndOptions,
): Promise<TaskEnd> => {
  const finished = new AbortController();
  const seen = watch.until(finderFor(request), options.timeoutMs);
  const found = options.repeatable
    ? await Promise.race([seen, earlierEnd(session, request, options.timeoutMs, finished.signal)])
    : await seen;
  finished.abort();
  if (found === undefined) return { kind: 'timeout' };
  if ('kind' in found) return found;
  const { partition, event } = found;
  if (event.type === 'RequestRefused') {
    const { code, message } = event.body as unknown as RequestRefused;
    if (code === DUPLICATE) {
      await untilSeen(session.queries, [{ topic: TOPICS.tasks, partition, position: event.offset + 1 }]);
      const earlier = await knownEnd(session, request);
      if (earlier?.kind === 'final') return earlier;
    }
    return { kind: 'refused', code, message };
  }
  const { verdictOffset } = event.body as unknown as TaskCompleted;
  await untilSeen(session.queries, [
    { topic: TOPICS.tasks, partition, position: event.offset + 1 },
    { topic: TOPICS.verdicts, partition, position: verdictOffset + 1 },
  ]);
  return { kind: 'final' };
};

/** A final event counts only after the event that took this request in: an id may have been used before. */
const finderFor = ({ taskId, requestId }: TaskRequested): ((seen: Seen) => Seen | undefined) => {
  let received = false;
  return (seen) => {
    const { type, body } = seen.event;
    if ((body as { taskId?: unknown }).taskId !== taskId) return undefined;
    if (type === 'TaskReceived')
      received ||= (body as unknown as TaskReceived).request.requestId === requestId;
    if (type === 'RequestRefused')
      return (body as unknown as RequestRefused).requestId === requestId ? seen : undefined;
    return received && FINAL_STATES.has(stateAfter('sealed', type) ?? '') ? seen : undefined;
  };
};

/** What the views know of the id: the end of an earlier sending of this very request, or that another request has it. */
const knownEnd = async (
  { queries }: Session,
  { taskId, requestId }: TaskRequested,
): Promise<TaskEnd | undefined> => {
  const task = await queries.findTask(taskId);
  if (task === undefined) return undefined;
  if (task.requestId !== requestId) {
    const message = `the task exists already, by request ${task.requestId}`;
    return { kind: 'refused', code: DUPLICATE, message };
  }
  return FINAL_STATES.has(task.state) ? { kind: 'final' } : undefined;
};

/** The log may be silent about a request that was sent before: the views are asked until they know its end. */
const earlierEnd = async (
  session: Session,
  request: TaskRequested,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<TaskEnd | undefined> => {
  const until = Date.now() + timeoutMs;
  while (Date.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, REPEAT_POLL_MS));
    if (signal.aborted) return undefined;
    const known = await knownEnd(session, request);
    if (known !== undefined) return known;
  }
  return undefined;
};
