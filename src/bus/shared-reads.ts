/**
 * One fetch for all readers of a process. Most components follow the same logs at the same positions: without this the
 * tasks log would be fetched six times over. A reader that is behind, or that has paused, goes its own way on a reader of
 * its own until it has caught up, so that nobody waits for anybody.
 */
import {
  keyOf,
  type Batch,
  type Bus,
  type BusError,
  type Reader,
  type ReaderHandlers,
  type TopicPartition,
} from './port.js';

/** What one reader follows. */
interface Subscription {
  readonly at: TopicPartition;
  readonly handlers: ReaderHandlers;
  position: number;
  mode: 'shared' | 'alone' | 'paused' | 'gone';
}

/** A partition that the common reader follows. */
interface Lane {
  readonly at: TopicPartition;
  position: number;
  /** -1: not fetched yet. */
  end: number;
  readonly members: Set<Subscription>;
}

/** The common reader and its lanes. */
class Hub {
  readonly #lanes = new Map<string, Lane>();
  #reader: Promise<Reader> | undefined;

  constructor(readonly bus: Bus) {}

  #withReader(use: (reader: Reader) => void): void {
    this.#reader ??= this.bus.openReader({
      onBatch: (batch) => this.#onBatch(batch),
      onError: (error, at) => this.#onError(error, at),
    });
    void this.#reader.then(use);
  }

  /** Takes a subscription in if it is where the common reader is, or ahead of it; false: it has to catch up alone. */
  join(subscription: Subscription): boolean {
    const key = keyOf(subscription.at);
    const lane = this.#lanes.get(key);
    if (lane === undefined) {
      const { at, position } = subscription;
      const made: Lane = { at, position, end: -1, members: new Set([subscription]) };
      this.#lanes.set(key, made);
      this.#withReader((reader) => {
        if (this.#lanes.get(key) === made) reader.follow(at, position);
      });
      return true;
    }
    // A position beyond the end, which is not known before the first fetch, is an error that only a reader of its own finds.
    const furthest = Math.max(lane.position, lane.end);
    if (subscription.position < lane.position || subscription.position > furthest) return false;
    lane.members.add(subscription);
    if (lane.end >= 0) queueMicrotask(() => this.#first(subscription, lane));
    return true;
  }

  /** A batch is due once after `follow`, even if there is nothing to read. */
  #first(subscription: Subscription, lane: Lane): void {
    if (!lane.members.has(subscription)) return;
    const { at, position } = subscription;
    subscription.handlers.onBatch({ ...at, records: [], position, end: lane.end });
  }

  leave(subscription: Subscription): void {
    const key = keyOf(subscription.at);
    const lane = this.#lanes.get(key);
    if (lane === undefined || !lane.members.delete(subscription) || lane.members.size > 0) return;
    this.#lanes.delete(key);
    this.#withReader((reader) => {
      if (!this.#lanes.has(key)) reader.unfollow(lane.at);
    });
  }

  #onBatch(batch: Batch): void {
    const lane = this.#lanes.get(keyOf(batch));
    if (lane === undefined) return;
    lane.position = batch.position;
    lane.end = batch.end;
    for (const member of [...lane.members]) {
      const from = member.position;
      member.position = Math.max(from, batch.position);
      const first = batch.records[0];
      const records =
        first === undefined || first.offset >= from
          ? batch.records
          : batch.records.filter((r) => r.offset >= from);
      member.handlers.onBatch({ ...batch, records, position: member.position });
    }
  }

  #onError(error: BusError, at: TopicPartition): void {
    const lane = this.#lanes.get(keyOf(at));
    this.#lanes.delete(keyOf(at));
    for (const member of lane?.members ?? []) {
      member.mode = 'gone';
      member.handlers.onError(error, at);
    }
  }

  async close(): Promise<void> {
    await (await this.#reader)?.close();
  }
}

class SharedReader implements Reader {
  readonly #subscriptions = new Map<string, Subscription>();
  #own: Promise<Reader> | undefined;

  constructor(
    private readonly hub: Hub,
    private readonly handlers: ReaderHandlers,
  ) {}

  follow(at: TopicPartition, position: number): void {
    this.unfollow(at);
    const { topic, partition } = at;
    const subscription: Subscription = {
      at: { topic, partition },
      handlers: this.handlers,
      position,
      mode: 'paused',
    };
    this.#subscriptions.set(keyOf(at), subscription);
    this.#enter(subscription);
  }

  #enter(subscription: Subscription): void {
    if (this.hub.join(subscription)) {
      subscription.mode = 'shared';
      return;
    }
    subscription.mode = 'alone';
    this.#withOwn((reader) => {
      if (subscription.mode === 'alone') reader.follow(subscription.at, subscription.position);
    });
  }

  #withOwn(use: (reader: Reader) => void): void {
    this.#own ??= this.hub.bus.openReader({
      onBatch: (batch) => this.#onOwnBatch(batch),
      onError: (error, at) => this.#onOwnError(error, at),
    });
    void this.#own.then(use);
  }

  #onOwnBatch(batch: Batch): void {
    const subscription = this.#subscriptions.get(keyOf(batch));
    if (subscription?.mode !== 'alone') return;
    subscription.position = batch.position;
    this.handlers.onBatch(batch);
    // The handler may have paused or unfollowed it.
    if ((subscription.mode as Subscription['mode']) !== 'alone' || !this.hub.join(subscription)) return;
    subscription.mode = 'shared';
    this.#withOwn((reader) => {
      if (subscription.mode !== 'alone') reader.unfollow(subscription.at);
    });
  }

  #onOwnError(error: BusError, at: TopicPartition): void {
    const subscription = this.#subscriptions.get(keyOf(at));
    if (subscription?.mode !== 'alone') return;
    subscription.mode = 'gone';
    this.handlers.onError(error, at);
  }

  pause(at: TopicPartition): void {
    const subscription = this.#subscriptions.get(keyOf(at));
    if (subscription === undefined || subscription.mode === 'gone' || subscription.mode === 'paused') return;
    this.#exit(subscription);
    subscription.mode = 'paused';
  }

  resume(at: TopicPartition): void {
    const subscription = this.#subscriptions.get(keyOf(at));
    if (subscription?.mode === 'paused') this.#enter(subscription);
  }

  unfollow(at: TopicPartition): void {
    const subscription = this.#subscriptions.get(keyOf(at));
    if (subscription === undefined) return;
    this.#subscriptions.delete(keyOf(at));
    this.#exit(subscription);
    subscription.mode = 'gone';
  }

  #exit(subscription: Subscription): void {
    if (subscription.mode === 'shared') this.hub.leave(subscription);
    if (subscription.mode === 'alone') {
      this.#withOwn((reader) => {
        if (subscription.mode !== 'alone') reader.unfollow(subscription.at);
      });
    }
  }

  async close(): Promise<void> {
    for (const { at } of [...this.#subscriptions.values()]) this.unfollow(at);
    await (await this.#own)?.close();
  }
}

/** The same bus, with its readers sharing fetches. */
export const withSharedReads = (bus: Bus): Bus => {
  const hub = new Hub(bus);
  return {
    kind: bus.kind,
    admin: bus.admin,
    openAppender: (at) => bus.openAppender(at),
    openPublisher: (options) => bus.openPublisher(options),
    openReader: (handlers) => Promise.resolve(new SharedReader(hub, handlers)),
    readRange: (at, from, to) => bus.readRange(at, from, to),
    joinGroup: (options) => bus.joinGroup(options),
    close: async () => {
      await hub.close();
      await bus.close();
    },
  };
};
