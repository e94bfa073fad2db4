/** Topics, configuration, offsets: kafkajs' admin client, and its protocol layer where that one falls short. */
import type { Admin, DescribeConfigResponse } from 'kafkajs';
import kafkajs from 'kafkajs';
import type { BusAdmin, CommittedOffset, TopicDescription, TopicSpec } from '../port.js';
import { BusError } from '../port.js';
import { createBackoff, pause } from './backoff.js';
import { toBusError } from './broker-errors.js';
import type { KafkaBusOptions } from './connection.js';
import { createCluster, cutConnections, kafkaLogCreator } from './connection.js';
import type { KafkaCluster } from './kafkajs-protocol.js';
import { Leaders } from './leaders.js';
import { listOffsets } from './offsets.js';
import { fetchTopicId } from './topic-id.js';

// kafkajs is CommonJS and Node finds not all of its names by itself.
const { ConfigResourceTypes, ConfigSource, Kafka, logLevel } = kafkajs;

const SETTLE_MS = 15_000;

class KafkaAdmin implements BusAdmin {
  readonly #admin: Admin;
  readonly #cluster: KafkaCluster;
  readonly #leaders: Leaders;
  #connected: Promise<void> | undefined;

  constructor(options: KafkaBusOptions) {
    this.#cluster = createCluster(options);
    this.#leaders = new Leaders(this.#cluster);
    this.#admin = new Kafka({
      brokers: [...options.brokers],
      clientId: options.clientId,
      connectionTimeout: options.connectionTimeoutMs ?? 3_000,
      requestTimeout: options.requestTimeoutMs ?? 10_000,
      logLevel: options.logger === undefined ? logLevel.NOTHING : logLevel.WARN,
      logCreator: kafkaLogCreator(options.logger),
      ...(options.ssl === undefined ? {} : { ssl: options.ssl }),
      ...(options.sasl === undefined ? {} : { sasl: options.sasl }),
    }).admin({ retry: { retries: 3, initialRetryTime: 100 } });
  }

  /** Runs with a connected client, whatever fails becoming a `BusError`. */
  async #do<T>(where: string, work: (admin: Admin) => Promise<T>): Promise<T> {
    try {
      this.#connected ??= this.#admin.connect();
      await this.#connected;
      return await work(this.#admin);
    } catch (error) {
      const known = toBusError(error, where);
      if (known.code === 'UNREACHABLE' || known.code === 'TIMEOUT') this.#connected = undefined;
      throw known;
    }
  }

  cluster(): ReturnType<BusAdmin['cluster']> {
    return this.#do('describe the cluster', async (admin) => {
      const { clusterId, brokers } = await admin.describeCluster();
      return { clusterId, brokers: brokers.map(({ host, port }) => `${host}:${port}`) };
    });
  }

  async createTopics(specs: readonly TopicSpec[]): Promise<void> {
    await this.#do('create topics', async (admin) => {
      const there = new Set(await admin.listTopics());
      const missing = specs.filter((spec) => !there.has(spec.topic));
      if (missing.length === 0) return;
      await admin
        .createTopics({
          waitForLeaders: false,
          timeout: SETTLE_MS,
          topics: missing.map(({ topic, partitions, replicationFactor, config }) => ({
            topic,
            numPartitions: partitions,
            replicationFactor,
            configEntries: Object.entries(config).map(([name, value]) => ({ name, value })),
          })),
        })
        .catch(async (error: unknown) => {
          // Another process may have made them meanwhile; kafkajs tells the reasons only one by one.
          const now = new Set(await admin.listTopics());
          const lacking = missing.filter((spec) => !now.has(spec.topic)).map((spec) => spec.topic);
          if (lacking.length > 0) throw createFailure(error, lacking);
        });
    });
    for (const { topic } of specs) await this.#settled(`create topic ${topic}`, () => this.#led(topic, 1));
  }

  /** Every partition has a leader that knows it is: metadata speaks of a leader a moment before it takes requests. */
  async #led(topic: string, partitions: number): Promise<boolean> {
    await this.#leaders.refresh(topic);
    if (this.#leaders.partitions(topic) < partitions) return false;
    return (await this.endOffsets(topic)).length >= partitions;
  }

  async #settled(where: string, check: () => Promise<boolean>): Promise<void> {
    const backoff = createBackoff(10, 250);
    const giveUpAt = Date.now() + SETTLE_MS;
    for (;;) {
      try {
        if (await check()) return;
      } catch (error) {
        const known = toBusError(error, where);
        const passing = known.retriable || known.code === 'UNKNOWN_TOPIC';
        if (!passing || Date.now() > giveUpAt) throw known;
      }
      if (Date.now() > giveUpAt)
        throw new BusError('TIMEOUT', `${where}: not in effect within ${SETTLE_MS} ms`, true);
      await pause(backoff.next());
    }
  }

  async addPartitions(topic: string, total: number): Promise<void> {
    await this.#do(`add partitions to ${topic}`, (admin) =>
      admin.createPartitions({ topicPartitions: [{ topic, count: total }], timeout: SETTLE_MS }),
    );
    await this.#settled(`add partitions to ${topic}`, () => this.#led(topic, total));
  }

  /** Kafka replaces a topic's whole configuration with what kafkajs' request names, so what is set already goes along. */
  async alterConfig(topic: string, config: Readonly<Record<string, string>>): Promise<void> {
    await this.#do(`alter the configuration of ${topic}`, async (admin) => {
      const entries = await this.#configOf(admin, topic);
      const set = new Map<string, string>();
      for (const { configName, configValue, configSource } of entries) {
        if ((configSource as number) === (ConfigSource.TOPIC_CONFIG as number))
          set.set(configName, configValue);
      }
      for (const [name, value] of Object.entries(config)) set.set(name, value);
      const configEntries = [...set].map(([name, value]) => ({ name, value }));
      await admin.alterConfigs({
        validateOnly: false,
        resources: [{ type: ConfigResourceTypes.TOPIC, name: topic, configEntries }],
      });
    });
    // The controller has taken it; the broker that is asked hears of it a moment later.
    await this.#settled(`alter the configuration of ${topic}`, async () => {
      const found = new Map(
        (await this.#do(`describe topic ${topic}`, (admin) => this.#configOf(admin, topic))).map(
          ({ configName, configValue }) => [configName, configValue],
        ),
      );
      return Object.entries(config).every(([name, value]) => found.get(name) === value);
    });
  }

  async #configOf(
    admin: Admin,
    topic: string,
  ): Promise<DescribeConfigResponse['resources'][number]['configEntries']> {
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: ConfigResourceTypes.TOPIC, name: topic }],
    });
    return resources[0]?.configEntries ?? [];
  }

  async deleteTopics(topics: readonly string[]): Promise<void> {
    if (topics.length === 0) return;
    await this.#do('delete topics', (admin) =>
      admin.deleteTopics({ topics: [...topics], timeout: SETTLE_MS }),
    );
    for (const topic of topics) await this.#settled(`delete topic ${topic}`, () => this.#isGone(topic));
  }

  async #isGone(topic: string): Promise<boolean> {
    try {
      await this.#leaders.refresh(topic);
      return false;
    } catch (error) {
      if (toBusError(error, topic).code === 'UNKNOWN_TOPIC') return true;
      throw error;
    }
  }

  listTopics(): Promise<readonly string[]> {
    return this.#do('list topics', async (admin) =>
      (await admin.listTopics()).filter((topic) => !topic.startsWith('__')).sort(),
    );
  }

  async describeTopic(topic: string): Promise<TopicDescription> {
    await this.#learn(topic);
    const broker = await this.#leaders.brokerOf({ topic, partition: 0 });
    const found = this.#cluster.brokerPool.metadata?.topicMetadata.find((one) => one.topic === topic);
    const entries = await this.#do(`describe topic ${topic}`, (admin) => this.#configOf(admin, topic));
    return {
      topic,
      partitions: this.#leaders.partitions(topic),
      replicationFactor: found?.partitionMetadata[0]?.replicas.length ?? 0,
      config: Object.fromEntries(entries.map(({ configName, configValue }) => [configName, configValue])),
      topicId: await fetchTopicId(broker, topic),
    };
  }

  async #learn(topic: string): Promise<void> {
    try {
      await this.#leaders.refresh(topic);
    } catch (error) {
      const known = toBusError(error, `topic ${topic}`);
      throw known.code === 'UNKNOWN_TOPIC'
        ? new BusError('UNKNOWN_TOPIC', `there is no topic ${topic}`, false, { cause: error })
        : known;
    }
  }

  endOffsets(topic: string): Promise<readonly number[]> {
    return this.#offsets(topic, 'end');
  }

  beginOffsets(topic: string): Promise<readonly number[]> {
    return this.#offsets(topic, 'begin');
  }

  async #offsets(topic: string, which: 'begin' | 'end'): Promise<readonly number[]> {
    await this.#learn(topic);
    const byLeader = new Map<number, number[]>();
    const count = this.#leaders.partitions(topic);
    for (let partition = 0; partition < count; partition++) {
      const leader = this.#leaders.of({ topic, partition });
      if (leader === undefined)
        throw new BusError('UNREACHABLE', `${topic}-${partition} has no leader at present`, true);
      const list = byLeader.get(leader) ?? [];
      if (list.length === 0) byLeader.set(leader, list);
      list.push(partition);
    }
    const offsets = new Array<number>(count).fill(0);
    try {
      for (const [leader, partitions] of byLeader) {
        const broker = await this.#leaders.broker(leader);
        for (const { partition, offset } of await listOffsets(broker, topic, partitions, which))
          offsets[partition] = offset;
      }
    } catch (error) {
      throw toBusError(error, `${which} offsets of ${topic}`);
    }
    return offsets;
  }

  async committed(groupId: string, topic: string): Promise<readonly (CommittedOffset | undefined)[]> {
    await this.#learn(topic);
    const partitions = Array.from({ length: this.#leaders.partitions(topic) }, (_, partition) => ({
      partition,
    }));
    const found = new Array<CommittedOffset | undefined>(partitions.length).fill(undefined);
    await this.#settled(`committed offsets of group ${groupId}`, async () => {
      const coordinator = await this.#cluster.findGroupCoordinator({ groupId });
      const { responses } = await coordinator.offsetFetch({ groupId, topics: [{ topic, partitions }] });
      for (const { partition, offset, metadata } of responses.flatMap((response) => response.partitions)) {
        if (Number(offset) >= 0)
          found[partition] = { topic, partition, offset: Number(offset), metadata: metadata ?? '' };
      }
      return true;
    });
    return found;
  }

  async close(): Promise<void> {
    await Promise.all([cutConnections(this.#cluster), this.#admin.disconnect().catch(() => undefined)]);
  }
}

/** kafkajs gathers the reasons of several topics in `errors`. */
const createFailure = (error: unknown, lacking: readonly string[]): BusError => {
  const where = `create topics ${lacking.join(', ')}`;
  const parts = (error as { readonly errors?: readonly unknown[] }).errors ?? [];
  const reasons = parts.map((part) => (part instanceof Error ? part.message : String(part))).join('; ');
  const known = toBusError(parts[0] ?? error, where);
  return new BusError(known.code, reasons === '' ? known.message : `${where}: ${reasons}`, known.retriable, {
    cause: error,
  });
};

export const createKafkaAdmin = (options: KafkaBusOptions): BusAdmin => new KafkaAdmin(options);
