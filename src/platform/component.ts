import type { Logger } from 'pino';
import type { Bus, LogRecord, Publisher, TopicPartition } from '../bus/port.js';
import type {
  CheckpointStore,
  Clock,
  DerivedIndex,
  LogCodec,
  OwnerObserver,
  OwnersOptions,
} from '../log/index.js';
import type { DeadLetters } from '../producers/dead-letters.js';
import type { FactPublisher } from '../producers/facts.js';
import type { Metrics } from './metrics.js';

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
  readiness(): Readiness;
  /** Milliseconds since the epoch of the last sign of life of its membership. */
  readonly lastHeartbeatAt: number;
  stop(): Promise<void>;
}

/** Owners tell metrics, log and dead letters. */
export const ownerObserver = (context: ComponentContext): OwnerObserver => {
  const { logger, metrics, name } = context;
  const letter = (record: LogRecord, code: string, message: string): void => {
    metrics.deadLettered(record.topic, code);
    context.deadLetters.put(record, code, message).catch((error: unknown) => {
      logger.error({ error, topic: record.topic, offset: record.offset }, 'dead letter could not be written');
    });
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
        input.kind === 'record' ? { offset: input.offset, type: input.type } : { stream: input.streamId };
      logger.error({ topic: at.topic, partition: at.partition, ...place, error }, 'decision parked');
      metrics.decisionParked(name);
    },
    appended: (at, events, milliseconds) => metrics.appended(at.topic, events, milliseconds),
    doubtful: (at, error) => {
      logger.warn(
        { topic: at.topic, partition: at.partition, error: wordsOf(error) },
        'append in doubt, claiming anew',
      );
      metrics.appendDoubtful(at.topic);
    },
  };
};

/** For components that are not owners. */
export const onRejected =
  (context: ComponentContext) =>
  (at: TopicPartition, reason: string): void =>
    context.metrics.recordRejected(at.topic, reason);

export const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
