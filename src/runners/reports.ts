import { randomFillSync } from 'node:crypto';
import type { AgentReportsEvents } from '../events/generated/events.js';
import { TOPICS } from '../events/topics.js';
import { micros, type Clock } from '../log/clock.js';
import { uuidv7 } from '../producers/ids.js';
import type { EdgePublisher } from '../producers/edge.js';
import type { Assignment } from './assignment.js';

type Head =
  | 'reportId'
  | 'taskId'
  | 'token'
  | 'agentId'
  | 'workerInstance'
  | 'number'
  | 'tenant'
  | 'occurredAt'
  | 'traceparent';
export type ReportName = keyof AgentReportsEvents;
export type ReportBody<N extends ReportName> = Omit<AgentReportsEvents[N], Head>;

/** What reports say about the run they belong to. */
export type ReportedRun = Pick<
  Assignment,
  'taskId' | 'token' | 'agentId' | 'workerInstance' | 'tenant' | 'traceparent'
>;

const pool = Buffer.alloc(10 * 512);
let used = pool.length;
/** Random bytes are drawn in stock: one call of the kernel for 512 reports. */
const random = (): Buffer => {
  if (used >= pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += 10;
  return pool.subarray(used - 10, used);
};

/** A report of a run, complete: publish it again as it is and it still counts once. */
export const report = <N extends ReportName>(
  run: ReportedRun,
  number: number,
  clock: Clock,
  body: ReportBody<N>,
  reportId = uuidv7(clock.now(), random()),
): AgentReportsEvents[N] => {
  const { taskId, token, agentId, workerInstance, tenant, traceparent } = run;
  const head = { reportId, taskId, token, agentId, workerInstance, number, tenant, traceparent };
  return { ...head, occurredAt: micros(clock), ...body } as unknown as AgentReportsEvents[N];
};

/** Keyed by task, so that what is said about one task stays in order. Resolves when acknowledged. */
export const send = async <N extends ReportName>(
  edge: EdgePublisher,
  name: N,
  record: AgentReportsEvents[N],
): Promise<void> => {
  await edge.publish(TOPICS.agentReports, name, record.taskId, record);
};
