import type { Batch, Bus, LogRecord, TopicPartition } from '../../src/bus/port.js';

/**
 * The same bus with topics of its own: every name gets a prefix on the way out and loses it on the way in, so that tests share
 * one broker without seeing each other's logs.
 */
export const withOwnTopics = (bus: Bus, prefix: string): Bus => {
  const out = <T extends { readonly topic: string }>(at: T): T => ({ ...at, topic: prefix + at.topic });
  const back = <T extends { readonly topic: string }>(at: T): T => ({
    ...at,
    topic: at.topic.slice(prefix.length),
  });
  const backBatch = (batch: Batch): Batch => ({
    ...back(batch),
    records: batch.records.map((record: LogRecord) => back(record)),
  });
  const plain = (at: TopicPartition): TopicPartition => ({ topic: at.topic, partition: at.partition });
  return {
    kind: bus.kind,
    admin: {
      ...bus.admin,
      createTopics: (specs) => bus.admin.createTopics(specs.map(out)),
      deleteTopics: (topics) => bus.admin.deleteTopics(topics.map((topic) => prefix + topic)),
      describeTopic: async (topic) => back(await bus.admin.describeTopic(prefix + topic)),
      endOffsets: (topic) => bus.admin.endOffsets(prefix + topic),
      beginOffsets: (topic) => bus.admin.beginOffsets(prefix + topic),
      committed: (group, topic) => bus.admin.committed(prefix + group, prefix + topic),
    },
    openAppender: (at) => bus.openAppender(out(at)),
    openPublisher: () => Promise.reject(new Error('not needed here')),
    openReader: async (handlers) => {
      const reader = await bus.openReader({
        onBatch: (batch) => handlers.onBatch(backBatch(batch)),
        onError: (error, at) => handlers.onError(error, back(plain(at))),
      });
      return {
        follow: (at, position) => reader.follow(out(plain(at)), position),
        unfollow: (at) => reader.unfollow(out(plain(at))),
        pause: (at) => reader.pause(out(plain(at))),
        resume: (at) => reader.resume(out(plain(at))),
        close: () => reader.close(),
      };
    },
    readRange: async function* (at, from, to) {
      for await (const batch of bus.readRange(out(plain(at)), from, to)) yield backBatch(batch);
    },
    joinGroup: (options) =>
      bus.joinGroup({
        ...options,
        groupId: prefix + options.groupId,
        topics: options.topics.map((topic) => prefix + topic),
        onAssigned: (partitions) => options.onAssigned(partitions.map(back)),
      }),
    close: () => bus.close(),
  };
};
