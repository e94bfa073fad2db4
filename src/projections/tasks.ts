import { TOPICS } from '../events/topics.js';
import type { DiffStat, TaskReceived, TasksEvents } from '../events/generated/events.js';
import type { LoggedEvent } from '../log/domain.js';
import type { Change, Projection } from './engine/projection.js';
import type { DraftRow, Row } from './engine/table.js';
import { FINAL_STATES, stateAfter } from './task-states.js';
import { TASKS, TIMELINE } from './task-tables.js';
import { said } from './task-lines.js';

type Changes = Row;
type Body<Name extends keyof TasksEvents> = TasksEvents[Name];

const changed = (diff: DiffStat | null): Changes => ({
  result_files: diff?.files ?? null,
  result_insertions: diff?.insertions ?? null,
  result_deletions: diff?.deletions ?? null,
});

const unassigned: Changes = { worker_instance: null, progress: null, progress_percent: null };

const ended = (body: Body<'TaskCompleted'>): Changes => ({
  verdict_id: body.verdictId,
  verdict_sha256: body.verdictSha256,
  verdict_offset: body.verdictOffset,
  attempts: body.attempts,
});

/** What an event changes besides state, version and times. */
const FOLDS: {
  readonly [Name in keyof TasksEvents]?: (body: Body<Name>, row: Row, offset: number) => Changes;
} = {
  SpecApproved: (body) => ({
    spec_sha256: body.specSha256,
    risk_tier: body.riskTier,
    base_commit: body.baseCommit,
  }),
  SpecRejected: (body) => ({
    spec_sha256: body.specSha256,
    violations: body.violations,
    reason: body.reason,
  }),
  TaskQueued: (body) => ({ ...unassigned, queue_reason: body.reason, reason: null }),
  RoutingStarted: (body) => ({ ...unassigned, queue_reason: null, attempt: body.attempt }),
  RouteFailed: (body) => ({ reason: body.reason }),
  TaskRouted: (body, _row, offset) => ({
    agent_id: body.agentId,
    worker_instance: body.workerInstance,
    attempt: body.attempt,
    // The fencing token is the offset of this event.
    token: offset,
  }),
  RivalPromoted: (body) => ({
    agent_id: body.agentId,
    worker_instance: body.workerInstance,
    token: body.token,
    progress: null,
    progress_percent: null,
  }),
  ExecutionStarted: (body, row) => ({ agent_id: body.agentId, attempts: row['attempt'] ?? 0, reason: null }),
  LeaseRenewed: (body) => ({
    ...(body.message === null ? {} : { progress: body.message }),
    ...(body.percent === null ? {} : { progress_percent: body.percent }),
  }),
  OfferEnded: (body) => ({ ...unassigned, reason: body.reason }),
  ExecutionFailed: (body) => ({ ...unassigned, reason: body.reason }),
  ExecutionCompleted: () => unassigned,
  TaskSuspended: (body) => ({ ...unassigned, reason: body.reason }),
  TaskResumed: () => ({ reason: null }),
  GateStarted: (body) => ({ progress: `gate ${body.index + 1} of ${body.of}: ${body.order.gate}` }),
  GateFinished: () => ({ progress: null }),
  WaiverAwaited: (body) => ({ violations: body.violations }),
  WaiverRefused: (body) => ({ reason: body.reason }),
  VerificationPassed: (body) => ({ result_commit: body.commit, violations: [], ...changed(body.diff) }),
  VerificationFailed: (body) => ({
    result_commit: body.commit,
    violations: body.violations,
    reason: body.reason,
    ...changed(body.diff),
  }),
  CancellationAccepted: (body) => ({ reason: body.reason }),
  VerdictRequested: (body) => ({
    ...unassigned,
    queue_reason: null,
    ending: body.ending,
    outcome: body.outcome,
    reason: body.reason,
    agent_id: body.agentId,
    spec_sha256: body.specSha256,
    risk_tier: body.riskTier,
    base_commit: body.baseCommit,
    result_commit: body.commit,
    violations: body.violations,
    ...changed(body.diff),
  }),
  TaskCompleted: ended,
  TaskFailed: ended,
  TaskRejected: ended,
  TaskCancelled: ended,
};

/** Every column, in one shape: rows are made and copied by the thousand. */
const received = ({ meta, request, requestSha256 }: TaskReceived): DraftRow => ({
  task_id: request.taskId,
  tenant: meta.tenant,
  type: request.type,
  title: request.title,
  state: null,
  ending: null,
  outcome: null,
  reason: null,
  agent_id: null,
  worker_instance: null,
  attempt: 0,
  attempts: 0,
  max_attempts: request.maxAttempts,
  priority: request.priority,
  created_us: meta.occurredAt,
  updated_us: 0,
  deadline_us: request.deadline,
  queue_reason: null,
  token: null,
  retry_of: request.retryOf,
  request_id: request.requestId,
  request_sha256: requestSha256,
  spec_sha256: null,
  risk_tier: null,
  repository: request.repository,
  base_commit: null,
  result_commit: null,
  result_files: null,
  result_insertions: null,
  result_deletions: null,
  violations: [],
  verdict_id: null,
  verdict_sha256: null,
  verdict_offset: null,
  progress: null,
  progress_percent: null,
  version: 0,
  partition: 0,
  log_offset: 0,
});

type AnyFold = (body: object, row: Row, offset: number) => Changes;

const foldTask = (row: DraftRow | undefined, event: LoggedEvent, partition: number): Change | undefined => {
  const { meta } = event.body;
  const next = event.type === 'TaskReceived' ? received(event.body as unknown as TaskReceived) : row;
  // Commands for a task that does not exist (yet) make no task.
  if (next === undefined) return undefined;
  const fold = FOLDS[event.type as keyof TasksEvents] as AnyFold | undefined;
  const changes = fold?.(event.body, next, event.offset);
  const reason = said(event);
  next['state'] = stateAfter((next['state'] ?? null) as string | null, event.type);
  next['updated_us'] = meta.occurredAt;
  next['version'] = meta.streamVersion;
  next['partition'] = partition;
  next['log_offset'] = event.offset;
  if (changes !== undefined) Object.assign(next, changes);
  const line: Row = {
    task_id: next['task_id'] ?? null,
    version: meta.streamVersion,
    state: next['state'],
    event: event.type,
    at_us: meta.occurredAt,
    reason,
    agent_id: (event.body['agentId'] as string | null | undefined) ?? null,
    partition,
    log_offset: event.offset,
  };
  return { row: next, lines: [line] };
};

/** Tasks as they stand, and the timeline of each: one line per event. */
export const tasksProjection: Projection = {
  name: 'tasks',
  topic: TOPICS.tasks,
  foldVersion: 1,
  rows: TASKS,
  lines: TIMELINE,
  begins: ({ type, body }) => type === 'TaskReceived' || body.meta.streamVersion === 1,
  finished: (row) => FINAL_STATES.has(row['state'] as string),
  // Answers to requests that make no task, and to late commands, go on the stream of the partition.
  keyOf: ({ body }) =>
    body.meta.streamId.startsWith('task/') ? { task_id: body['taskId'] as string } : undefined,
  fold: foldTask,
};
