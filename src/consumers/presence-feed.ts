import type { LogRecord } from '../bus/port.js';
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
/** A topic may get more partitions while it is followed, and workers that start then use them. */
const LOOK_FOR_PARTITIONS_MS = 5000;

/**
 * Presence is a hint in an open topic: read from its beginning (it is kept for minutes), what can not be read is skipped,
 * counted and told.
 * Its records go away by age: who falls behind them begins again at what is left.
 * @param onSeen with the time it was heard, ms, by the clock of this process
 */
export const followPresence = async (
  context: ComponentContext,
  onSeen: (seen: WorkerSeen, heardAt: number) => void,
): Promise<PresenceFollowing> => {
  const { bus, codec, clock, logger, metrics } = context;
  const feeds = await openFeeds(bus);
  const topic = TOPICS.presence;
  const ends = await bus.admin.endOffsets(topic);
  let followed = 0;
  const closing = new AbortController();
  const wakes = new Set<Wake>();
  const reached = new Set<number>();
  const isCaughtUp = (): boolean => ends.every((_end, partition) => reached.has(partition));
  let resolveCaughtUp = (): void => undefined;
  const caughtUp = new Promise<void>((resolve) => (resolveCaughtUp = resolve));

  const readable = async (records: readonly LogRecord[]): Promise<[LogRecord, WorkerSeen][]> => {
    const seen: [LogRecord, WorkerSeen][] = [];
    const unreadable: { offset: number; code: string }[] = [];
    for (const record of records) {
      const decoded = await codec.decode(record);
      if (decoded.kind === 'event' && decoded.name === 'WorkerSeen') {
        seen.push([record, decoded.record as unknown as WorkerSeen]);
        continue;
      }
      const code = decoded.kind === 'undecodable' ? decoded.code : 'UNKNOWN_TYPE';
      metrics.recordRejected(topic, code);
      unreadable.push({ offset: record.offset, code });
    }
    const [first] = unreadable;
    if (first !== undefined) {
      const { partition } = records[0] as LogRecord;
      logger.warn({ topic, partition, ...first, count: unreadable.length }, 'presence that can not be read');
    }
    return seen;
  };

  const run = async (partition: number): Promise<void> => {
    const wake = new Wake(clock);
    wakes.add(wake);
    const begin = async (): Promise<number> => (await bus.admin.beginOffsets(topic))[partition] ?? 0;
    const feed = feeds.openEdge({ topic, partition }, await begin(), wake.notify);
    try {
      while (!closing.signal.aborted) {
        const records = feed.take(500);
        for (const [record, seen] of await readable(records)) {
          // Before the end was reached it was heard when the broker had it; its clock may be ahead of ours.
          const now = clock.now();
          onSeen(seen, reached.has(partition) ? now : Math.min(now, record.timestamp));
        }
        // A partition that came later holds up nobody.
        if (feed.position >= (ends[partition] ?? 0)) reached.add(partition);
        if (isCaughtUp()) resolveCaughtUp();
        if (records.length > 0) continue;
        if (feed.error !== undefined) throw feed.error;
        await wake.wait();
      }
    } finally {
      feed.close();
      wakes.delete(wake);
    }
  };

  const keepRunning = async (what: object, work: () => Promise<void>): Promise<void> => {
    while (!closing.signal.aborted) {
      try {
        await work();
      } catch (error) {
        if (isClosed(closing)) return;
        logger.warn({ topic, ...what, error: wordsOf(error) }, 'presence is read anew');
        await sleep(clock, REOPEN_MS, closing.signal);
      }
    }
  };

  const followUpTo = (partitions: number): void => {
    for (; followed < partitions; followed++) {
      const partition = followed;
      void keepRunning({ partition }, () => run(partition));
    }
  };
  followUpTo(ends.length);
  void keepRunning({}, async () => {
    await sleep(clock, LOOK_FOR_PARTITIONS_MS, closing.signal);
    if (!isClosed(closing)) followUpTo((await bus.admin.describeTopic(topic)).partitions);
  });

  return {
    whenCaughtUp: () => caughtUp,
    get caughtUp() {
      return isCaughtUp();
    },
    close: async () => {
      closing.abort();
      for (const wake of wakes) wake.notify();
      await feeds.close();
    },
  };
};

const isClosed = ({ signal }: AbortController): boolean => signal.aborted;
