import type { Bus, TopicPartition } from '../bus/port.js';
import { NOTHING_ACCEPTED } from './acceptance.js';
import type { Clock } from './clock.js';
import type { LogCodec } from './codec.js';
import { LogBroken } from './errors.js';
import { openFeeds } from './feed.js';
import { LogFollower, type Cursor, type Followed } from './follow.js';
import { Wake } from './wake.js';

export interface FollowAllOptions {
  readonly bus: Bus;
  readonly codec: LogCodec;
  readonly clock: Clock;
  readonly topic: string;
  readonly partitions: number;
  /** Where to begin, by partition; default: the beginning. */
  readonly from?: readonly (Cursor | undefined)[];
  /** Accepted events in order; called with none when a partition has been read to its end. */
  onEvents(partition: number, followed: readonly Followed[], cursor: Cursor): void;
  onRejected(at: TopicPartition, reason: string): void;
  onError(error: unknown, at: TopicPartition): void;
}

export interface Following {
  /** Every partition has been read to its end at least once. */
  readonly caughtUp: boolean;
  /** Resolves when it is. */
  whenCaughtUp(): Promise<void>;
  /** Partitions that are not followed any more, and why: the log has been cut or written by a stranger (law 3). */
  halted(): ReadonlyMap<number, string>;
  close(): Promise<void>;
}

/** Follows every partition of an owned log through acceptance, without a group: for what each process reads itself. */
export const followAll = async (options: FollowAllOptions): Promise<Following> => {
  const { bus, codec, clock, topic } = options;
  const feeds = await openFeeds(bus);
  const reached = new Set<number>();
  const halted = new Map<number, string>();
  let closed = false;
  let resolveCaughtUp = (): void => undefined;
  const caughtUp = new Promise<void>((resolve) => {
    resolveCaughtUp = resolve;
  });
  const lanes = Array.from({ length: options.partitions }, (_none, partition) => {
    const at = { topic, partition };
    const wake = new Wake(clock);
    const begin = options.from?.[partition] ?? { position: 0, acceptance: NOTHING_ACCEPTED };
    const feed = feeds.open(at, begin.position, wake.notify);
    const follower = new LogFollower(feed, begin.acceptance, codec, (reason) =>
      options.onRejected(at, reason),
    );
    return { at, wake, follower };
  });

  const run = async ({ at, wake, follower }: (typeof lanes)[number]): Promise<void> => {
    while (!closed) {
      try {
        const followed = await follower.take(2000);
        if (followed.length > 0) options.onEvents(at.partition, followed, follower.cursor);
        if (follower.caughtUp && !reached.has(at.partition)) {
          reached.add(at.partition);
          options.onEvents(at.partition, [], follower.cursor);
          if (reached.size === lanes.length) resolveCaughtUp();
        }
        if (followed.length === 0 && follower.feed.queued === 0) await wake.wait();
      } catch (error) {
        options.onError(error, at);
        if (error instanceof LogBroken) {
          halted.set(at.partition, error.message);
          follower.feed.close();
          return;
        }
        await wake.wait(1000);
      }
    }
  };
  for (const lane of lanes) void run(lane);

  return {
    get caughtUp() {
      return reached.size === lanes.length;
    },
    whenCaughtUp: () => caughtUp,
    halted: () => halted,
    close: async () => {
      closed = true;
      for (const { wake } of lanes) wake.notify();
      await feeds.close();
    },
  };
};
