/**
 * Follows partitions by direct Fetch, without a group. Per node there are two lanes: the long poll over everything, and a
 * quick one for what was followed or resumed after the long poll left, so that neither waits out the other.
 */
import type { Batch, Reader, ReaderHandlers, TopicPartition } from '../port.js';
import { BusError, keyOf } from '../port.js';
import { createBackoff, pause, type Backoff } from './backoff.js';
import { brokerError, ErrorCode, toBusError } from './broker-errors.js';
import type { KafkaBusOptions } from './connection.js';
import { createCluster, cutAndFail, cutConnections } from './connection.js';
import { fetchFrom, type FetchedPartition } from './fetch.js';
import { Followed } from './followed.js';
import type { KafkaCluster } from './kafkajs-protocol.js';
import { Leaders } from './leaders.js';

const LONG_POLL_MS = 250;
/** So many records in one answer are a stream. */
const STREAM_RECORDS = 32;
const GATHER_MS = 3;
const QUICK_POLL_MS = 50;
const MAX_BYTES = 16 * 1024 * 1024;
const MAX_BYTES_PER_PARTITION = 1024 * 1024;
/** A topic that was just made may be unknown to some brokers for a moment. */
const MISSING_AT_MOST = 12;
const IDLE_MS = 1_000;

type Lane = 'long' | 'quick';

class KafkaReader implements Reader {
  readonly #cluster: KafkaCluster;
  readonly #leaders: Leaders;
  readonly #handlers: ReaderHandlers;
  readonly #followed = new Map<string, Followed>();
  readonly #nodes = new Map<number, Record<Lane, boolean>>();
  readonly #backoffs = new Map<number | string, Backoff>();
  #delivered = 0;
  readonly #learning = new Set<string>();
  readonly #closing = new AbortController();
  #timer: NodeJS.Timeout | undefined;

  constructor(cluster: KafkaCluster, handlers: ReaderHandlers) {
    this.#cluster = cluster;
    this.#leaders = new Leaders(cluster);
    this.#handlers = handlers;
  }

  follow(at: TopicPartition, position: number): void {
    if (this.#closing.signal.aborted) return;
    this.#followed.set(keyOf(at), new Followed(at.topic, at.partition, position));
    this.#wake();
  }

  unfollow(at: TopicPartition): void {
    this.#followed.delete(keyOf(at));
  }

  pause(at: TopicPartition): void {
    const one = this.#followed.get(keyOf(at));
    if (one !== undefined) one.paused = true;
  }

  resume(at: TopicPartition): void {
    const one = this.#followed.get(keyOf(at));
    if (one?.paused !== true) return;
    one.paused = false;
    one.fresh = true;
    this.#wake();
  }

  /** Once per turn: follows and resumes that come together leave in one request. */
  #wake(afterMs = 0): void {
    if (this.#closing.signal.aborted) return;
    if (afterMs > 0) {
      this.#timer ??= setTimeout(() => {
        this.#timer = undefined;
        this.#start();
      }, afterMs).unref();
      return;
    }
    setImmediate(() => this.#start());
  }

  #start(): void {
    if (this.#closing.signal.aborted) return;
    const now = Date.now();
    let later = IDLE_MS;
    for (const one of this.#followed.values()) {
      this.#deliverHeld(one);
      if (!one.free) continue;
      if (one.notBefore > now) {
        later = Math.min(later, one.notBefore - now);
        continue;
      }
      const node = this.#leaders.of(one);
      if (node === undefined) void this.#learn(one.topic);
      else this.#startNode(node);
    }
    this.#wake(later);
  }

  #deliverHeld(one: Followed): void {
    const { held } = one;
    if (held === undefined || one.paused) return;
    one.held = undefined;
    this.#handlers.onBatch(held);
  }

  #startNode(node: number): void {
    let lanes = this.#nodes.get(node);
    if (lanes === undefined) this.#nodes.set(node, (lanes = { long: false, quick: false }));
    if (!lanes.long) this.#runLane(node, lanes, 'long');
    else if (!lanes.quick) this.#runLane(node, lanes, 'quick');
  }

  #runLane(node: number, lanes: Record<Lane, boolean>, lane: Lane): void {
    lanes[lane] = true;
    void this.#lane(node, lane).finally(() => {
      lanes[lane] = false;
    });
  }

  /** Polls until there is nothing for this lane to ask for. */
  async #lane(node: number, lane: Lane): Promise<void> {
    while (!this.#closing.signal.aborted) {
      const asked = this.#askable(node, lane);
      if (asked.length === 0) return;
      for (const one of asked) one.inFlight = true;
      const before = this.#delivered;
      const failed = await this.#poll(node, lane, asked);
      for (const one of asked) one.inFlight = false;
      // A stream: a moment's wait makes the next answer larger, and there are fewer of them.
      if (!failed && this.#delivered - before >= STREAM_RECORDS) await pause(GATHER_MS, this.#closing.signal);
      if (!failed) continue;
      await pause(this.#backoff(node).next(), this.#closing.signal);
      for (const topic of new Set(asked.map((one) => one.topic))) await this.#learn(topic);
    }
  }

  #askable(node: number, lane: Lane): Followed[] {
    const now = Date.now();
    const asked: Followed[] = [];
    for (const one of this.#followed.values()) {
      this.#deliverHeld(one);
      if (
        one.free &&
        one.notBefore <= now &&
        (lane === 'long' || one.fresh) &&
        this.#leaders.of(one) === node
      )
        asked.push(one);
    }
    return asked;
  }

  #backoff(lane: number | string): Backoff {
    let backoff = this.#backoffs.get(lane);
    if (backoff === undefined) this.#backoffs.set(lane, (backoff = createBackoff()));
    return backoff;
  }

  /** True if the node did not answer. */
  async #poll(node: number, lane: Lane, asked: readonly Followed[]): Promise<boolean> {
    // Copied: a partition may be followed anew, from elsewhere, before the answer comes.
    const targets = asked.map((one) => ({
      topic: one.topic,
      partition: one.partition,
      position: one.position,
    }));
    const maxWaitMs = asked.some((one) => one.unheard) ? 0 : lane === 'long' ? LONG_POLL_MS : QUICK_POLL_MS;
    let answers: readonly FetchedPartition[];
    try {
      const broker = await this.#leaders.broker(node);
      const connection = lane === 'long' ? 1 : 0;
      answers = await fetchFrom(broker, targets, {
        maxWaitMs,
        maxBytes: MAX_BYTES,
        maxBytesPerPartition: MAX_BYTES_PER_PARTITION,
        connection,
      }).catch(cutAndFail(this.#cluster, broker));
    } catch (caught) {
      const error = toBusError(caught, `fetching from broker ${node}`);
      for (const one of asked) one.lastError = error;
      return !this.#closing.signal.aborted;
    }
    this.#backoff(node).reset();
    for (const answer of answers) {
      const one = this.#followed.get(keyOf(answer));
      if (one !== undefined && asked.includes(one)) this.#take(one, answer);
    }
    return false;
  }

  #take(one: Followed, answer: FetchedPartition): void {
    if (answer.errorCode !== ErrorCode.NONE) {
      this.#takeError(one, answer);
      return;
    }
    one.missing = 0;
    one.lastError = undefined;
    this.#backoff(keyOf(one)).reset();
    let decoded;
    try {
      decoded = answer.decode(one.position);
    } catch (caught) {
      this.#giveUp(one, toBusError(caught, `reading ${one.topic}-${one.partition}`));
      return;
    }
    const moved = decoded.position > one.position;
    one.fresh = one.fresh && moved;
    if (!moved && !one.unheard) return;
    one.position = decoded.position;
    one.unheard = false;
    this.#delivered += decoded.records.length;
    const batch: Batch = {
      topic: one.topic,
      partition: one.partition,
      ...decoded,
      end: Math.max(answer.end, decoded.position),
    };
    if (one.paused) one.held = batch;
    else this.#handlers.onBatch(batch);
  }

  #takeError(one: Followed, answer: FetchedPartition): void {
    const where = `reading ${one.topic}-${one.partition} from position ${one.position}`;
    const error = brokerError(answer.errorCode, where);
    if (answer.errorCode === ErrorCode.OFFSET_OUT_OF_RANGE) {
      this.#giveUp(
        one,
        new BusError(
          'OFFSET_OUT_OF_RANGE',
          `${where}: the broker holds no such position; the log has been cut, or this is not the log the position is from`,
          false,
        ),
      );
    } else if (answer.errorCode === ErrorCode.TOPIC_AUTHORIZATION_FAILED) {
      this.#giveUp(one, error);
    } else {
      // Leader elections, storage trouble and everything unknown: the position is kept and asked for again, for ever.
      one.lastError = error;
      one.notBefore = Date.now() + this.#backoff(keyOf(one)).next();
      void this.#learn(one.topic);
    }
  }

  #giveUp(one: Followed, error: BusError): void {
    this.#followed.delete(keyOf(one));
    this.#handlers.onError(error, { topic: one.topic, partition: one.partition });
  }

  /** Learns a topic's leaders. A topic that stays missing, or is not ours to read, ends its partitions. */
  async #learn(topic: string): Promise<void> {
    if (this.#learning.has(topic)) return;
    this.#learning.add(topic);
    try {
      await this.#leaders.refresh(topic);
      this.#backoff(topic).reset();
      this.#endBeyond(topic);
      this.#wake();
    } catch (caught) {
      const error = toBusError(caught, `reading ${topic}`);
      // Asked over any connection, and over one that has fallen silent again and again: all are cut.
      if (error.code === 'TIMEOUT') await cutConnections(this.#cluster);
      for (const one of [...this.#followed.values()]) {
        if (one.topic !== topic) continue;
        one.lastError = error;
        if (error.code === 'UNKNOWN_TOPIC') one.missing++;
        if (error.code === 'NOT_AUTHORISED' || one.missing > MISSING_AT_MOST) this.#giveUp(one, error);
      }
      await pause(this.#backoff(topic).next(), this.#closing.signal);
    } finally {
      this.#learning.delete(topic);
    }
    this.#wake();
  }

  #endBeyond(topic: string): void {
    const count = this.#leaders.partitions(topic);
    for (const one of [...this.#followed.values()]) {
      if (one.topic !== topic || one.partition < count) continue;
      this.#giveUp(
        one,
        new BusError(
          'UNKNOWN_TOPIC',
          `${topic} has ${count} partitions, asked for partition ${one.partition}`,
          false,
        ),
      );
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    clearTimeout(this.#timer);
    this.#followed.clear();
    await cutConnections(this.#cluster);
  }
}

/** Connects at the first `follow`, so that a reader can be opened while no broker is up. */
export const openKafkaReader = (options: KafkaBusOptions, handlers: ReaderHandlers): Promise<Reader> =>
  Promise.resolve(new KafkaReader(createCluster(options), handlers));
