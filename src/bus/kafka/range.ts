/** Reads a piece of one partition, fast: the next fetch is under way while the caller works on the last. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Batch, TopicPartition } from '../port.js';
import { BusError } from '../port.js';
import { createBackoff, pause } from './backoff.js';
import { brokerError, ErrorCode, toBusError } from './broker-errors.js';
import type { KafkaBusOptions } from './connection.js';
import { createCluster, cutAndFail, cutConnections } from './connection.js';
import { fetchFrom, type FetchedPartition } from './fetch.js';
import type { KafkaBroker, KafkaCluster } from './kafkajs-protocol.js';
import { Leaders } from './leaders.js';
import { listOffsets } from './offsets.js';

/** More at once would only outlive the young generation: what a batch holds is garbage when the next is worked on. */
const MAX_BYTES = 768 * 1024;
const POLL_MS = 100;
const KEEP_IDLE = 4;
/** How long a position beyond the end may be waited for: an acknowledged record is readable a moment later. */
const BEYOND_END_MS = 5_000;
const TRY_FOR_MS = 30_000;
/** A topic that was just made may be unknown to some brokers for a moment. */
const TRY_MISSING_FOR_MS = 3_000;

export interface RangeConnection {
  readonly cluster: KafkaCluster;
  readonly leaders: Leaders;
}

/** Connections for short reads; a few are kept for the next. */
export class RangeReader {
  readonly #options: KafkaBusOptions;
  readonly #idle: RangeConnection[] = [];
  readonly #all = new Set<RangeConnection>();
  #closed = false;

  constructor(options: KafkaBusOptions) {
    this.#options = options;
  }

  #lease(): RangeConnection {
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle;
    const cluster = createCluster(this.#options);
    const made = { cluster, leaders: new Leaders(cluster) };
    this.#all.add(made);
    return made;
  }

  async #giveBack(used: RangeConnection, sound: boolean): Promise<void> {
    if (sound && !this.#closed && this.#idle.length < KEEP_IDLE) {
      this.#idle.push(used);
      return;
    }
    this.#all.delete(used);
    await cutConnections(used.cluster);
  }

  /** @see Bus.readRange. Rejects with `OFFSET_OUT_OF_RANGE`, `UNKNOWN_TOPIC`, `UNSUPPORTED_CODEC`, `UNREACHABLE`, … */
  async *read(at: TopicPartition, from: number, to?: number): AsyncIterable<Batch> {
    if (this.#closed) throw new BusError('CLOSED', 'the bus is closed', false);
    const used = this.#lease();
    let sound = false;
    let ahead: Promise<FetchedPartition> | undefined;
    try {
      const until = to ?? (await this.#endOf(used, at));
      let position = from;
      let beyondSince = 0;
      if (to === undefined && from > until) throw outOfRange(at, from, until);
      while (position < until) {
        const answer = await (ahead ?? this.#fetch(used, at, position));
        ahead = undefined;
        const decoded = answer.decode(position);
        const { position: reached } = decoded;
        if (reached === position) {
          beyondSince ||= Date.now();
          if (Date.now() - beyondSince > BEYOND_END_MS) throw outOfRange(at, until, answer.end);
          continue;
        }
        beyondSince = 0;
        if (reached < until) {
          ahead = this.#fetch(used, at, reached);
          ahead.catch(() => undefined);
          // The request leaves in a turn of its own: the caller's work on these records may take the whole of this one.
          await nextTurn();
        }
        const records =
          reached > until ? decoded.records.filter((record) => record.offset < until) : decoded.records;
        position = Math.min(reached, until);
        yield {
          topic: at.topic,
          partition: at.partition,
          records,
          position,
          end: Math.max(answer.end, position),
        };
      }
      sound = true;
    } finally {
      // A caller that leaves early leaves a fetch behind: its connection is not for the next one.
      await this.#giveBack(used, sound && ahead === undefined);
    }
  }

  async #endOf(used: RangeConnection, at: TopicPartition): Promise<number> {
    return retrying(`the end of ${at.topic}-${at.partition}`, async () => {
      const broker = await this.#brokerOf(used, at);
      const [end] = await listOffsets(broker, at.topic, [at.partition], 'end').catch(
        cutAndFail(used.cluster, broker),
      );
      return end?.offset ?? 0;
    });
  }

  /** Metadata may be asked for over any connection, and over one that has fallen silent again and again: all are cut. */
  #brokerOf({ cluster, leaders }: RangeConnection, at: TopicPartition): Promise<KafkaBroker> {
    return leaders.brokerOf(at).catch(cutAndFail(cluster));
  }

  #fetch(used: RangeConnection, at: TopicPartition, position: number): Promise<FetchedPartition> {
    const where = `reading ${at.topic}-${at.partition} from position ${position}`;
    return retrying(where, async () => {
      const broker = await this.#brokerOf(used, at);
      const options = { maxWaitMs: POLL_MS, maxBytes: MAX_BYTES, maxBytesPerPartition: MAX_BYTES };
      const [answer] = await fetchFrom(broker, [{ ...at, position }], options).catch(
        async (error: unknown) => {
          await cutConnections(used.cluster, broker);
          await used.leaders.refresh(at.topic).catch(() => undefined);
          throw error;
        },
      );
      if (answer === undefined) throw new BusError('BROKER', `${where}: the answer names no partition`, true);
      if (answer.errorCode === ErrorCode.NONE) return answer;
      if (answer.errorCode === ErrorCode.OFFSET_OUT_OF_RANGE) throw outOfRange(at, position, undefined);
      await used.leaders.refresh(at.topic).catch(() => undefined);
      const error = brokerError(answer.errorCode, where);
      throw new BusError(error.code, error.message, error.code === 'BROKER' || error.retriable);
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#all].map((one) => cutConnections(one.cluster)));
    this.#all.clear();
    this.#idle.length = 0;
  }
}

const outOfRange = (at: TopicPartition, position: number, end: number | undefined): BusError =>
  new BusError(
    'OFFSET_OUT_OF_RANGE',
    `${at.topic}-${at.partition} holds no position ${position}${end === undefined ? '' : `, its end is ${end}`}; ` +
      'the log has been cut, or this is not the log the position is from',
    false,
  );

/** Repeats what may pass, for a bounded time. */
const retrying = async <T>(where: string, attempt: () => Promise<T>): Promise<T> => {
  const backoff = createBackoff();
  const since = Date.now();
  for (;;) {
    try {
      return await attempt();
    } catch (caught) {
      const error = toBusError(caught, where);
      const bound = error.code === 'UNKNOWN_TOPIC' ? TRY_MISSING_FOR_MS : TRY_FOR_MS;
      if (!error.retriable || Date.now() - since > bound) throw error;
      await pause(backoff.next());
    }
  }
};
