import { connectRegistry, ensureSchemas, type RegistrationReport } from '../bus/codec/index.js';
import type { Bus, TopicDescription } from '../bus/port.js';
import { checkTopics, type TopicFinding } from '../platform/topic-check.js';
import { TOPICS } from '../events/topics.js';
import { partitionsInUse, partitionsToCreate, topicSpecs } from '../platform/topics.js';
import { migrate } from '../projections/index.js';
import { keysFolder, type Endpoints } from './endpoints.js';
import { openBus } from './open-bus.js';
import { ensureSigningKey } from './signing-key.js';

/** The declared topics that exist, as they are. */
export const describeTopics = async (bus: Bus): Promise<readonly TopicDescription[]> => {
  const existing = new Set(await bus.admin.listTopics());
  return Promise.all(
    Object.values(TOPICS)
      .filter((name) => existing.has(name))
      .map((name) => bus.admin.describeTopic(name)),
  );
};

/** What of the topics is not as declared. */
export const findTopicProblems = async (bus: Bus): Promise<readonly TopicFinding[]> => {
  const described = await describeTopics(bus);
  const partitions = partitionsInUse(described) ?? partitionsToCreate();
  return checkTopics(topicSpecs({ partitions }), described);
};

const createTopics = async (bus: Bus): Promise<void> => {
  const described = await describeTopics(bus);
  const partitions = partitionsInUse(described) ?? partitionsToCreate();
  const existing = new Set(described.map(({ topic }) => topic));
  const missing = topicSpecs({ partitions }).filter(({ topic }) => !existing.has(topic));
  if (missing.length > 0) await bus.admin.createTopics(missing);
};

/** What of a running stack has to be there before Arbiter runs: topics, schemas, tables, the signing key. Idempotent. */
export const setUp = async (
  endpoints: Endpoints,
  onStep: (step: string) => void = () => undefined,
): Promise<{ readonly schemas: RegistrationReport; readonly publicKeyPath: string }> => {
  const bus = await openBus(endpoints, 'arbiter-up');
  try {
    const topicsAndSchemas = async (): Promise<RegistrationReport> => {
      await createTopics(bus);
      onStep('topics');
      const registry = connectRegistry({ url: endpoints.schemaRegistryUrl });
      const report = await ensureSchemas({ registry, bus });
      onStep('schemas');
      return report;
    };
    const tables = async (): Promise<void> => {
      await migrate(endpoints.databaseUrl);
      onStep('tables');
    };
    const [schemas, , { publicKeyPath }] = await Promise.all([
      topicsAndSchemas(),
      tables(),
      ensureSigningKey(keysFolder(endpoints)),
    ]);
    return { schemas, publicKeyPath };
  } finally {
    await bus.close();
  }
};
