import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { VerdictIssued, VerdictRequested } from '../events/generated/events.js';
import type { LoggedEvent } from '../log/domain.js';
import { LagAges } from './lag-ages.js';

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** Agents work for minutes, people take hours. */
const LONG_SECONDS = [0.005, 0.025, 0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600, 14_400, 86_400];

/**
 * What becomes of what a component is given. A bounded set, and so are the operations: types of asks, edge topics, views, and
 * `record` and `timer` of owners.
 */
export type Outcome =
  | 'answered'
  | 'applied'
  | 'decided'
  /** Decided on, and nothing follows from it. */
  | 'no_effect'
  | 'taken'
  /** In the dead letters. */
  | 'put_aside'
  /** Passed over, others go on (law 13). */
  | 'parked'
  | 'failed';

/** Prometheus metrics. No task or tenant ids as labels. */
export interface Metrics {
  readonly registry: Registry;
  recordRejected(topic: string, reason: string): void;
  deadLettered(topic: string, reason: string): void;
  decisionParked(component: string): void;
  streamParked(component: string): void;
  appendDoubtful(topic: string): void;
  appended(topic: string, events: readonly LoggedEvent[], milliseconds: number): void;
  ownerStatus(component: string, partition: number, status: string): void;
  /** Asks, records or timers that a component has done with, or one attempt that `failed` and is repeated. */
  handled(component: string, operation: string, outcome: Outcome, count?: number): void;
  /** One ask, or one batch, from when it was taken until what came of it stood where it belongs. */
  took(component: string, operation: string, milliseconds: number): void;
  signed(milliseconds: number): void;
  /** A task went from one state to another; both names are of the saga's table. */
  taskMoved(from: string, to: string): void;
  /** A task left a phase after so many µs. */
  taskSpent(phase: string, micros: number): void;
  /** A task has its final verdict, µs after its request; `elsewhere` µs of them with agents, gates, people or in a queue. */
  taskEnded(micros: number, elsewhere: number): void;
  tasksInState(state: string, count: number): void;
  /** A partition's position and end; what is behind is known in records, and in seconds from one look to the next. */
  lag(
    group: string,
    topic: string,
    partition: number,
    at: { readonly position: number; readonly end: number },
  ): void;
  /** Forgets the gauges that are read anew at each look: a partition may have gone to another process. */
  forgetLags(): void;
  queueDepth(queue: string, depth: number): void;
}

/** Events of two owners are made by two clocks: never less than nothing. */
const seconds = (micros: number): number => Math.max(0, micros) / 1e6;

/** `arbiter.gate` of `arbiter.gate.unit.coverage`: whoever names gates must not make series without end. */
const familyOf = (clause: string): string => clause.split('.', 2).join('.');

/** Heap, collections and event loop are those of one thread. */
export type ThreadName = 'main' | 'worker';

/** @param options `thread`: with the metrics of Node for that thread, the main one's with those of the process */
export const createMetrics = (
  options: { readonly thread?: ThreadName; readonly now?: () => number } = {},
): Metrics => {
  const registry = new Registry();
  if (options.thread !== undefined) collectNodeMetrics(registry, options.thread);
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]): Counter<L> =>
    new Counter({ name, help, labelNames: [...labelNames], registers });
  const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[]): Gauge<L> =>
    new Gauge({ name, help, labelNames: [...labelNames], registers });
  const histogram = <L extends string>(
    name: string,
    help: string,
    labelNames: readonly L[],
    buckets = SECONDS,
  ): Histogram<L> => new Histogram({ name, help, labelNames: [...labelNames], buckets, registers });

  const rejected = counter('arbiter_records_rejected_total', 'Records of owned logs without effect', [
    'topic',
    'reason',
  ]);
  const letters = counter('arbiter_dlq_messages_total', 'Records put aside', ['topic', 'reason']);
  const parked = counter('arbiter_decisions_parked_total', 'Inputs whose decision could not be made', [
    'component',
  ]);
  const streams = counter(
    'arbiter_streams_parked_total',
    'Streams that take no events until a build that can',
    ['component'],
  );
  const doubts = counter('arbiter_appends_doubtful_total', 'Appends whose fate was unknown', ['topic']);
  const events = counter('arbiter_events_appended_total', 'Events appended to owned logs', ['topic', 'type']);
  const verdicts = counter('arbiter_verdicts_total', 'Verdicts issued', ['phase', 'outcome']);
  const clauses = counter('arbiter_clause_results_total', 'Results of clauses in final verdicts', [
    'clause',
    'result',
  ]);
  const appendTime = histogram('arbiter_append_duration_seconds', 'Append request to acknowledgement', [
    'topic',
  ]);
  const owner = gauge('arbiter_owner_owning', '1 while the partition is owned', ['component', 'partition']);
  const requests = counter('arbiter_requests_total', 'Asks, records and timers handled', [
    'component',
    'operation',
    'outcome',
  ]);
  const duration = histogram('arbiter_request_duration_seconds', 'Time to handle one ask, or one batch', [
    'component',
    'operation',
  ]);
  const signing = histogram('arbiter_signature_duration_seconds', 'Serialise, PAE and sign', ['key']);
  const transitions = counter('arbiter_task_transitions_total', 'Transitions of tasks', ['from', 'to']);
  const inState = gauge('arbiter_tasks_in_state', 'Tasks of the partitions owned here, by state', ['state']);
  const phases = histogram(
    'arbiter_task_duration_seconds',
    'Time of tasks in a phase; total: from the request to the final verdict',
    ['phase'],
    LONG_SECONDS,
  );
  const overhead = histogram(
    'arbiter_orchestration_overhead_seconds',
    'Request to final verdict, less agents, gates, people and queues',
    [],
  );
  const lagRecords = gauge('arbiter_consumer_lag_records', 'Records not read yet', [
    'group',
    'topic',
    'partition',
  ]);
  const lagSeconds = gauge('arbiter_consumer_lag_seconds', 'How long a partition has been behind', [
    'group',
    'topic',
    'partition',
  ]);
  const depth = gauge('arbiter_queue_depth', 'Records or asks that wait', ['queue']);
  const ages = new LagAges(options.now ?? Date.now);

  return {
    registry,
    recordRejected: (topic, reason) => rejected.inc({ topic, reason }),
    deadLettered: (topic, reason) => letters.inc({ topic, reason }),
    decisionParked: (component) => parked.inc({ component }),
    streamParked: (component) => streams.inc({ component }),
    appendDoubtful: (topic) => doubts.inc({ topic }),
    appended: (topic, appended, milliseconds) => {
      appendTime.observe({ topic }, milliseconds / 1000);
      for (const { type, body } of appended) {
        events.inc({ topic, type });
        if (type === 'VerdictIssued') {
          const { phase, outcome } = body as unknown as VerdictIssued;
          verdicts.inc({ phase, outcome });
        } else if (type === 'VerdictRequested') {
          for (const { id, result } of (body as unknown as VerdictRequested).clauses)
            clauses.inc({ clause: familyOf(id), result });
        }
      }
    },
    ownerStatus: (component, partition, status) =>
      owner.set({ component, partition: String(partition) }, status === 'owning' ? 1 : 0),
    handled: (component, operation, outcome, count = 1) => {
      if (count > 0) requests.inc({ component, operation, outcome }, count);
    },
    took: (component, operation, milliseconds) =>
      duration.observe({ component, operation }, milliseconds / 1000),
    signed: (milliseconds) => signing.observe({ key: 'verdict' }, milliseconds / 1000),
    taskMoved: (from, to) => transitions.inc({ from, to }),
    taskSpent: (phase, micros) => phases.observe({ phase }, seconds(micros)),
    taskEnded: (micros, elsewhere) => {
      phases.observe({ phase: 'total' }, seconds(micros));
      overhead.observe(seconds(micros - elsewhere));
    },
    tasksInState: (state, count) => inState.set({ state }, count),
    lag: (group, topic, partition, { position, end }) => {
      const labels = { group, topic, partition: String(partition) };
      lagRecords.set(labels, Math.max(0, end - position));
      lagSeconds.set(labels, ages.see(`${group}/${topic}/${partition}`, position, end) / 1000);
    },
    forgetLags: () => {
      lagRecords.reset();
      lagSeconds.reset();
    },
    queueDepth: (queue, count) => depth.set({ queue }, count),
  };
};

const collectNodeMetrics = (registry: Registry, thread: ThreadName): void => {
  collectDefaultMetrics({ register: registry, labels: { thread } });
  for (const { name } of registry.getMetricsAsArray()) {
    // Gauges that call themselves totals: linters of metrics refuse them, and the series by kind say the same.
    const isTotal = /^nodejs_active_\w+_total$/u.test(name);
    if (isTotal || (thread === 'worker' && name.startsWith('process_'))) registry.removeSingleMetric(name);
  }
};
