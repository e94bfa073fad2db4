/** What all processes share: time, chance, topics, groups. */
import type { TopicPartition, TopicSpec } from '../port.js';
import { BusError } from '../port.js';
import { Coordinator } from './coordinator.js';
import type { Faults } from './faults.js';
import { PartitionLog } from './partition-log.js';
import type { Random } from './random.js';
import type { Scheduler } from './scheduler.js';

/** Kafka's default. */
const MAX_MESSAGE_BYTES = 1_048_588;

export interface Topic {
  readonly id: string;
  readonly replicationFactor: number;
  readonly config: Record<string, string>;
  readonly logs: PartitionLog[];
}

export interface Limits {
  /** A message takes between these, in milliseconds. */
  readonly latencyMs: readonly [least: number, most: number];
  /** Records in one batch at most; how many it is each time is random. */
  readonly maxBatch: number;
  /** A late request lands within this many milliseconds. */
  readonly lateMs: number;
}

export class World {
  readonly topics = new Map<string, Topic>();
  readonly groups = new Map<string, Coordinator>();
  /** Called after records have landed. */
  readonly landed = new Map<PartitionLog, Set<() => void>>();
  faults: Faults;
  /** The broker answers nobody before `until`; who asks meanwhile finds it again up to `reconnectMs` later. */
  outage = { until: 0, reconnectMs: 0 };
  /** How many memberships there have been: ids in the order of joining. */
  memberships = 0;
  #made = 0;

  constructor(
    readonly scheduler: Scheduler,
    readonly random: Random,
    readonly limits: Limits,
    faults: Faults,
  ) {
    this.faults = faults;
  }

  latency = (): number => {
    const [least, most] = this.limits.latencyMs;
    return least >= most ? least : least + this.random.below(most - least + 1);
  };

  /** When a request of now reaches the broker, its latency aside. */
  reachableAt = (): number => {
    const { until, reconnectMs } = this.outage;
    const now = this.scheduler.now();
    return now >= until ? now : until + this.random.below(reconnectMs + 1);
  };

  createTopic({ topic, partitions, replicationFactor, config }: TopicSpec): void {
    if (this.topics.has(topic)) return;
    const logs = Array.from({ length: partitions }, (_, partition) => new PartitionLog(topic, partition));
    this.topics.set(topic, { id: `memory-${++this.#made}`, replicationFactor, config: { ...config }, logs });
  }

  topic(topic: string): Topic {
    const found = this.topics.get(topic);
    if (found === undefined) throw new BusError('UNKNOWN_TOPIC', `there is no topic ${topic}`, false);
    return found;
  }

  log(at: TopicPartition): PartitionLog {
    const { logs } = this.topic(at.topic);
    const found = logs[at.partition];
    if (found === undefined) {
      throw new BusError(
        'UNKNOWN_TOPIC',
        `${at.topic} has ${logs.length} partitions, asked for partition ${at.partition}`,
        false,
      );
    }
    return found;
  }

  maxMessageBytes(topic: string): number {
    return Number(this.topics.get(topic)?.config['max.message.bytes'] ?? MAX_MESSAGE_BYTES);
  }

  land(at: TopicPartition, records: Parameters<PartitionLog['append']>[0]): number {
    const log = this.log(at);
    const base = log.append(records, this.scheduler.now());
    if (this.random.chance(this.faults.hole)) log.skip(1 + this.random.below(2));
    for (const tell of this.landed.get(log) ?? []) tell();
    return base;
  }

  watch(log: PartitionLog, tell: () => void): () => void {
    let watchers = this.landed.get(log);
    if (watchers === undefined) this.landed.set(log, (watchers = new Set()));
    watchers.add(tell);
    return () => watchers.delete(tell);
  }

  coordinator(groupId: string): Coordinator {
    let found = this.groups.get(groupId);
    if (found === undefined) this.groups.set(groupId, (found = new Coordinator(this, groupId)));
    return found;
  }

  /** Faults that strike by themselves. */
  strike(): void {
    for (const group of this.groups.values()) {
      if (this.random.chance(this.faults.rebalance)) group.rebalance();
      if (this.random.chance(this.faults.expire)) group.expireOne();
    }
  }
}
