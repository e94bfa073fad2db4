import type { LoggedEvent } from '../log/domain.js';
import type { Session } from './session.js';

/** An accepted event and where it stands. */
export interface Seen {
  readonly partition: number;
  readonly event: LoggedEvent;
}

export interface LogWatch {
  /** The first thing that `find` makes of an event from now on; undefined after `timeoutMs`. */
  until<T>(find: (seen: Seen) => T | undefined, timeoutMs: number): Promise<T | undefined>;
  close(): Promise<void>;
}

/**
 * Watches an owned log through acceptance, from where the views stand (a place to read on from, law 3). Open it before
 * publishing what is to be waited for: then nothing can be missed.
 */
export const watchLog = async ({ connection, queries }: Session, topic: string): Promise<LogWatch> => {
  const { followAll, systemClock } = await import('../log/index.js');
  const [{ partitions }, from] = await Promise.all([
    connection.bus.admin.describeTopic(topic),
    queries.cursors(topic),
  ]);
  const listeners = new Set<(seen: Seen) => void>();
  const fails = new Set<(error: unknown) => void>();
  const following = await followAll({
    bus: connection.bus,
    codec: connection.logCodec,
    clock: systemClock,
    topic,
    partitions,
    from,
    onEvents: (partition, followed) => {
      for (const { event } of followed) for (const tell of [...listeners]) tell({ partition, event });
    },
    onRejected: () => undefined,
    onError: (error) => {
      // Broken is broken; everything else (the registry is away) passes.
      if (error instanceof Error && error.name === 'LogBroken') for (const fail of fails) fail(error);
    },
  });
  return {
    until: (find, timeoutMs) =>
      new Promise((resolve, reject) => {
        const done = (): void => {
          clearTimeout(timer);
          listeners.delete(listen);
          fails.delete(fail);
        };
        const listen = (seen: Seen): void => {
          const found = find(seen);
          if (found === undefined) return;
          done();
          resolve(found);
        };
        const fail = (error: unknown): void => {
          done();
          reject(error instanceof Error ? error : new Error(String(error)));
        };
        const timer = setTimeout(() => {
          done();
          resolve(undefined);
        }, timeoutMs);
        listeners.add(listen);
        fails.add(fail);
      }),
    close: () => following.close(),
  };
};
