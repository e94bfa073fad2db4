import type { Queries, TaskView, TimelineEntry, VerdictView } from '../../projections/index.js';
import { facts, instant, moment, print, snake, table } from '../output.js';

/** All that the views know of one task. */
export interface TaskFound {
  readonly task: TaskView;
  readonly timeline: readonly TimelineEntry[];
  readonly verdicts: readonly VerdictView[];
}

export const findTask = async (queries: Queries, taskId: string): Promise<TaskFound | undefined> => {
  const [task, timeline, verdicts] = await Promise.all([
    queries.findTask(taskId),
    queries.timeline(taskId),
    queries.verdictsOf(taskId),
  ]);
  return task === undefined ? undefined : { task, timeline, verdicts };
};

/** The document of `submit --wait --json` and `tasks show --json`. Its first eight keys are a promise to programs. */
export const taskDocument = ({ task, timeline, verdicts }: TaskFound): Record<string, unknown> => ({
  task_id: task.taskId,
  state: task.state,
  agent_id: task.agentId,
  attempts: task.attempts,
  result: figures(task),
  violations: task.violations,
  timeline: timeline.map(({ state, at, reason, event, agentId }) => ({
    state,
    at: instant(at),
    reason,
    event,
    agent_id: agentId,
  })),
  verdicts: verdicts.map(({ verdictId, phase, outcome, envelopeSha256 }) => ({
    id: verdictId,
    phase,
    outcome,
    envelope_sha256: envelopeSha256,
  })),
  ...beside(task),
});

/** What else is known, after the promised keys. */
const beside = (task: TaskView): object => {
  const { result: _result, violations: _violations, ...rest } = taskLine(task);
  return rest;
};

/** PostgreSQL keeps the keys of a document in an order of its own. */
const figures = ({ result: { commit, files, insertions, deletions } }: TaskView): object => ({
  commit,
  files,
  insertions,
  deletions,
});

/** A task as one item of a list. */
export const taskLine = (task: TaskView): Record<string, unknown> => {
  const { createdAt, updatedAt, deadline, offset, ...rest } = task;
  return snake({
    ...rest,
    result: figures(task),
    createdAt: instant(createdAt),
    updatedAt: instant(updatedAt),
    deadline: instant(deadline),
    logOffset: offset,
  });
};

const resultOf = ({ result: { commit, files, insertions, deletions } }: TaskView): string | null => {
  if (commit === null && files === null) return null;
  const size = files === null ? '' : `${files} files, +${insertions ?? 0} -${deletions ?? 0}`;
  return [commit ?? '', size].filter((part) => part !== '').join('  ');
};

export const showTask = async (found: TaskFound): Promise<void> => {
  const { task, timeline, verdicts } = found;
  facts([
    ['task', task.taskId],
    ['title', task.title],
    ['state', task.state],
    ['reason', task.reason],
    ['agent', task.agentId],
    ['attempts', `${task.attempts} of ${task.maxAttempts}`],
    ['repository', task.repository],
    ['result', resultOf(task)],
    ['retry of', task.retryOf],
  ]);
  if (task.violations.length > 0) {
    print();
    await table(
      ['VIOLATION', 'WHERE', 'WHAT', 'REPAIR'],
      task.violations.map(({ rule, path, message, repair }) => [rule, path, message, repair]),
    );
  }
  print();
  await table(
    ['AT (UTC)', 'STATE', 'EVENT', 'AGENT', 'REASON'],
    timeline.map(({ at, state, event, agentId, reason }) => [moment(at), state, event, agentId, reason]),
    'no events',
  );
  if (verdicts.length === 0) return;
  print();
  await table(
    ['VERDICT', 'PHASE', 'OUTCOME'],
    verdicts.map(({ verdictId, phase, outcome }) => [verdictId, phase, outcome]),
  );
};
