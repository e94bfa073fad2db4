import { TOPICS } from '../events/topics.js';
import type { OutcomeObserved } from '../events/generated/events.js';
import type { LoggedEvent } from '../log/domain.js';
import type { Change, Projection } from './engine/projection.js';
import type { Row, Table } from './engine/table.js';

/**
 * Counters by agent × task type × partition: a counter that two partitions shared would lose counts. The view adds them up;
 * all of them are whole numbers, so the order of adding does not matter.
 */
const OUTCOMES: Table = {
  name: 'outcomes_rows',
  key: ['agent_id', 'task_type', 'partition'],
  columns: {
    agent_id: 'text',
    task_type: 'text',
    partition: 'bigint',
    successes: 'bigint',
    failures: 'bigint',
    voids: 'bigint',
    measured: 'bigint',
    duration_us: 'bigint',
    with_usage: 'bigint',
    input_tokens: 'bigint',
    output_tokens: 'bigint',
    cost_micros: 'bigint',
    failure_classes: 'jsonb',
    last_us: 'bigint',
    log_offset: 'bigint',
  },
  indexes: [],
};

const ZERO: Row = {
  successes: 0,
  failures: 0,
  voids: 0,
  measured: 0,
  duration_us: 0,
  with_usage: 0,
  input_tokens: 0,
  output_tokens: 0,
  cost_micros: 0,
  failure_classes: {},
};

const countOf = (row: Row, column: string): number => row[column] as number;

const classesWith = (row: Row, name: string | null): Readonly<Record<string, number>> => {
  const before = row['failure_classes'] as Readonly<Record<string, number>>;
  return name === null ? before : { ...before, [name]: (before[name] ?? 0) + 1 };
};

const foldOutcome = (row: Row | undefined, event: LoggedEvent, partition: number): Change => {
  const body = event.body as unknown as OutcomeObserved;
  const before = row ?? ZERO;
  const { usage } = body;
  const counts = body.result === 'SUCCESS' || body.result === 'FAILURE';
  const plus = (column: string, amount: number): number => countOf(before, column) + amount;
  return {
    row: {
      agent_id: body.agentId,
      task_type: body.taskType,
      partition,
      successes: plus('successes', body.result === 'SUCCESS' ? 1 : 0),
      failures: plus('failures', body.result === 'FAILURE' ? 1 : 0),
      // VOID says nothing about the agent, and so does a result this build does not know.
      voids: plus('voids', counts ? 0 : 1),
      measured: plus('measured', counts ? 1 : 0),
      duration_us: plus('duration_us', counts ? Math.max(0, body.finishedAt - body.routedAt) : 0),
      with_usage: plus('with_usage', usage === null ? 0 : 1),
      input_tokens: plus('input_tokens', usage?.inputTokens ?? 0),
      output_tokens: plus('output_tokens', usage?.outputTokens ?? 0),
      cost_micros: plus('cost_micros', usage?.costMicros ?? 0),
      failure_classes: classesWith(before, body.failureClass),
      last_us: Math.max((before['last_us'] as number | undefined) ?? 0, body.meta.occurredAt),
      log_offset: event.offset,
    },
  };
};

/** What finished assignments say about agents. */
export const outcomesProjection: Projection = {
  name: 'outcomes',
  topic: TOPICS.outcomes,
  foldVersion: 1,
  rows: OUTCOMES,
  begins: () => false,
  finished: () => false,
  keyOf: ({ type, body }, partition) =>
    type === 'OutcomeObserved'
      ? { agent_id: body['agentId'] as string, task_type: body['taskType'] as string, partition }
      : undefined,
  fold: foldOutcome,
};
