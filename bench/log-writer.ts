import type { Bus } from '../src/bus/port.js';
import { makeHead, micros, NO_HASH, systemClock, type LogCodec } from '../src/log/index.js';

/** Writes accepted events into an empty partition of an owned log, for benches of those who read it. */
export interface LogWriter {
  /** Queued; leaves with the next request. */
  put(type: string, streamId: string, data: object): void;
  /** Resolves when everything queued has been acknowledged. */
  close(): Promise<void>;
}

const MOST_IN_A_REQUEST = 500;

export const openLogWriter = async (
  bus: Bus,
  codec: LogCodec,
  topic: string,
  partition: number,
): Promise<LogWriter> => {
  const appender = await bus.openAppender({ topic, partition });
  const append = async (records: readonly { name: string; record: object }[]): Promise<number> => {
    const done = await appender.append(
      records.map(({ name, record }) => ({ key: null, ...codec.encode(topic, name, record as never) })),
    );
    if (done.kind !== 'appended') throw new Error(`${topic}/${partition}: ${JSON.stringify(done)}`);
    return done.baseOffset;
  };
  const claim = await append([{ name: 'Claimed', record: claimed(micros(systemClock)) }]);
  let seq = 0;
  let queue: { type: string; streamId: string; data: object }[] = [];
  let running: Promise<void> | undefined;
  const drain = async (): Promise<void> => {
    while (queue.length > 0) {
      const batch = queue.slice(0, MOST_IN_A_REQUEST);
      queue = queue.slice(MOST_IN_A_REQUEST);
      const now = micros(systemClock);
      await append(
        batch.map(({ type, streamId, data }) => {
          const event = {
            type,
            streamId,
            data,
            correlationId: streamId,
            tenant: 'default',
            actor: 'bench',
            traceparent: null,
          };
          const meta = makeHead(event as never, {
            topic,
            partition,
            at: { claim, seq: seq++ },
            cause: 0,
            trigger: 'INPUT',
            inputId: null,
            streamVersion: 1,
            prevHash: NO_HASH,
            now,
            index: 0,
            size: 1,
          });
          // An ask is pending until its task goes on; overdue ones are not begun.
          const dueAt = type === 'RoutingStarted' ? now + 600_000_000 : null;
          return {
            name: type,
            record: { ...data, meta: { ...meta, dueAt, timer: dueAt === null ? null : 'ASK' } },
          };
        }),
      );
    }
    running = undefined;
  };
  return {
    put: (type, streamId, data) => {
      queue.push({ type, streamId, data });
      running ??= drain();
    },
    close: async () => {
      await running;
      await appender.close();
    },
  };
};

const claimed = (now: number): object => ({
  previousClaim: -1,
  foldedTo: 0,
  prevHash: NO_HASH,
  partitions: 1,
  owner: 'bench',
  instance: 'bench',
  build: 'bench',
  foldVersion: 1,
  inboxEnd: 0,
  logTopicId: null,
  inboxTopicId: null,
  occurredAt: now,
});
