import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { openKafkaBus } from '../../src/bus/kafka/index.js';
import type { Bus } from '../../src/bus/port.js';
import { OWNED_TOPICS, TOPICS } from '../../src/events/topics.js';
import type { LogCodec } from '../../src/log/codec.js';
import { testStack } from '../support/stack.js';
import { LogWriter, testCodec, type Said } from './log-writer.js';
import { withOwnTopics } from './own-topics.js';

export const PARTITIONS = 3;

/** Topics and a database of one test's own, on the real stack. */
export interface Stage {
  readonly bus: Bus;
  readonly codec: LogCodec;
  readonly databaseUrl: string;
  readonly database: string;
  /** Appends as the owner would; returns the position behind. */
  append(topic: string, partition: number, events: readonly Said[]): Promise<number>;
  writer(topic: string, partition: number): LogWriter;
  sql(text: string, values?: unknown[]): Promise<readonly Record<string, unknown>[]>;
  /** Runs SQL outside of the stage's database. */
  admin(text: string): Promise<void>;
  close(): Promise<void>;
}

export const openStage = async (): Promise<Stage> => {
  const stack = await testStack();
  const prefix = `proj-${randomUUID().slice(0, 8)}.`;
  const database = `proj_${randomUUID().replaceAll('-', '')}`;
  const url = new URL(stack.databaseUrl);
  url.pathname = `/${database}`;
  const databaseUrl = url.href;
  const bus = withOwnTopics(
    await openKafkaBus({ brokers: stack.brokers.split(','), clientId: 'projections-test' }),
    prefix,
  );
  const run = async (
    at: string,
    text: string,
    values: unknown[] = [],
  ): Promise<Record<string, unknown>[]> => {
    const client = new pg.Client({ connectionString: at });
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(text, values)).rows;
    } finally {
      await client.end();
    }
  };
  await run(stack.databaseUrl, `CREATE DATABASE ${database}`);
  await bus.admin.createTopics(
    OWNED_TOPICS.map((topic) => ({
      topic,
      partitions: topic === TOPICS.agents || topic === TOPICS.policies ? 1 : PARTITIONS,
      replicationFactor: 1,
      config: {},
    })),
  );
  const codec = await testCodec();
  const writers = new Map<string, LogWriter>();
  const writer = (topic: string, partition: number): LogWriter => {
    const key = `${topic}/${partition}`;
    const found = writers.get(key) ?? new LogWriter(topic, partition);
    writers.set(key, found);
    return found;
  };
  return {
    bus,
    codec,
    databaseUrl,
    database,
    writer,
    append: async (topic, partition, events) => {
      const ends = await bus.admin.endOffsets(topic);
      const records = writer(topic, partition).encode(codec, events, ends[partition] ?? 0);
      const appender = await bus.openAppender({ topic, partition });
      let end = 0;
      for (let i = 0; i < records.length; i += 500) {
        const outcome = await appender.append(records.slice(i, i + 500));
        if (outcome.kind !== 'appended') throw outcome.error;
        end = outcome.baseOffset + Math.min(500, records.length - i);
      }
      await appender.close();
      return end;
    },
    sql: (text, values) => run(databaseUrl, text, values),
    admin: async (text) => {
      await run(stack.databaseUrl, text);
    },
    close: async () => {
      await bus.admin.deleteTopics([...OWNED_TOPICS]);
      await bus.close();
      await run(stack.databaseUrl, `DROP DATABASE IF EXISTS ${database} WITH (FORCE)`);
    },
  };
};
