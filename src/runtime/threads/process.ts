import type { Logger } from 'pino';
import { AggregatorRegistry, type Registry } from 'prom-client';
import type { Readiness } from '../../platform/component.js';
import type { LogSink } from '../../platform/service-log.js';
import { stopInOrder } from '../stop-in-order.js';
import { planThreads } from './plan.js';
import { startRemoteThread } from './remote.js';
import { startThread, type Figures, type Thread, type ThreadOptions } from './thread.js';

/** A thread that is busy answers late; one that does not answer at all must not hold up a look. */
const ANSWER_MS = 2000;
const SILENCE_MS = 30_000;

/** A running arbiter process: its components, in one thread or two. */
export interface ArbiterProcess {
  readonly components: readonly string[];
  /** Ready when every component is assigned, claimed and caught up. */
  readiness(): Promise<Readiness>;
  /** False when a membership has been silent for too long: restart the process. */
  alive(): Promise<boolean>;
  /** The figures of all threads together. */
  metrics(): Promise<Registry>;
  /**
   * The edge first, owners last, so that what is under way comes to an end. Never rejects; resolves to what did not stop
   * in its time and was left behind.
   */
  stop(): Promise<readonly string[]>;
  /** Rejects when a thread has ended by itself; never resolves. */
  readonly failed: Promise<never>;
}

/** Starts the components: the first thread of the plan is this one, the second a worker thread. */
export const startProcess = async (
  options: ThreadOptions,
  logger: Logger,
  log: LogSink,
): Promise<ArbiterProcess> => {
  const starting = planThreads(options.only).map((only, index) =>
    index === 0
      ? startThread({ ...options, only }, logger, 'main')
      : startRemoteThread({ ...options, only }, log),
  );
  const settled = await Promise.allSettled(starting);
  const threads = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const started = processOf(threads, options.settings.shutdownMs, logger);
  const refused = settled.find((one) => one.status === 'rejected');
  if (refused === undefined) return started;
  await started.stop();
  throw refused.reason;
};

export const processOf = (
  threads: readonly Thread[],
  shutdownMs: number,
  logger: Pick<Logger, 'warn'>,
): ArbiterProcess => {
  const failed = Promise.race(threads.map((thread) => thread.failed));
  failed.catch(() => undefined);
  const answeredAt = new Map(threads.map((thread) => [thread, Date.now()]));
  /** A thread that is busy for a moment is alive: who restarts it makes it busier. */
  const isAlive = async (thread: Thread): Promise<boolean> => {
    const answer = thread.alive().then(
      (alive) => {
        answeredAt.set(thread, Date.now());
        return alive;
      },
      () => false,
    );
    return within(answer).catch(() => Date.now() - (answeredAt.get(thread) ?? 0) < SILENCE_MS);
  };
  return {
    components: threads.flatMap(({ components }) => components),
    readiness: async () => {
      const each = await Promise.all(
        threads.map((thread) => within(thread.readiness()).catch(() => silent(thread))),
      );
      return {
        ready: each.every(({ ready }) => ready),
        detail: Object.assign({}, ...each.map(({ detail }) => detail)) as Readiness['detail'],
      };
    },
    alive: async () => (await Promise.all(threads.map(isAlive))).every((alive) => alive),
    metrics: async () => {
      const each = await Promise.all(threads.map((thread) => within(thread.figures())));
      return AggregatorRegistry.aggregate(each.map((figures) => figures.map(kept)));
    },
    stop: () => stopInOrder(threads.flatMap(partsOf), shutdownMs, logger),
    failed,
  };
};

const partsOf = (thread: Thread): { name: string; stop: () => Promise<void> }[] => [
  ...thread.components.map((name) => ({ name, stop: () => thread.stop(name) })),
  { name: 'connection', stop: () => thread.close() },
];

const silent = ({ components }: Thread): Readiness => ({
  ready: false,
  detail: Object.fromEntries(components.map((name) => [name, { ready: false, detail: { answers: false } }])),
});

/** What the main thread alone has stays as it is: the start of the process would be left out of sums. */
const kept = (figure: Figures[number]): Figures[number] =>
  (figure.aggregator as string) === 'omit' ? { ...figure, aggregator: 'first' } : figure;

const within = async <T>(answer: Promise<T>): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`a thread did not answer within ${ANSWER_MS} ms`)), ANSWER_MS);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
};
