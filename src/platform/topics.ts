import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { TopicDescription, TopicSpec } from '../bus/port.js';
import { TOPICS, type TopicName } from '../events/topics.js';

/**
 * How a topic of `infra/kafka/topics.json` is kept. `log` (owned logs), `inbox` (written by our own components), `edge`
 * (written by anyone, hence re-compressed by the broker to what we can read, and stamped by the broker's clock), `hint`
 * (presence: short-lived), `table` (compacted), `dead` (an edge record with its reason around it, hence twice the size).
 */
export type TopicClass = 'log' | 'inbox' | 'edge' | 'hint' | 'table' | 'dead';

export interface DeclaredTopic {
  readonly topic: TopicName;
  readonly class: TopicClass;
  /** `shared`: murmur2(taskId) mod n, the same n in all of them. */
  readonly partitions: number | 'shared';
  readonly config: Readonly<Record<string, string>>;
}

const MOST_PARTITIONS = 1024;
const config = z.record(z.string(), z.string());
const file = z.strictObject({
  partitions: z.int().min(1).max(MOST_PARTITIONS),
  classes: z.strictObject({
    log: config,
    inbox: config,
    edge: config,
    hint: config,
    table: config,
    dead: config,
  }),
  topics: z.array(
    z.strictObject({
      topic: z.enum(Object.values(TOPICS)),
      class: z.enum(['log', 'inbox', 'edge', 'hint', 'table', 'dead']),
      partitions: z.union([z.int().min(1), z.literal('shared')]),
    }),
  ),
});

const declaration = file.parse(
  JSON.parse(readFileSync(new URL('../../infra/kafka/topics.json', import.meta.url), 'utf8')),
);

export const DECLARED_TOPICS: readonly DeclaredTopic[] = declaration.topics.map((topic) => ({
  ...topic,
  config: declaration.classes[topic.class],
}));

/** The topics that are partitioned by murmur2(taskId) mod n. */
export const SHARED_TOPICS: readonly TopicName[] = DECLARED_TOPICS.flatMap(({ topic, partitions }) =>
  partitions === 'shared' ? [topic] : [],
);

/** n for topics that do not exist yet: `ARBITER_PARTITIONS`, else what the file declares. Throws on a value that is no count. */
export function partitionsToCreate(env: NodeJS.ProcessEnv = process.env): number {
  const text = env['ARBITER_PARTITIONS'];
  if (text === undefined || text === '') return declaration.partitions;
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= MOST_PARTITIONS) return value;
  throw new Error(
    `BAD_SETTING: expected ARBITER_PARTITIONS to be 1 to ${MOST_PARTITIONS}, found ${JSON.stringify(text)}. Correct or unset it.`,
  );
}

/** n as it is, which wins over every setting: that of `arbiter.tasks`, undefined when there is none yet. */
export function partitionsInUse(described: readonly TopicDescription[]): number | undefined {
  return described.find(({ topic }) => topic === 'arbiter.tasks')?.partitions;
}

export interface SpecOptions {
  /** n, the partitions of the topics that share it. Default `partitionsToCreate()`. */
  readonly partitions?: number;
  /** Default 1. From 3 on, two replicas have to acknowledge. */
  readonly replicationFactor?: number;
}

/** Every topic as it is to be created. */
export function topicSpecs(options: SpecOptions = {}): TopicSpec[] {
  const shared = options.partitions ?? partitionsToCreate();
  const replicationFactor = options.replicationFactor ?? 1;
  return DECLARED_TOPICS.map(({ topic, partitions, config }) => ({
    topic,
    partitions: partitions === 'shared' ? shared : partitions,
    replicationFactor,
    config: { ...config, 'min.insync.replicas': replicationFactor >= 3 ? '2' : '1' },
  }));
}
