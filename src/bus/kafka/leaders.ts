/**
 * Who leads which partition. Topics are asked for one at a time, because kafkajs gives up the whole metadata answer for
 * one topic that is missing, and a deleted topic must not stop the readers of the others.
 */
import { BusError, type TopicPartition } from '../port.js';
import { toBusError } from './broker-errors.js';
import type { KafkaBroker, KafkaCluster } from './kafkajs-protocol.js';

const NO_LEADER = -1;

export class Leaders {
  readonly #cluster: KafkaCluster;
  readonly #byTopic = new Map<string, readonly number[]>();
  #turn: Promise<unknown> = Promise.resolve();

  constructor(cluster: KafkaCluster) {
    this.#cluster = cluster;
  }

  /** The leader's node id; `undefined` while it is unknown or being elected. */
  of(at: TopicPartition): number | undefined {
    const leader = this.#byTopic.get(at.topic)?.[at.partition];
    return leader === undefined || leader === NO_LEADER ? undefined : leader;
  }

  knows(topic: string): boolean {
    return this.#byTopic.has(topic);
  }

  /** Number of partitions as last learnt; 0 if unknown. */
  partitions(topic: string): number {
    return this.#byTopic.get(topic)?.length ?? 0;
  }

  /** Asks anew. Rejects with `UNKNOWN_TOPIC`, `NOT_AUTHORISED`, `UNREACHABLE`, `TIMEOUT`, `BROKER`. */
  async refresh(topic: string): Promise<void> {
    // One at a time: the pool's metadata is overwritten by each answer.
    const turn = this.#turn.then(() => this.#ask(topic));
    this.#turn = turn.catch(() => undefined);
    await turn;
  }

  async #ask(topic: string): Promise<void> {
    const pool = this.#cluster.brokerPool;
    try {
      await pool.refreshMetadata([topic]);
    } catch (error) {
      throw toBusError(error, `metadata of topic ${topic}`);
    }
    const found = pool.metadata?.topicMetadata.find((t) => t.topic === topic);
    if (found === undefined)
      throw new BusError('UNKNOWN_TOPIC', `metadata of topic ${topic}: not in the answer`, true);
    const leaders: number[] = [];
    for (const { partitionId, leader } of found.partitionMetadata) leaders[partitionId] = leader;
    this.#byTopic.set(topic, leaders);
  }

  /** A connected broker, or a rejection with `UNREACHABLE` / `NOT_AUTHORISED`. */
  async broker(nodeId: number): Promise<KafkaBroker> {
    try {
      return await this.#cluster.brokerPool.findBroker({ nodeId: String(nodeId) });
    } catch (error) {
      throw toBusError(error, `connecting to broker ${nodeId}`);
    }
  }

  /**
   * The broker that leads the partition, asking for metadata if need be.
   * Rejects with `UNKNOWN_TOPIC` if there is no such topic or partition.
   */
  async brokerOf(at: TopicPartition): Promise<KafkaBroker> {
    if (this.of(at) === undefined) await this.refresh(at.topic);
    const leader = this.of(at);
    if (leader === undefined) {
      const count = this.partitions(at.topic);
      throw at.partition < count
        ? new BusError('UNREACHABLE', `${at.topic}-${at.partition} has no leader at present`, true)
        : new BusError(
            'UNKNOWN_TOPIC',
            `${at.topic} has ${count} partitions, asked for partition ${at.partition}`,
            false,
          );
    }
    return this.broker(leader);
  }
}
