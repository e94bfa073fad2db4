import type { Bus, Group, LogRecord, TopicPartition } from '../bus/port.js';
import type { AskKind, AskRef, AskRepeated, LogMeta } from '../events/generated/events.js';
import { NOTHING_ACCEPTED } from './acceptance.js';
import { micros, type Clock } from './clock.js';
import type { LogCodec } from './codec.js';
import type { LoggedEvent } from './domain.js';
import { openFeeds, type Feeds } from './feed.js';
import { decodeAcceptance, encodeAcceptance, LogFollower, type Cursor, type Followed } from './follow.js';
import { Wake } from './wake.js';

/** Work that a component has been asked for and that is still wanted. */
export interface Ask {
  readonly ref: AskRef;
  readonly partition: number;
  readonly taskId: string;
  readonly event: LoggedEvent;
  /** Position in the log up to which the component has read. */
  readonly readUpTo: number;
}

export interface AskerOptions {
  readonly bus: Bus;
  readonly codec: LogCodec;
  readonly clock: Clock;
  readonly groupId: string;
  readonly topic: string;
  /** Event types that ask this component. */
  readonly asks: readonly string[];
  /** The kinds of these asks, as AskRepeated names them. */
  readonly kinds: readonly AskKind[];
  /** Event types that leave a pending ask as it is; every other event of the task ends it (law 6). */
  readonly neutral: readonly string[];
  /** Handled at once at most. */
  readonly concurrency: number;
  /** Bodies kept for asks that wait; beyond it they are read again. */
  readonly maxBodies?: number;
  readonly sessionTimeoutMs?: number;
  /** Answers the ask, that is: publishes a fact. A rejection leaves it to the re-ask. */
  handle(ask: Ask): Promise<void>;
  /** Sees every accepted event of the partitions followed, in order, those before the start included. */
  observe?(event: LoggedEvent, partition: number): void;
  onUnfollowed?(partition: number): void;
  onRejected(at: TopicPartition, reason: string): void;
  onError(error: unknown, at: TopicPartition): void;
}

/** An asynchronous component's view of the asks to it. */
export interface Asker {
  ready(): boolean;
  readonly assigned: boolean;
  readonly pending: number;
  readonly lastHeartbeatAt: number;
  /** Stops taking asks, waits for those under way, commits, leaves. */
  stop(): Promise<void>;
}

interface Pending {
  readonly ref: AskRef;
  readonly taskId: string;
  /** Where reading must begin again so that this ask is seen. */
  readonly before: Cursor;
  event: LoggedEvent | undefined;
  dueAt: number | null;
  status: 'waiting' | 'running' | 'done';
}

const COMMIT_EVERY_MS = 200;

/**
 * Follows the partitions it is given, keeps the asks that are still wanted, hands them out with bounded concurrency, and
 * commits the low-water mark of the unfinished ones with its (claim, seq) (law 6). It reads to the end before it acts,
 * and never starts on an ask that is overdue or no longer pending: so a replay or a new group id has no side effects.
 */
export const startAsker = async (options: AskerOptions): Promise<Asker> => {
  const feeds = await openFeeds(options.bus);
  const followed = new Map<number, PartitionAsks>();
  const membership: { group?: Group } = {};
  let running = 0;
  let everAssigned = false;

  const pump = (): void => {
    for (const asks of followed.values()) {
      while (running < options.concurrency && asks.startNext(onDone)) running++;
    }
  };
  const onDone = (): void => {
    running--;
    pump();
  };

  const assign = async (partitions: readonly TopicPartition[]): Promise<void> => {
    const mine = new Set(partitions.map((p) => p.partition));
    for (const [partition, asks] of followed) {
      if (mine.has(partition)) continue;
      asks.stop();
      followed.delete(partition);
      options.onUnfollowed?.(partition);
    }
    const committed = await options.bus.admin.committed(options.groupId, options.topic);
    for (const partition of mine) {
      if (followed.has(partition)) continue;
      const found = committed[partition];
      const acceptance = found === undefined ? undefined : decodeAcceptance(found.metadata);
      // A position without its acceptance is none (law 3).
      const begin: Cursor =
        found === undefined || acceptance === undefined
          ? { position: 0, acceptance: NOTHING_ACCEPTED }
          : { position: found.offset, acceptance };
      const asks = new PartitionAsks(options, feeds, { topic: options.topic, partition }, begin, pump);
      followed.set(partition, asks);
      void asks.run();
    }
    everAssigned = true;
  };

  let assigning: Promise<unknown> = Promise.resolve();
  membership.group = await options.bus.joinGroup({
    groupId: options.groupId,
    topics: [options.topic],
    ...(options.sessionTimeoutMs === undefined ? {} : { sessionTimeoutMs: options.sessionTimeoutMs }),
    onAssigned: (partitions) => {
      assigning = assigning
        .then(() => assign(partitions))
        .catch((error: unknown) => options.onError(error, { topic: options.topic, partition: -1 }));
    },
    onRevoked: () => undefined,
    onError: (error) => options.onError(error, { topic: options.topic, partition: -1 }),
  });

  const commit = async (): Promise<void> => {
    const marks = [...followed.values()].map((asks) => asks.lowWater()).filter((mark) => mark !== undefined);
    if (marks.length === 0) return;
    await membership.group?.commit(
      marks.map(({ at, cursor }) => ({
        ...at,
        offset: cursor.position,
        metadata: encodeAcceptance(cursor.acceptance),
      })),
    );
    for (const { asks, cursor } of marks) asks.committed(cursor);
  };

  let stopped = false;
  let cancelCommit = (): void => undefined;
  const scheduleCommit = (): void => {
    if (stopped) return;
    cancelCommit = options.clock.schedule(COMMIT_EVERY_MS, () => {
      // A failed commit costs reading again, nothing else.
      void commit()
        .catch(() => undefined)
        .then(scheduleCommit);
    });
  };
  scheduleCommit();

  return {
    ready: () => everAssigned && [...followed.values()].every((asks) => asks.caughtUp),
    get assigned() {
      return everAssigned;
    },
    get pending() {
      return [...followed.values()].reduce((sum, asks) => sum + asks.size, 0);
    },
    get lastHeartbeatAt() {
      return membership.group?.lastHeartbeatAt ?? 0;
    },
    stop: async () => {
      stopped = true;
      cancelCommit();
      await assigning;
      await Promise.all([...followed.values()].map((asks) => asks.finish()));
      await commit().catch(() => undefined);
      await membership.group?.leave();
      await feeds.close();
    },
  };
};

class PartitionAsks {
  readonly #pending = new Map<number, Pending>();
  readonly #waiting = new Set<Pending>();
  readonly #byTask = new Map<string, number>();
  readonly #running = new Set<Promise<void>>();
  readonly #follower: LogFollower;
  readonly #wake: Wake;
  #stopped = false;
  #committedUpTo: number;
  #bodies = 0;
  caughtUp = false;

  constructor(
    private readonly options: AskerOptions,
    feeds: Feeds,
    private readonly at: TopicPartition,
    begin: Cursor,
    private readonly pump: () => void,
  ) {
    this.#wake = new Wake(options.clock);
    this.#committedUpTo = begin.position;
    const feed = feeds.open(at, begin.position, this.#wake.notify);
    const onRejected = (reason: string): void => options.onRejected(at, reason);
    this.#follower = new LogFollower(feed, begin.acceptance, options.codec, onRejected);
  }

  get size(): number {
    return this.#pending.size;
  }

  async run(): Promise<void> {
    while (!this.#stopped) {
      try {
        const followed = await this.#follower.take(500);
        for (const one of followed) this.#see(one);
        if (!this.caughtUp && this.#follower.caughtUp) this.caughtUp = true;
        this.pump();
        if (followed.length === 0) await this.#wake.wait(this.#follower.feed.queued > 0 ? 0 : undefined);
      } catch (error) {
        this.options.onError(error, this.at);
        await this.#wake.wait(1000);
      }
    }
  }

  #see({ event, before }: Followed): void {
    this.options.observe?.(event, this.at.partition);
    const body = event.body as LoggedEvent['body'] & { taskId: string };
    if (event.type === 'AskRepeated') return this.#repeat(event, body.taskId, before);
    if (this.options.neutral.includes(event.type)) return;
    this.#end(body.taskId);
    if (this.options.asks.includes(event.type)) {
      const ref = { offset: event.offset, eventId: body.meta.eventId };
      this.#begin({ ref, taskId: body.taskId, before, event, dueAt: body.meta.dueAt, status: 'waiting' });
    }
  }

  /** Answers always refer to the first ask; one that was answered is answered again. */
  #repeat(event: LoggedEvent, taskId: string, before: Cursor): void {
    const { ask, kind, meta } = event.body as unknown as AskRepeated & { meta: LogMeta };
    if (!this.options.kinds.includes(kind)) return;
    const known = this.#pending.get(ask.offset);
    if (known !== undefined) {
      known.dueAt = meta.dueAt;
      if (known.status === 'waiting') this.#wait(known);
      if (known.status === 'done') this.#wait(known);
      return;
    }
    this.#begin({ ref: ask, taskId, before, event: undefined, dueAt: meta.dueAt, status: 'waiting' });
  }

  #begin(pending: Pending): void {
    if (pending.event !== undefined) this.#bodies++;
    if (this.#bodies > (this.options.maxBodies ?? 2000) && pending.event !== undefined) {
      pending.event = undefined;
      this.#bodies--;
    }
    this.#wait(pending);
    this.#pending.set(pending.ref.offset, pending);
    this.#byTask.set(pending.taskId, pending.ref.offset);
  }

  #wait(pending: Pending): void {
    pending.status = 'waiting';
    this.#waiting.add(pending);
  }

  #end(taskId: string): void {
    const offset = this.#byTask.get(taskId);
    if (offset === undefined) return;
    const pending = this.#pending.get(offset);
    if (pending?.event !== undefined) this.#bodies--;
    if (pending !== undefined) this.#waiting.delete(pending);
    this.#pending.delete(offset);
    this.#byTask.delete(taskId);
  }

  /** Starts on the oldest ask that waits and is not overdue; false: there is none. */
  startNext(onDone: () => void): boolean {
    if (!this.caughtUp || this.#stopped) return false;
    const now = micros(this.options.clock);
    for (const pending of this.#waiting) {
      this.#waiting.delete(pending);
      // Overdue: only a re-ask, which brings a new time, starts it.
      if (pending.dueAt !== null && pending.dueAt < now) continue;
      pending.status = 'running';
      const work = this.#handle(pending).finally(() => {
        this.#running.delete(work);
        onDone();
      });
      this.#running.add(work);
      return true;
    }
    return false;
  }

  async #handle(pending: Pending): Promise<void> {
    try {
      const event = pending.event ?? (await this.#read(pending.ref.offset));
      if (event !== undefined) {
        const { ref, taskId } = pending;
        const readUpTo = this.#follower.cursor.position;
        await this.options.handle({ ref, taskId, partition: this.at.partition, event, readUpTo });
      }
    } catch (error) {
      this.options.onError(error, this.at);
    }
    pending.status = 'done';
  }

  async #read(offset: number): Promise<LoggedEvent | undefined> {
    for await (const batch of this.options.bus.readRange(this.at, offset, offset + 1)) {
      const record: LogRecord | undefined = batch.records.find((r) => r.offset === offset);
      if (record === undefined) continue;
      const decoded = await this.options.codec.decode(record);
      if (decoded.kind === 'event') {
        return { type: decoded.name, offset, body: decoded.record as LoggedEvent['body'] };
      }
    }
    return undefined;
  }

  lowWater(): { at: TopicPartition; asks: PartitionAsks; cursor: Cursor } | undefined {
    if (!this.caughtUp) return undefined;
    let cursor = this.#follower.cursor;
    for (const { status, before } of this.#pending.values()) {
      if (status !== 'done' && before.position < cursor.position) cursor = before;
    }
    return cursor.position > this.#committedUpTo ? { at: this.at, asks: this, cursor } : undefined;
  }

  committed(cursor: Cursor): void {
    this.#committedUpTo = cursor.position;
  }

  stop(): void {
    this.#stopped = true;
    this.#follower.feed.close();
    this.#wake.notify();
  }

  async finish(): Promise<void> {
    this.stop();
    await Promise.all(this.#running);
  }
}
