import type { Logger } from 'pino';
import type { Bus, LogRecord, Publisher, TopicPartition } from '../bus/port.js';
import type {
  CheckpointStore,
  Clock,
  Decided,
  DerivedIndex,
  Input,
  LogCodec,
  OwnerObserver,
  OwnersOptions,
} from '../log/index.js';
import type { DeadLetters } from '../producers/dead-letters.js';
import type { FactPublisher } from '../producers/facts.js';
import type { Metrics } from './metrics.js';
import { withoutSecrets } from './without-secrets.js';

export { withoutSecrets } from './without-secrets.js';

/** Puts something around what the owners of a component are given. */
export type AroundOwners = <Value, Index extends DerivedIndex<Value>, Record_>(
  options: OwnersOptions<Value, Index, Record_>,
) => OwnersOptions<Value, Index, Record_>;

/** What every component of a process works with. */
export interface ComponentContext {
  readonly name: string;
  /** Nonce of the process. */
  readonly instance: string;
  readonly build: string;
  readonly bus: Bus;
  readonly codec: LogCodec;
  readonly clock: Clock;
  readonly random: () => number;
  /** n: partitions of facts, tasks, assignments, verdicts and outcomes. */
  readonly partitions: number;
  readonly publisher: Publisher;
  readonly facts: FactPublisher;
  readonly deadLetters: DeadLetters;
  readonly checkpoints: CheckpointStore;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly sessionTimeoutMs: number;
  /** Simulations look into owners with it (always replay), and put mutants in their place. */
  readonly aroundOwners?: AroundOwners;
}

export interface Readiness {
  readonly ready: boolean;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** A running component. */
export interface Component {
  readonly name: string;
  /** Looks, and changes nothing that others see. */
  readiness(): Readiness;
  /** Sets the gauges that are read, not counted. */
  observe?(metrics: Metrics): void;
  /** Milliseconds since the epoch of the last sign of life of its membership. */
  readonly lastHeartbeatAt: number;
  stop(): Promise<void>;
}

/** Owners tell metrics, log and dead letters. */
export const ownerObserver = (context: ComponentContext): OwnerObserver => {
  const { logger, metrics, name } = context;
  const letter = async (record: LogRecord, code: string, message: string): Promise<void> => {
    const { topic, partition, offset } = record;
    const place = { topic, partition, offset };
    try {
      await context.deadLetters.put(record, code, message);
    } catch (error) {
      logger.error({ ...place, error: wordsOf(error) }, 'dead letter could not be written');
      if (isRetriable(error)) throw error;
      return;
    }
    metrics.deadLettered(topic, code);
    metrics.handled(name, 'record', 'put_aside');
    logger.warn({ ...place, code, reason: withoutSecrets(message) }, 'record put aside');
  };
  return {
    status: (at, status, detail) => {
      const level = status === 'halted' ? 'error' : 'info';
      logger[level]({ topic: at.topic, partition: at.partition, status, detail }, `owner is ${status}`);
      metrics.ownerStatus(name, at.partition, status);
    },
    rejected: (at, reason) => metrics.recordRejected(at.topic, reason),
    undecodable: letter,
    parked: (at, input, error) => {
      const place =
        input.kind === 'record'
          ? { offset: input.offset, type: input.type, ...taskOf(input.record) }
          : { stream: input.streamId };
      const words = withoutSecrets(wordsOf(error));
      logger.error({ topic: at.topic, partition: at.partition, ...place, error: words }, 'decision parked');
      metrics.decisionParked(name);
      metrics.handled(name, input.kind, 'parked');
    },
    streamParked: (at, stream, error) => {
      const place = { topic: at.topic, partition: at.partition, stream };
      logger.error({ ...place, error: withoutSecrets(wordsOf(error)) }, 'stream parked, others go on');
      metrics.streamParked(name);
    },
    appended: (at, events, milliseconds) => metrics.appended(at.topic, events, milliseconds),
    handled: (_at, decided, milliseconds) => {
      for (const kind of ['record', 'timer'] as const) {
        const { effective, idle } = tally(decided, kind);
        metrics.handled(name, kind, 'decided', effective);
        metrics.handled(name, kind, 'no_effect', idle);
        // What has no effect costs no request: a follower of a busy log would look faster than it is.
        if (effective > 0) metrics.took(name, kind, milliseconds);
      }
    },
    doubtful: (at, error) => {
      logger.warn(
        { topic: at.topic, partition: at.partition, error: wordsOf(error) },
        'append in doubt, claiming anew',
      );
      metrics.appendDoubtful(at.topic);
    },
  };
};

/** What passes by itself is tried again; anything else would hold the partition for ever (law 13). */
const isRetriable = (error: unknown): boolean =>
  (error as { retriable?: boolean } | null)?.retriable === true;

/** How many inputs of a kind had events, and how many none; those put aside or parked have been counted as such. */
const tally = (
  decided: readonly Decided<unknown>[],
  kind: Input<unknown>['kind'],
): { readonly effective: number; readonly idle: number } => {
  let [effective, idle] = [0, 0];
  for (const { input, events } of decided) {
    if (input?.kind !== kind) continue;
    if (events.length > 0) effective++;
    else idle++;
  }
  return { effective, idle };
};

/** For components that are not owners. */
export const onRejected =
  (context: ComponentContext) =>
  (at: TopicPartition, reason: string): void =>
    context.metrics.recordRejected(at.topic, reason);

export const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The W3C trace id as logs carry it; nothing when there is none. */
export const traceOf = (traceparent: string | null | undefined): { readonly trace_id?: string } => {
  const traceId = /^[0-9a-f]{2}-([0-9a-f]{32})-/u.exec(traceparent ?? '')?.[1];
  return traceId === undefined ? {} : { trace_id: traceId };
};

/** Which task a record is about, and its trace. */
const taskOf = (record: unknown): { readonly taskId?: string; readonly trace_id?: string } => {
  const { taskId, meta } = (record ?? {}) as {
    taskId?: string;
    meta?: { taskId?: string; traceparent?: string | null };
  };
  const id = taskId ?? meta?.taskId;
  return { ...(id === undefined ? {} : { taskId: id }), ...traceOf(meta?.traceparent) };
};
