/** Topics and offsets of the memory bus. */
import { keyOf, type BusAdmin } from '../port.js';
import type { Process } from './process.js';
import { PartitionLog } from './partition-log.js';
import type { World } from './world.js';

/** What Kafka would say of a topic that sets nothing. */
const DEFAULTS: Readonly<Record<string, string>> = {
  'cleanup.policy': 'delete',
  'compression.type': 'producer',
  'max.message.bytes': '1048588',
  'min.insync.replicas': '1',
  'retention.bytes': '-1',
  'retention.ms': '604800000',
  'unclean.leader.election.enable': 'false',
};

export const createMemoryAdmin = (world: World, process: Process): BusAdmin => ({
  cluster: () => process.ask(() => ({ clusterId: 'memory', brokers: ['memory'] })),
  createTopics: (specs) => process.ask(() => specs.forEach((spec) => world.createTopic(spec))),
  addPartitions: (topic, total) =>
    process.ask(() => {
      const { logs } = world.topic(topic);
      for (let partition = logs.length; partition < total; partition++)
        logs.push(new PartitionLog(topic, partition));
      for (const group of world.groups.values()) {
        if ([...group.members].some((member) => member.topics.includes(topic))) group.rebalance();
      }
    }),
  alterConfig: (topic, config) => process.ask(() => void Object.assign(world.topic(topic).config, config)),
  deleteTopics: (topics) => process.ask(() => topics.forEach((topic) => world.topics.delete(topic))),
  listTopics: () => process.ask(() => [...world.topics.keys()].sort()),
  describeTopic: (topic) =>
    process.ask(() => {
      const { id, replicationFactor, config, logs } = world.topic(topic);
      return {
        topic,
        partitions: logs.length,
        replicationFactor,
        config: { ...DEFAULTS, ...config },
        topicId: id,
      };
    }),
  endOffsets: (topic) => process.ask(() => world.topic(topic).logs.map((log) => log.end)),
  beginOffsets: (topic) => process.ask(() => world.topic(topic).logs.map((log) => log.begin)),
  committed: (groupId, topic) =>
    process.ask(() =>
      world
        .topic(topic)
        .logs.map(({ partition }) => world.groups.get(groupId)?.committed.get(keyOf({ topic, partition }))),
    ),
  close: () => Promise.resolve(),
});
