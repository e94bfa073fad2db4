import type { Queries, TaskView } from '../../projections/index.js';
import { FINAL_STATES } from '../../projections/task-states.js';
import { noSuchTask } from './no-such-task.js';
import { DONE, NO } from '../failure.js';
import { instant, json, mood, moment, note, print, printable } from '../output.js';
import { withQueries } from '../session.js';
import { untilInterrupted } from '../signals.js';
import { taskLine } from './task-document.js';

const POLL_MS = 250;
const PAGE = 200;

interface WatchOptions {
  readonly json?: boolean;
  readonly timeout?: number;
}

/** Prints what the views learn. One task: until it ends, 0 if it is completed. All: until interrupted. */
export const watchTasks = (taskId: string | undefined, options: WatchOptions): Promise<number> =>
  withQueries(async (queries) => {
    const stop = new AbortController();
    void untilInterrupted().then(() => stop.abort());
    const timer = options.timeout === undefined ? undefined : setTimeout(() => stop.abort(), options.timeout);
    try {
      return taskId === undefined
        ? await watchAll(queries, options, stop.signal)
        : await watchOne(queries, taskId, options, stop.signal);
    } finally {
      clearTimeout(timer);
    }
  });

const pause = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, POLL_MS);
    signal.addEventListener('abort', done);
  });

const watchOne = async (
  queries: Queries,
  taskId: string,
  { json: asJson }: WatchOptions,
  signal: AbortSignal,
): Promise<number> => {
  let version = 0;
  for (;;) {
    // The task first: an event that comes between the two reads is printed before the state that it leads to counts.
    const task = await queries.findTask(taskId);
    if (task === undefined) throw noSuchTask(taskId);
    for (const entry of await queries.timeline(taskId)) {
      if (entry.version <= version) continue;
      version = entry.version;
      const { state, at, event, reason, agentId } = entry;
      if (asJson === true)
        json({ task_id: taskId, state, at: instant(at), event, reason, agent_id: agentId });
      else print(line(at, taskId, state, event, reason, agentId));
    }
    if (FINAL_STATES.has(task.state)) return task.state === 'completed' ? DONE : NO;
    if (signal.aborted) {
      note(`${taskId} is ${task.state}`);
      return NO;
    }
    await pause(signal);
  }
};

const line = (
  at: number,
  taskId: string,
  state: string,
  event: string,
  reason: string | null,
  agentId: string | null,
): string =>
  [moment(at), printable(taskId), mood(state), event, agentId, reason]
    .filter((part): part is string => part !== null && part !== '')
    .map((part, index) => (index > 2 ? printable(part) : part))
    .join('  ');

/** Every task that changes, as it is then; what stood before is not told. */
const watchAll = async (
  queries: Queries,
  { json: asJson }: WatchOptions,
  signal: AbortSignal,
): Promise<number> => {
  const seen = new Map<string, number>();
  const changed = (tasks: readonly TaskView[]): readonly TaskView[] => {
    const found = tasks.filter(({ taskId, version }) => seen.get(taskId) !== version);
    for (const { taskId, version } of found) {
      seen.delete(taskId);
      seen.set(taskId, version);
    }
    for (const oldest of seen.keys()) if (seen.size > 10 * PAGE) seen.delete(oldest);
    return [...found].reverse();
  };
  const read = async (): Promise<readonly TaskView[]> => (await queries.listTasks({ limit: PAGE })).tasks;
  changed(await read());
  while (!signal.aborted) {
    await pause(signal);
    for (const task of changed(await read())) {
      if (asJson === true) json(taskLine(task));
      else print(line(task.updatedAt, task.taskId, task.state, '', task.reason, task.agentId));
    }
  }
  return DONE;
};
