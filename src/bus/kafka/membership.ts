/**
 * One membership in a group, over kafkajs' protocol layer: join, sync, heartbeat, commit, leave. kafkajs' consumer is not
 * used for it: it joins and fetches in one loop, heartbeats only between fetches, and can stall without an error.
 */
import type { CommittedOffset, TopicPartition } from '../port.js';
import {
  assignCoPartitioned,
  ASSIGNER_NAME,
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from './assignment.js';
import type { JoinedGroup, KafkaBroker, KafkaCluster } from './kafkajs-protocol.js';
import { Leaders } from './leaders.js';

const REBALANCE_TIMEOUT_MS = 10_000;

export interface MembershipOptions {
  readonly groupId: string;
  readonly topics: readonly string[];
  readonly sessionTimeoutMs: number;
}

export interface Joined {
  readonly generation: number;
  readonly assigned: readonly TopicPartition[];
}

export class Membership {
  readonly #cluster: KafkaCluster;
  readonly #leaders: Leaders;
  readonly #options: MembershipOptions;
  #coordinator: KafkaBroker | undefined;
  #generation = -1;
  #isLeader = false;
  memberId: string;

  constructor(cluster: KafkaCluster, options: MembershipOptions, memberId = '') {
    this.#cluster = cluster;
    this.#leaders = new Leaders(cluster);
    this.#options = options;
    this.memberId = memberId;
  }

  get generation(): number {
    return this.#generation;
  }

  /** Rejects with `UNKNOWN_TOPIC`, `NOT_AUTHORISED`, `UNREACHABLE`. */
  async learnTopics(): Promise<void> {
    for (const topic of this.#options.topics) await this.#leaders.refresh(topic);
  }

  /** Rejects with kafkajs' errors; `REBALANCE_IN_PROGRESS`, `UNKNOWN_MEMBER_ID`, `ILLEGAL_GENERATION` mean: join again. */
  async join(): Promise<Joined> {
    const { groupId, topics } = this.#options;
    await this.learnTopics();
    const coordinator = await this.findCoordinator();
    const joined = await coordinator.joinGroup({
      groupId,
      sessionTimeout: this.#options.sessionTimeoutMs,
      rebalanceTimeout: REBALANCE_TIMEOUT_MS,
      memberId: this.memberId,
      groupProtocols: [{ name: ASSIGNER_NAME, metadata: encodeSubscription(topics) }],
    });
    this.memberId = joined.memberId;
    this.#generation = joined.generationId;
    this.#isLeader = joined.leaderId === joined.memberId;
    const { memberAssignment } = await coordinator.syncGroup({
      groupId,
      generationId: joined.generationId,
      memberId: joined.memberId,
      groupAssignment: this.#isLeader ? await this.#assign(joined) : [],
    });
    return { generation: joined.generationId, assigned: decodeAssignment(memberAssignment) };
  }

  async #assign(joined: JoinedGroup): Promise<{ memberId: string; memberAssignment: Buffer }[]> {
    const members = joined.members.map(({ memberId, memberMetadata }) => ({
      memberId,
      topics: decodeSubscription(memberMetadata),
    }));
    const counts = new Map<string, number>();
    for (const topic of new Set(members.flatMap((member) => member.topics))) {
      // Another member's topic may be missing: it gets no partitions, the rest is assigned.
      if (!this.#leaders.knows(topic)) await this.#leaders.refresh(topic).catch(() => undefined);
      counts.set(topic, this.#leaders.partitions(topic));
    }
    return [...assignCoPartitioned(members, counts)].map(([memberId, assignment]) => ({
      memberId,
      memberAssignment: encodeAssignment(assignment),
    }));
  }

  /** For the group's leader: true if a topic has got partitions that nobody was assigned. */
  async partitionsGrew(): Promise<boolean> {
    if (!this.#isLeader) return false;
    const { topics } = this.#options;
    const before = topics.map((topic) => this.#leaders.partitions(topic));
    await this.learnTopics();
    return topics.some((topic, index) => this.#leaders.partitions(topic) !== before[index]);
  }

  async findCoordinator(): Promise<KafkaBroker> {
    this.#coordinator = await this.#cluster.findGroupCoordinator({ groupId: this.#options.groupId });
    return this.#coordinator;
  }

  async heartbeat(): Promise<void> {
    const coordinator = this.#coordinator ?? (await this.findCoordinator());
    await coordinator.heartbeat({
      groupId: this.#options.groupId,
      groupGenerationId: this.#generation,
      memberId: this.memberId,
    });
  }

  async commit(offsets: readonly CommittedOffset[]): Promise<void> {
    const coordinator = this.#coordinator ?? (await this.findCoordinator());
    const topics = new Map<string, { partition: number; offset: string; metadata: string }[]>();
    for (const { topic, partition, offset, metadata } of offsets) {
      const list = topics.get(topic) ?? [];
      if (list.length === 0) topics.set(topic, list);
      list.push({ partition, offset: String(offset), metadata });
    }
    await coordinator.offsetCommit({
      groupId: this.#options.groupId,
      groupGenerationId: this.#generation,
      memberId: this.memberId,
      topics: [...topics].map(([topic, partitions]) => ({ topic, partitions })),
    });
  }

  async leave(): Promise<void> {
    if (this.memberId === '') return;
    const coordinator = this.#coordinator ?? (await this.findCoordinator());
    await coordinator.leaveGroup({ groupId: this.#options.groupId, memberId: this.memberId });
  }
}
