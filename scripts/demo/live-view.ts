import type { Queries, TaskView, TimelineEntry } from '../../src/projections/index.js';
import { FINAL_STATES } from '../../src/projections/task-states.js';
import { paint, printable } from '../../src/cli/output.js';

/** Shows what happens to the tasks until it is closed. */
export interface LiveView {
  /** From now on this task is shown. */
  add(taskId: string, label: string): void;
  /** Resolves when every task added so far has ended. Rejects after `timeoutMs`, naming those that have not. */
  untilFinal(timeoutMs: number): Promise<void>;
  /** Resolves when the task has been through this event. */
  untilEvent(taskId: string, event: string, timeoutMs: number): Promise<void>;
  close(): Promise<void>;
}

const POLL_MS = 100;
const STYLES = { completed: 'green', failed: 'red', rejected: 'yellow', cancelled: 'yellow' } as const;

interface Shown {
  readonly label: string;
  task: TaskView | undefined;
  version: number;
  readonly events: Set<string>;
}

/** On a terminal one table, redrawn in place; elsewhere one line per change of state. */
export const openLiveView = (
  queries: Queries,
  signal: AbortSignal,
  out: NodeJS.WriteStream = process.stdout,
): LiveView => {
  const shown = new Map<string, Shown>();
  let began = 0;
  const redraws = out.isTTY && process.env['TERM'] !== 'dumb';
  let drawn = 0;
  let closed = false;
  let failure: Error | undefined;

  const draw = (): void => {
    const lines = [...shown.values()].map((one) => tableLine(one, out.columns || 100));
    const up = drawn === 0 ? '' : `\u001b[${drawn}A`;
    out.write(`${up}${lines.map((line) => `\u001b[2K${line}\n`).join('')}`);
    drawn = lines.length;
  };
  const refresh = async (one: Shown, task: TaskView): Promise<void> => {
    for (const entry of await queries.timeline(task.taskId)) {
      if (entry.version <= one.version) continue;
      one.version = entry.version;
      one.events.add(entry.event);
      if (!redraws && entry.state !== one.task?.state) out.write(`${changeLine(began, one, entry)}\n`);
      one.task = { ...task, state: entry.state };
    }
    one.task = task;
  };
  const poll = async (): Promise<void> => {
    while (!closed && !signal.aborted) {
      let changed = false;
      const { tasks } = await queries.listTasks({ limit: 1000 });
      for (const task of tasks) {
        const one = shown.get(task.taskId);
        if (one === undefined || one.task?.version === task.version) continue;
        await refresh(one, task);
        changed = true;
      }
      if (redraws && (changed || drawn !== shown.size)) draw();
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  };
  const polling = poll().catch((error: unknown) => {
    failure = error instanceof Error ? error : new Error(String(error));
  });

  const until = async (
    reached: () => boolean,
    timeoutMs: number,
    whatIsMissing: () => string,
  ): Promise<void> => {
    const end = Date.now() + timeoutMs;
    while (!reached()) {
      if (failure !== undefined) throw failure;
      if (signal.aborted) throw new Error('interrupted');
      if (Date.now() > end) throw new Error(`after ${timeoutMs / 1000} s: ${whatIsMissing()}`);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS / 2));
    }
  };
  const unfinished = (): Shown[] =>
    [...shown.values()].filter(({ task }) => !FINAL_STATES.has(task?.state ?? ''));

  return {
    add: (taskId, label) => {
      began ||= Date.now();
      shown.set(taskId, { label, task: undefined, version: 0, events: new Set() });
    },
    untilFinal: (timeoutMs) =>
      until(
        () => unfinished().length === 0,
        timeoutMs,
        () =>
          unfinished()
            .map(({ label, task }) => `${label} is ${task?.state ?? 'not taken in'}`)
            .join(', '),
      ),
    untilEvent: (taskId, event, timeoutMs) =>
      until(
        () => shown.get(taskId)?.events.has(event) === true,
        timeoutMs,
        () => `${taskId} has not come to ${event}`,
      ),
    close: async () => {
      closed = true;
      await polling;
      if (redraws) draw();
    },
  };
};

const mood = (state: string, width: number): string => {
  const text = state.padEnd(width);
  return state in STYLES ? paint(STYLES[state as keyof typeof STYLES], text) : paint('cyan', text);
};

const tableLine = ({ label, task }: Shown, width: number): string => {
  const state = task?.state ?? 'submitted';
  const attempt = task === undefined || task.attempts === 0 ? '' : `${task.attempts}/${task.maxAttempts}`;
  const head = `${label.slice(0, 17).padEnd(18)}${mood(state, 16)}`;
  const rest = `${(task?.agentId ?? '').padEnd(10)}${attempt.padEnd(5)}${printable(task?.reason ?? '')}`;
  return `${head}${rest.replace(/\s+/gu, ' ') === ' ' ? '' : rest.slice(0, Math.max(20, width - 36))}`.trimEnd();
};

const changeLine = (began: number, { label }: Shown, entry: TimelineEntry): string => {
  const at = `${((entry.at / 1000 - began) / 1000).toFixed(1)} s`.padStart(7);
  const reason = printable(entry.reason ?? '').replace(/\s+/gu, ' ');
  return `${at}  ${label.padEnd(18)}${mood(entry.state, 20)}${(entry.agentId ?? '').padEnd(10)}${reason}`.trimEnd();
};
