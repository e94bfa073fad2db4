/**
 * A group as the port wants it: joins, heartbeats, notices, and rebuilds its connection whenever membership falls silent.
 * There is no separate watchdog: every request has a time-out, and a session without an answered heartbeat is lost.
 */
import type { CommittedOffset, Group, GroupOptions, TopicPartition } from '../port.js';
import { BusError } from '../port.js';
import { createBackoff, pause } from './backoff.js';
import { brokerErrorType, toBusError } from './broker-errors.js';
import type { KafkaBusOptions } from './connection.js';
import { createCluster, cutConnections } from './connection.js';
import type { KafkaCluster } from './kafkajs-protocol.js';
import { Membership, type MembershipOptions } from './membership.js';

const METADATA_MS = 15_000;
const LEAVE_WITHIN_MS = 2_000;
const MAX_METADATA_CHARS = 1_024;
/** Rebuilds in a row after errors that are not the network's, then it is fatal. */
const MAX_REBUILDS = 5;
const REJOIN = new Set([
  'REBALANCE_IN_PROGRESS',
  'UNKNOWN_MEMBER_ID',
  'ILLEGAL_GENERATION',
  'FENCED_INSTANCE_ID',
]);
const HOPELESS = new Set([
  'INCONSISTENT_GROUP_PROTOCOL',
  'INVALID_SESSION_TIMEOUT',
  'INVALID_GROUP_ID',
  'GROUP_MAX_SIZE_REACHED',
]);

interface Confirmation {
  /** Which of all that were ever asked for. */
  readonly number: number;
  resolve(): void;
  reject(error: BusError): void;
}

class KafkaGroup implements Group {
  readonly #bus: KafkaBusOptions;
  readonly #options: GroupOptions;
  readonly #protocol: MembershipOptions;
  readonly #closing = new AbortController();
  #cluster: KafkaCluster;
  #membership: Membership;
  #member = false;
  #confirmations: Confirmation[] = [];
  #asked = 0;
  #poke = new AbortController();
  generation = -1;
  assigned: readonly TopicPartition[] = [];
  lastHeartbeatAt = 0;

  constructor(bus: KafkaBusOptions, options: GroupOptions) {
    this.#bus = bus;
    this.#options = options;
    const sessionTimeoutMs = options.sessionTimeoutMs ?? 6_000;
    this.#protocol = {
      groupId: options.groupId,
      topics: options.topics,
      sessionTimeoutMs,
    };
    this.#cluster = this.#connect();
    this.#membership = new Membership(this.#cluster, this.#protocol);
  }

  #connect(): KafkaCluster {
    return createCluster(this.#bus, Math.max(1_000, this.#protocol.sessionTimeoutMs / 2));
  }

  get #where(): string {
    return `group ${this.#options.groupId}`;
  }

  /** Fails early on what no rebuild would mend. */
  async open(): Promise<void> {
    try {
      await this.#membership.learnTopics();
    } catch (error) {
      await cutConnections(this.#cluster);
      throw toBusError(error, this.#where);
    }
    setImmediate(() => void this.#live());
  }

  async #live(): Promise<void> {
    const backoff = createBackoff();
    let rebuilds = 0;
    while (!this.#closing.signal.aborted) {
      try {
        const { generation, assigned } = await this.#membership.join();
        if (this.#left()) return;
        this.#begin(generation, assigned);
        backoff.reset();
        rebuilds = 0;
        await this.#beat();
      } catch (caught) {
        this.#lose();
        if (this.#left()) return;
        const type = brokerErrorType(caught);
        if (type !== undefined && REJOIN.has(type)) {
          if (type !== 'REBALANCE_IN_PROGRESS') this.#membership.memberId = '';
          if (type !== 'REBALANCE_IN_PROGRESS') await pause(backoff.next(), this.#closing.signal);
          continue;
        }
        const error = toBusError(caught, this.#where);
        const fatal =
          error.code === 'NOT_AUTHORISED' ||
          (type !== undefined && HOPELESS.has(type)) ||
          (!error.retriable && ++rebuilds > MAX_REBUILDS);
        this.#options.onError(error, fatal);
        if (fatal) {
          await this.leave();
          return;
        }
        await this.#rebuild();
        await pause(backoff.next(), this.#closing.signal);
      }
    }
  }

  #left(): boolean {
    return this.#closing.signal.aborted;
  }

  #begin(generation: number, assigned: readonly TopicPartition[]): void {
    this.#member = true;
    this.generation = generation;
    this.assigned = assigned;
    this.lastHeartbeatAt = Date.now();
    this.#options.onAssigned(assigned);
  }

  #lose(): void {
    if (!this.#member) return;
    this.#member = false;
    this.assigned = [];
    const error = this.#notAMember('a rebalance has begun or the membership was lost');
    for (const one of this.#confirmations.splice(0)) one.reject(error);
    if (!this.#left()) this.#options.onRevoked?.();
  }

  #notAMember(why: string): BusError {
    return new BusError('NOT_A_MEMBER', `${this.#where}, generation ${this.generation}: ${why}`, true);
  }

  /** Heartbeats until membership ends, which is the rejection. */
  async #beat(): Promise<void> {
    const { sessionTimeoutMs } = this.#protocol;
    const interval = Math.min(1_000, sessionTimeoutMs / 10);
    let learnAt = Date.now() + METADATA_MS;
    while (!this.#left() && this.#member) {
      if (this.#confirmations.length === 0) await pause(interval, this.#poke.signal);
      if (this.#left()) return;
      this.#poke = new AbortController();
      const asked = this.#asked;
      const sentAt = Date.now();
      try {
        await this.#membership.heartbeat();
        this.#alive(sentAt, asked);
      } catch (caught) {
        if (!this.#mayPass(caught) || Date.now() - this.lastHeartbeatAt > sessionTimeoutMs) throw caught;
        await pause(interval / 2, this.#closing.signal);
        await this.#membership.findCoordinator().catch(() => undefined);
        continue;
      }
      if (Date.now() > learnAt) {
        learnAt = Date.now() + METADATA_MS;
        // Ours to notice, since nobody else does: joining again makes everybody's assignment anew.
        if (await this.#membership.partitionsGrew().catch(() => false)) {
          this.#lose();
          return;
        }
      }
    }
  }

  /** The coordinator is moving or the connection broke: the session may still be alive. */
  #mayPass(caught: unknown): boolean {
    const type = brokerErrorType(caught);
    if (type === undefined) return toBusError(caught, this.#where).retriable;
    return type.includes('COORDINATOR');
  }

  /** The coordinator has answered what was sent at `sentAt`: confirmed is whoever had asked by then. */
  #alive(sentAt: number, asked: number): void {
    this.lastHeartbeatAt = Math.max(this.lastHeartbeatAt, sentAt);
    while ((this.#confirmations[0]?.number ?? Infinity) <= asked) this.#confirmations.shift()?.resolve();
  }

  async #rebuild(): Promise<void> {
    const { memberId } = this.#membership;
    await cutConnections(this.#cluster);
    if (this.#left()) return;
    this.#cluster = this.#connect();
    // The old id, so that the coordinator need not wait for the old membership to expire.
    this.#membership = new Membership(this.#cluster, this.#protocol, memberId);
  }

  async commit(offsets: readonly CommittedOffset[]): Promise<void> {
    if (!this.#member || this.#left()) throw this.#notAMember('not a member at present');
    for (const { topic, partition, metadata } of offsets) {
      if (metadata.length > MAX_METADATA_CHARS) {
        throw new BusError(
          'TOO_LARGE',
          `${this.#where}: metadata of ${topic}-${partition} has ${metadata.length} characters, at most ${MAX_METADATA_CHARS}`,
          false,
        );
      }
    }
    const sentAt = Date.now();
    const { generation } = this;
    const asked = this.#asked;
    try {
      await this.#membership.commit(offsets);
    } catch (caught) {
      const type = brokerErrorType(caught);
      if (type !== undefined && REJOIN.has(type)) throw this.#notAMember(`the coordinator answered ${type}`);
      throw toBusError(caught, `${this.#where}: commit`);
    }
    if (!this.#isMember() || this.generation !== generation)
      throw this.#notAMember('the generation passed while the commit was under way');
    this.#alive(sentAt, asked);
  }

  #isMember(): boolean {
    return this.#member && !this.#left();
  }

  confirm(): Promise<void> {
    if (!this.#isMember()) return Promise.reject(this.#notAMember('not a member at present'));
    return new Promise((resolve, reject) => {
      this.#confirmations.push({ number: ++this.#asked, resolve, reject });
      this.#poke.abort();
    });
  }

  async leave(): Promise<void> {
    if (this.#left()) return;
    const wasMember = this.#member;
    this.#closing.abort();
    this.#poke.abort();
    this.#lose();
    this.#member = false;
    this.assigned = [];
    let membership = this.#membership;
    if (!wasMember) {
      // A join may be blocking the connection: say goodbye on a new one.
      await cutConnections(this.#cluster);
      this.#cluster = this.#connect();
      const { memberId } = membership;
      membership = new Membership(this.#cluster, this.#protocol, memberId);
      if (memberId !== '')
        await Promise.race([membership.learnTopics().catch(() => undefined), pause(LEAVE_WITHIN_MS)]);
    }
    await Promise.race([membership.leave().catch(() => undefined), pause(LEAVE_WITHIN_MS)]);
    await cutConnections(this.#cluster);
  }
}

/**
 * Resolves before the first `onAssigned`. Rejects with `UNKNOWN_TOPIC`, `NOT_AUTHORISED`, `UNREACHABLE` if the topics
 * cannot be looked up; afterwards everything is reported through the options' callbacks.
 */
export const joinKafkaGroup = async (bus: KafkaBusOptions, options: GroupOptions): Promise<Group> => {
  const group = new KafkaGroup(bus, options);
  await group.open();
  return group;
};
