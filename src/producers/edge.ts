import { partitionFor } from '../bus/partition.js';
import type { BusAdmin, Publisher } from '../bus/port.js';
import type { EventsByTopic } from '../events/generated/events.js';
import { TOPICS } from '../events/topics.js';
import type { LogCodec } from '../log/codec.js';

type EdgeTopic =
  | 'arbiter.task-requests'
  | 'arbiter.commands'
  | 'arbiter.agent-reports'
  | 'arbiter.agent-commands'
  | 'arbiter.policy-commands'
  | 'arbiter.presence';

/** Where an acknowledged record stands. */
export interface Published {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** Publishes what people, programs and workers say to Arbiter. */
export interface EdgePublisher {
  /** `key` decides the partition, so that what one task, agent or instance says stays in order. */
  publish<T extends EdgeTopic, N extends keyof EventsByTopic[T] & string>(
    topic: T,
    name: N,
    key: string,
    record: EventsByTopic[T][N],
  ): Promise<Published>;
}

const EDGE_TOPICS: readonly EdgeTopic[] = [
  TOPICS.taskRequests,
  TOPICS.commands,
  TOPICS.agentReports,
  TOPICS.agentCommands,
  TOPICS.policyCommands,
  TOPICS.presence,
];

/** Reads the partition counts once. Rejects with `UNKNOWN_TOPIC` where the stack has not been set up. */
export const createEdgePublisher = async (
  publisher: Publisher,
  codec: LogCodec,
  admin: BusAdmin,
): Promise<EdgePublisher> => {
  const described = await Promise.all(EDGE_TOPICS.map((topic) => admin.describeTopic(topic)));
  const partitions = new Map(described.map(({ topic, partitions: count }) => [topic, count]));
  return {
    publish: async (topic, name, key, record) => {
      const partition = partitionFor(key, partitions.get(topic) ?? 1);
      const encoded = codec.encode(topic, name, record as object);
      const { offset } = await publisher.publish(topic, partition, { key: Buffer.from(key), ...encoded });
      return { topic, partition, offset };
    },
  };
};
