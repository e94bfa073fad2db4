import { partitionFor } from '../bus/partition.js';
import type { Publisher } from '../bus/port.js';
import type { AskRef, FactMeta, FactsEvents, SourceRef } from '../events/generated/events.js';
import { TOPICS } from '../events/topics.js';
import { micros, type Clock } from '../log/clock.js';
import type { LogCodec } from '../log/codec.js';

/** Who publishes facts. */
export interface FactSource {
  readonly component: string;
  readonly instance: string;
  readonly build: string;
}

/** What a fact is about. */
export interface FactHead {
  readonly factId: string;
  readonly taskId: string;
  readonly tenant: string;
  readonly actor: string;
  readonly traceparent: string | null;
  readonly edgeId?: string | null;
  readonly inReplyTo?: AskRef | null;
  readonly readUpTo?: number | null;
  readonly source?: SourceRef | null;
}

type Body<N extends keyof FactsEvents> = FactsEvents[N] extends { meta: FactMeta }
  ? Omit<FactsEvents[N], 'meta'>
  : never;

export interface FactPublisher {
  /** Resolves when the fact is acknowledged. Rejects as `Publisher.publish` does. */
  publish<N extends keyof FactsEvents>(name: N, head: FactHead, body: Body<N>): Promise<void>;
}

export interface FactPublisherOptions extends FactSource {
  readonly publisher: Publisher;
  readonly codec: LogCodec;
  readonly clock: Clock;
  /** Partitions of `arbiter.facts`. */
  readonly partitions: number;
}

/** Publishes facts, keyed and partitioned by task. */
export const createFactPublisher = (options: FactPublisherOptions): FactPublisher => {
  const { publisher, codec, clock, partitions, component, instance, build } = options;
  return {
    publish: async (name, head, body) => {
      const meta: FactMeta = {
        factId: head.factId,
        edgeId: head.edgeId ?? null,
        taskId: head.taskId,
        component,
        instance,
        build,
        inReplyTo: head.inReplyTo ?? null,
        readUpTo: head.readUpTo ?? null,
        source: head.source ?? null,
        occurredAt: micros(clock),
        tenant: head.tenant,
        actor: head.actor,
        traceparent: head.traceparent,
      };
      const encoded = codec.encode(TOPICS.facts, name, { meta, ...body });
      const record = { key: Buffer.from(head.taskId), ...encoded };
      await publisher.publish(TOPICS.facts, partitionFor(head.taskId, partitions), record);
    },
  };
};
