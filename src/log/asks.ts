import type { Bus, Group, TopicPartition } from '../bus/port.js';
import type { AskKind, AskRef } from '../events/generated/events.js';
import { NOTHING_ACCEPTED } from './acceptance.js';
import { sleep, type Clock } from './clock.js';
import type { LogCodec } from './codec.js';
import type { LoggedEvent } from './domain.js';
import { openFeeds } from './feed.js';
import { decodeAcceptance, encodeAcceptance, type Cursor } from './follow.js';
import { PartitionAsks } from './partition-asks.js';

/** Work that a component has been asked for and that is still wanted. */
export interface Ask {
  readonly ref: AskRef;
  readonly partition: number;
  readonly taskId: string;
  readonly event: LoggedEvent;
  /** Position in the log up to which the component has read. */
  readonly readUpTo: number;
  /** False: overdue, or the task has gone on since. For work that waits before it begins. */
  isWanted(): boolean;
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
  onError(
    error: unknown,
    at: TopicPartition,
    ask?: { readonly taskId: string; readonly offset: number },
  ): void;
}

/** An asynchronous component's view of the asks to it. */
export interface Asker {
  ready(): boolean;
  readonly assigned: boolean;
  readonly pending: number;
  /** Bodies of asks in memory. */
  readonly bodies: number;
  /** By partition, why it is not followed any more (law 3). */
  halted(): ReadonlyMap<number, string>;
  /** By partition, how far has been read and where the log ends. */
  lag(): ReadonlyMap<number, { readonly position: number; readonly end: number }>;
  readonly lastHeartbeatAt: number;
  /** Stops taking asks, waits for those under way, commits, leaves. */
  stop(): Promise<void>;
}

const COMMIT_EVERY_MS = 200;
const TRY_AGAIN_MS = 500;

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
  const stopping = new AbortController();
  /** The assignment that is followed; undefined: another has come, or the committed marks could not be read yet. */
  let following: readonly TopicPartition[] | undefined;
  let wanted: readonly TopicPartition[] | undefined;

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
  };

  /** Until the assignment is followed, or another has come: a broker that is away for a moment must not leave asks unread. */
  const reconcile = async (partitions: readonly TopicPartition[]): Promise<void> => {
    while (wanted === partitions && !stopping.signal.aborted) {
      try {
        await assign(partitions);
        following = partitions;
        return;
      } catch (error) {
        options.onError(error, { topic: options.topic, partition: -1 });
        await sleep(options.clock, TRY_AGAIN_MS, stopping.signal);
      }
    }
  };

  let assigning: Promise<unknown> = Promise.resolve();
  membership.group = await options.bus
    .joinGroup({
      groupId: options.groupId,
      topics: [options.topic],
      ...(options.sessionTimeoutMs === undefined ? {} : { sessionTimeoutMs: options.sessionTimeoutMs }),
      onAssigned: (partitions) => {
        wanted = partitions;
        assigning = assigning.then(() => reconcile(partitions));
      },
      onError: (error) => options.onError(error, { topic: options.topic, partition: -1 }),
    })
    .catch(async (error: unknown) => {
      await feeds.close();
      throw error;
    });

  const commit = async (): Promise<void> => {
    // What has gone to another member is his to commit.
    if (following !== wanted) return;
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

  let cancelCommit = (): void => undefined;
  const scheduleCommit = (): void => {
    if (stopping.signal.aborted) return;
    cancelCommit = options.clock.schedule(COMMIT_EVERY_MS, () => {
      // A failed commit costs reading again, nothing else.
      void commit()
        .catch(() => undefined)
        .then(scheduleCommit);
    });
  };
  scheduleCommit();

  return {
    ready: () =>
      following !== undefined &&
      following === wanted &&
      [...followed.values()].every((asks) => asks.caughtUp && asks.halted === undefined),
    get assigned() {
      return following !== undefined && following === wanted;
    },
    get pending() {
      return [...followed.values()].reduce((sum, asks) => sum + asks.size, 0);
    },
    get bodies() {
      return [...followed.values()].reduce((sum, asks) => sum + asks.bodies, 0);
    },
    halted: () =>
      new Map(
        [...followed].flatMap(([p, { halted }]) => (halted === undefined ? [] : [[p, halted] as const])),
      ),
    lag: () => new Map([...followed].map(([p, asks]) => [p, asks.lag])),
    get lastHeartbeatAt() {
      return membership.group?.lastHeartbeatAt ?? 0;
    },
    stop: async () => {
      stopping.abort();
      cancelCommit();
      await assigning;
      await Promise.all([...followed.values()].map((asks) => asks.finish()));
      await commit().catch(() => undefined);
      await membership.group?.leave();
      await feeds.close();
    },
  };
};
