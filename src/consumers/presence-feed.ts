import type { WorkerSeen } from '../events/generated/events.js';
import { TOPICS } from '../events/topics.js';
import { openFeeds, sleep, Wake } from '../log/index.js';
import { wordsOf, type ComponentContext } from '../platform/component.js';

export interface PresenceFollowing {
  whenCaughtUp(): Promise<void>;
  readonly caughtUp: boolean;
  close(): Promise<void>;
}

const REOPEN_MS = 1000;

/**
 * Presence is a hint in an open topic: read from its beginning (it is kept for minutes), what can not be read is skipped.
 * Its records go away by age: who falls behind them begins again at what is left.
 * @param onSeen with the time it was heard, ms, by the clock of this process
 */
export const followPresence = async (
  context: ComponentContext,
  onSeen: (seen: WorkerSeen, heardAt: number) => void,
): Promise<PresenceFollowing> => {
  const { bus, codec, clock, logger } = context;
  const feeds = await openFeeds(bus);
  const topic = TOPICS.presence;
  const ends = await bus.admin.endOffsets(topic);
  const closing = new AbortController();
  const wakes: Wake[] = [];
  const reached = new Set<number>();
  let resolveCaughtUp = (): void => undefined;
  const caughtUp = new Promise<void>((resolve) => (resolveCaughtUp = resolve));

  const run = async (partition: number, end: number): Promise<void> => {
    const wake = new Wake(clock);
    wakes.push(wake);
    const begin = async (): Promise<number> => (await bus.admin.beginOffsets(topic))[partition] ?? 0;
    let feed = feeds.open({ topic, partition }, await begin(), wake.notify);
    while (!closing.signal.aborted) {
      const records = feed.take(500);
      for (const record of records) {
        const decoded = await Promise.resolve(codec.decode(record)).catch(() => undefined);
        if (decoded?.kind !== 'event' || decoded.name !== 'WorkerSeen') continue;
        // Before the end was reached it was heard when the broker had it; its clock may be ahead of ours.
        const now = clock.now();
        const heardAt = reached.has(partition) ? now : Math.min(now, record.timestamp);
        onSeen(decoded.record as unknown as WorkerSeen, heardAt);
      }
      if (feed.position >= end && !reached.has(partition)) {
        reached.add(partition);
        if (reached.size === ends.length) resolveCaughtUp();
      }
      if (records.length > 0) continue;
      if (feed.error !== undefined) {
        logger.warn({ topic, partition, error: feed.error.message }, 'presence is read anew');
        await sleep(clock, REOPEN_MS, closing.signal);
        if (isClosed(closing)) return;
        feed.close();
        feed = feeds.open({ topic, partition }, await begin(), wake.notify);
      } else await wake.wait();
    }
  };

  const keepRunning = async (partition: number, end: number): Promise<void> => {
    while (!closing.signal.aborted) {
      try {
        await run(partition, end);
      } catch (error) {
        if (isClosed(closing)) return;
        logger.warn({ topic, partition, error: wordsOf(error) }, 'presence is read anew');
        await sleep(clock, REOPEN_MS, closing.signal);
      }
    }
  };
  ends.forEach((end, partition) => void keepRunning(partition, end));

  return {
    whenCaughtUp: () => caughtUp,
    get caughtUp() {
      return reached.size === ends.length;
    },
    close: async () => {
      closing.abort();
      for (const wake of wakes) wake.notify();
      await feeds.close();
    },
  };
};

const isClosed = ({ signal }: AbortController): boolean => signal.aborted;
