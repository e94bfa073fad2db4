import { keyOf, type Bus, type Group, type TopicPartition } from '../bus/port.js';
import { systemClock, type Clock } from '../log/clock.js';
import type { LogCodec } from '../log/codec.js';
import { openFeeds } from '../log/feed.js';
import { PROJECTIONS } from './catalogue.js';
import { openPool } from './engine/database.js';
import { silentProjector, type ProjectorObserver } from './observer.js';
import { PartitionLoop, type PartitionLag } from './partition-loop.js';

export const PROJECTOR_GROUP = 'arbiter.projector';

/** Below the time that a graceful shutdown has: a PostgreSQL that stands still must not hold it up. */
const QUERY_TIMEOUT_MS = 15_000;
const MAX_CONNECTIONS = 4;
/** Records waiting per partition. */
const MAX_QUEUED = 4000;

export interface ProjectorOptions {
  readonly bus: Bus;
  readonly codec: LogCodec;
  readonly databaseUrl: string;
  readonly clock?: Clock;
  readonly observer?: ProjectorObserver;
  readonly groupId?: string;
  readonly sessionTimeoutMs?: number;
}

/** The projectors of one process. */
export interface Projector {
  /** Assigned, and every partition of ours caught up with the end as last seen. */
  readonly ready: boolean;
  readonly lastHeartbeatAt: number;
  lag(): readonly PartitionLag[];
  /** Finishes the batches in flight, leaves the group, closes all connections. */
  stop(): Promise<void>;
}

/**
 * Keeps all views up to date. The group only spreads the partitions over the processes; where a partition stands is in
 * PostgreSQL alone, and the compare-and-set there makes two projectors of one partition harmless.
 * The database must have been made ready by `migrate`.
 */
export const startProjector = async (options: ProjectorOptions): Promise<Projector> => {
  const { bus, codec, databaseUrl } = options;
  const clock = options.clock ?? systemClock;
  const observer = options.observer ?? silentProjector;
  const pool = openPool(databaseUrl, {
    name: 'arbiter-projector',
    max: MAX_CONNECTIONS,
    queryTimeoutMs: QUERY_TIMEOUT_MS,
  });
  const feeds = await openFeeds(bus, MAX_QUEUED);
  const running = new Map<string, { readonly loop: PartitionLoop; readonly done: Promise<void> }>();
  const membership: { group?: Group } = {};
  let assigned = false;
  let stopped = false;

  const start = (at: TopicPartition): void => {
    for (const projection of PROJECTIONS.filter(({ topic }) => topic === at.topic)) {
      const key = `${projection.name}/${at.partition}`;
      if (stopped || running.has(key)) continue;
      const { partition } = at;
      const loop = new PartitionLoop({ projection, partition, pool, feeds, codec, clock, observer });
      running.set(key, { loop, done: loop.run() });
    }
  };

  const stop = async (key: string): Promise<void> => {
    const found = running.get(key);
    if (found === undefined) return;
    found.loop.stop();
    await found.done;
    running.delete(key);
  };

  let last: Promise<unknown> = Promise.resolve();
  const assign = (partitions: readonly TopicPartition[]): void => {
    const mine = new Set(partitions.map(keyOf));
    last = last.then(async () => {
      const leaving = [...running].filter(([, { loop }]) => !mine.has(keyOf(loop.at)));
      await Promise.all(leaving.map(([key]) => stop(key)));
      partitions.forEach(start);
      assigned = true;
    });
  };

  const joining = bus.joinGroup({
    groupId: options.groupId ?? PROJECTOR_GROUP,
    topics: [...new Set(PROJECTIONS.map(({ topic }) => topic))],
    ...(options.sessionTimeoutMs === undefined ? {} : { sessionTimeoutMs: options.sessionTimeoutMs }),
    onAssigned: assign,
    // Who is in doubt goes on: the compare-and-set decides.
    onError: (error) => {
      for (const { loop } of running.values()) observer.trouble(loop.at, error);
    },
  });
  membership.group = await joining.catch(async (error: unknown) => {
    await feeds.close();
    await pool.end();
    throw error;
  });

  return {
    get ready() {
      return assigned && [...running.values()].every(({ loop }) => loop.caughtUp);
    },
    get lastHeartbeatAt() {
      return membership.group?.lastHeartbeatAt ?? 0;
    },
    lag: () => [...running.values()].map(({ loop }) => loop.lag),
    stop: async () => {
      stopped = true;
      await last;
      await Promise.all([...running.keys()].map(stop));
      await membership.group?.leave();
      await feeds.close();
      await pool.end();
    },
  };
};
