/**
 * The queueing publisher: while one request to a node is in flight everything for it queues and leaves as the next
 * request. That is the whole of the batching: no linger, no timer, and the more is sent the larger the batches.
 */
import type { OutgoingRecord, Publisher, PublisherOptions } from '../port.js';
import { BusError, keyOf } from '../port.js';
import { createBackoff, pause, type Backoff } from './backoff.js';
import { brokerError, ErrorCode, toBusError } from './broker-errors.js';
import type { KafkaBusOptions } from './connection.js';
import { createCluster, cutConnections } from './connection.js';
import type { KafkaCluster } from './kafkajs-protocol.js';
import { Leaders } from './leaders.js';
import { sizeOf } from '../record-size.js';
import { produceTo, type ProducedPart } from './produce.js';
import { QUEUE_LIMITS, queueIsFull } from '../queue-limits.js';
import { PartitionQueue, type Waiting } from './publish-queue.js';

const SWEEP_MS = 250;
const MAX_REQUEST_BYTES = 512 * 1024;

class KafkaPublisher implements Publisher {
  readonly #cluster: KafkaCluster;
  readonly #leaders: Leaders;
  readonly #queues = new Map<string, PartitionQueue>();
  /** Lanes at work: a node with a request in flight, or a topic whose leaders are being learnt. */
  readonly #busy = new Set<number | string>();
  readonly #backoffs = new Map<number | string, Backoff>();
  readonly #closing = new AbortController();
  readonly #limits: Required<PublisherOptions>;
  readonly #requestTimeoutMs: number;
  readonly #sweeper: NodeJS.Timeout;
  #idle: (() => void)[] = [];
  #queued = 0;
  #queuedBytes = 0;
  #scheduled = false;
  #accepting = true;

  constructor(cluster: KafkaCluster, limits: Required<PublisherOptions>, requestTimeoutMs: number) {
    this.#cluster = cluster;
    this.#leaders = new Leaders(cluster);
    this.#limits = limits;
    this.#requestTimeoutMs = requestTimeoutMs;
    this.#sweeper = setInterval(() => this.#sweep(), SWEEP_MS).unref();
  }

  get queued(): number {
    return this.#queued;
  }

  publish(topic: string, partition: number, record: OutgoingRecord): Promise<{ readonly offset: number }> {
    const where = `publish to ${topic}-${partition}`;
    if (!this.#accepting)
      return Promise.reject(new BusError('CLOSED', `${where}: the publisher is closed`, false));
    const full = queueIsFull(this.#queued, this.#queuedBytes, this.#limits);
    if (full !== undefined) return Promise.reject(new BusError('QUEUE_FULL', `${where}: ${full}`, true));
    const bytes = sizeOf(record);
    return new Promise((resolve, reject) => {
      const key = keyOf({ topic, partition });
      let queue = this.#queues.get(key);
      if (queue === undefined) this.#queues.set(key, (queue = new PartitionQueue(topic, partition)));
      queue.push({
        record,
        bytes,
        deadline: Date.now() + this.#limits.deliveryTimeoutMs,
        resolve,
        reject,
      });
      this.#queued++;
      this.#queuedBytes += bytes;
      this.#schedule();
    });
  }

  /** All that is published in one turn of the event loop leaves together. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#pump();
    });
  }

  #pump(): void {
    const lanes = new Map<number | string, PartitionQueue[]>();
    for (const queue of this.#queues.values()) {
      if (queue.length === 0 || queue.inFlight) continue;
      const node = this.#leaders.of(queue) ?? queue.topic;
      if (this.#busy.has(node)) continue;
      const lane = lanes.get(node);
      if (lane === undefined) lanes.set(node, [queue]);
      else lane.push(queue);
    }
    for (const [node, queues] of lanes) {
      this.#busy.add(node);
      void this.#run(node, queues).finally(() => {
        this.#busy.delete(node);
        this.#schedule();
      });
    }
  }

  async #run(node: number | string, queues: readonly PartitionQueue[]): Promise<void> {
    const failed =
      typeof node === 'string' ? await this.#findLeaders(queues) : await this.#send(node, queues);
    let backoff = this.#backoffs.get(node);
    if (backoff === undefined) this.#backoffs.set(node, (backoff = createBackoff()));
    if (!failed) {
      backoff.reset();
      return;
    }
    await pause(backoff.next(), this.#closing.signal);
    // The leaders may have moved: the queues of a lost node must not wait for it.
    if (typeof node === 'number') await this.#findLeaders(queues);
  }

  /** True if any topic's leaders could not be learnt. */
  async #findLeaders(queues: readonly PartitionQueue[]): Promise<boolean> {
    let failed = false;
    for (const topic of new Set(queues.map((queue) => queue.topic))) {
      try {
        await this.#leaders.refresh(topic);
        const count = this.#leaders.partitions(topic);
        for (const queue of queues) {
          if (queue.topic !== topic || queue.partition < count) continue;
          this.#reject(
            queue,
            queue.takeAll(),
            new BusError(
              'UNKNOWN_TOPIC',
              `${topic} has ${count} partitions, asked for partition ${queue.partition}`,
              false,
            ),
          );
        }
      } catch (caught) {
        const error = toBusError(caught, `publish to ${topic}`);
        for (const queue of queues) {
          if (queue.topic !== topic) continue;
          queue.lastError = error;
          if (!error.retriable) this.#reject(queue, queue.takeAll(), error);
        }
        failed = true;
      }
    }
    return failed || queues.some((queue) => queue.length > 0 && this.#leaders.of(queue) === undefined);
  }

  /** True if anything has to be sent again. */
  async #send(node: number, queues: readonly PartitionQueue[]): Promise<boolean> {
    const taken: PartitionQueue[] = [];
    let room = MAX_REQUEST_BYTES;
    for (const queue of rotated(queues)) {
      room -= queue.take(room);
      if (queue.inFlight) taken.push(queue);
      if (room <= 0) break;
    }
    let answers: readonly ProducedPart[];
    try {
      const broker = await this.#leaders.broker(node);
      const parts = taken.map((queue) => ({
        topic: queue.topic,
        partition: queue.partition,
        records: queue.flying.map((one) => one.record),
      }));
      answers = await produceTo(broker, parts, this.#requestTimeoutMs).catch(async (error: unknown) => {
        await cutConnections(this.#cluster, broker);
        throw error;
      });
    } catch (caught) {
      for (const queue of taken)
        queue.putBack(toBusError(caught, `publish to ${queue.topic}-${queue.partition}`));
      return true;
    }
    let again = false;
    for (const queue of taken) {
      const answer = answers.find((part) => part.partition === queue.partition && part.topic === queue.topic);
      if (!this.#settle(queue, answer)) again = true;
    }
    return again;
  }

  /** False if the records have to be sent again. */
  #settle(queue: PartitionQueue, answer: ProducedPart | undefined): boolean {
    const where = `publish to ${queue.topic}-${queue.partition}`;
    if (answer?.errorCode === ErrorCode.NONE) {
      const done = queue.landed();
      this.#done(done);
      done.forEach((one, index) => one.resolve({ offset: answer.baseOffset + index }));
      return true;
    }
    const error =
      answer === undefined
        ? new BusError('BROKER', `${where}: the answer names no such partition`, true)
        : brokerError(answer.errorCode, where);
    if (error.code === 'TOO_LARGE' && queue.flying.length > 1) {
      queue.halve(error);
      return false;
    }
    if (error.retriable) {
      queue.putBack(error);
      return false;
    }
    this.#reject(queue, queue.landed(), error);
    return true;
  }

  #reject(queue: PartitionQueue, items: readonly Waiting[], error: BusError): void {
    queue.lastError = undefined;
    this.#done(items);
    for (const one of items) one.reject(error);
  }

  #done(items: readonly Waiting[]): void {
    this.#queued -= items.length;
    for (const { bytes } of items) this.#queuedBytes -= bytes;
    if (this.#queued > 0) return;
    const idle = this.#idle;
    this.#idle = [];
    for (const resolve of idle) resolve();
  }

  #sweep(): void {
    const now = Date.now();
    for (const [key, queue] of this.#queues) {
      const late = queue.takeExpired(now);
      const { lastError } = queue;
      if (late.length > 0) {
        const why = lastError === undefined ? 'no answer yet' : lastError.message;
        const error = new BusError(
          'DELIVERY_TIMEOUT',
          `publish to ${queue.topic}-${queue.partition}: not acknowledged within ${this.#limits.deliveryTimeoutMs} ms; ${why}`,
          true,
          { cause: lastError },
        );
        this.#reject(queue, late, error);
      }
      if (queue.length === 0 && !queue.inFlight) this.#queues.delete(key);
    }
  }

  flush(): Promise<void> {
    if (this.#queued === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  async close(): Promise<void> {
    this.#accepting = false;
    await this.flush();
    clearInterval(this.#sweeper);
    this.#closing.abort();
    await cutConnections(this.#cluster);
  }
}

/** Another partition first each time, so that a full request never starves the last ones. */
const rotated = (queues: readonly PartitionQueue[]): readonly PartitionQueue[] => {
  const first = Math.floor(Math.random() * queues.length);
  return first === 0 ? queues : [...queues.slice(first), ...queues.slice(0, first)];
};

/** Rejects with `UNREACHABLE` / `NOT_AUTHORISED` when no broker answers. */
export const openKafkaPublisher = async (
  options: KafkaBusOptions,
  limits: PublisherOptions = {},
): Promise<Publisher> => {
  const full = { ...QUEUE_LIMITS, deliveryTimeoutMs: 30_000, ...limits };
  const timeoutMs = Math.min(options.requestTimeoutMs ?? 10_000, full.deliveryTimeoutMs);
  const cluster = createCluster(options, timeoutMs + 1_000);
  try {
    await cluster.connect();
  } catch (error) {
    await cutConnections(cluster);
    throw toBusError(error, 'opening a publisher');
  }
  return new KafkaPublisher(cluster, full, timeoutMs);
};
