import { TOPICS } from '../events/topics.js';
import type { AssignmentOffered, AssignmentRevoked } from '../events/generated/events.js';
import type { LoggedEvent } from '../log/domain.js';
import type { Change, Projection } from './engine/projection.js';
import type { Row, Table } from './engine/table.js';

const ASSIGNMENTS: Table = {
  name: 'assignments_rows',
  key: ['task_id', 'token'],
  columns: {
    task_id: 'text',
    token: 'bigint',
    attempt: 'bigint',
    agent_id: 'text',
    worker_instance: 'text',
    offered_us: 'bigint',
    accept_by_us: 'bigint',
    lease_ms: 'bigint',
    revoked_us: 'bigint',
    revoked_reason: 'text',
    partition: 'bigint',
    log_offset: 'bigint',
  },
  indexes: [{ name: 'agent', on: '(agent_id, offered_us DESC)' }],
};

const offered = ({ meta, ...body }: AssignmentOffered): Row => ({
  attempt: body.attempt,
  agent_id: body.agentId,
  worker_instance: body.workerInstance,
  offered_us: meta.occurredAt,
  accept_by_us: body.acceptBy,
  lease_ms: body.leaseMs,
});

const revoked = ({ meta, ...body }: AssignmentRevoked): Row => ({
  agent_id: body.agentId,
  worker_instance: body.workerInstance,
  revoked_us: meta.occurredAt,
  revoked_reason: body.reason,
});

const empty: Row = Object.fromEntries(Object.keys(ASSIGNMENTS.columns).map((column) => [column, null]));

const foldAssignment = (row: Row | undefined, event: LoggedEvent, partition: number): Change => ({
  row: {
    ...(row ?? empty),
    task_id: event.body['taskId'] as string,
    token: event.body['token'] as number,
    ...(event.type === 'AssignmentOffered'
      ? offered(event.body as unknown as AssignmentOffered)
      : revoked(event.body as unknown as AssignmentRevoked)),
    partition,
    log_offset: event.offset,
  },
});

/** Every offer made, by fencing token. Whether it is still open is said by the task (view `assignments`). */
export const assignmentsProjection: Projection = {
  name: 'assignments',
  topic: TOPICS.assignments,
  foldVersion: 1,
  rows: ASSIGNMENTS,
  begins: ({ type }) => type === 'AssignmentOffered',
  finished: (row) => row['revoked_us'] !== null,
  keyOf: ({ type, body }) =>
    type === 'AssignmentOffered' || type === 'AssignmentRevoked'
      ? { task_id: body['taskId'] as string, token: body['token'] as number }
      : undefined,
  fold: foldAssignment,
};
