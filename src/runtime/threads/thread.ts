import type { MetricObjectWithValues, MetricValue } from 'prom-client';
import type { Logger } from 'pino';
import type { Readiness } from '../../platform/component.js';
import { createMetrics, type Metrics, type ThreadName } from '../../platform/metrics.js';
import { startArbiter, type Arbiter, type ComponentName } from '../arbiter.js';
import { connect, type Connection } from '../connection.js';
import type { Endpoints } from '../endpoints.js';
import type { Settings } from '../settings.js';

/** The figures of a registry, as they go from thread to thread. */
export type Figures = readonly MetricObjectWithValues<MetricValue<string>>[];

/** Components that run in one thread. */
export interface Thread {
  readonly components: readonly string[];
  readiness(): Promise<Readiness>;
  /** False when a membership has been silent for too long. */
  alive(): Promise<boolean>;
  figures(): Promise<Figures>;
  /** Stops one of the components. */
  stop(component: string): Promise<void>;
  /** Publishers and connection, after the components. */
  close(): Promise<void>;
  /** Rejects when the thread has ended by itself; never resolves. */
  readonly failed: Promise<never>;
}

/** What a thread needs to start; plain data, for it may go to another thread. */
export interface ThreadOptions {
  /** Nonce of the process. */
  readonly instance: string;
  readonly only: readonly ComponentName[];
  readonly endpoints: Endpoints;
  readonly settings: Settings;
}

const NEVER = new Promise<never>(() => undefined);

/** The components of `arbiter`, in this thread. */
export const threadOf = (arbiter: Arbiter, metrics: Metrics, disconnect: () => Promise<void>): Thread => ({
  components: arbiter.components.map(({ name }) => name),
  readiness: () => Promise.resolve(arbiter.readiness()),
  alive: () => Promise.resolve(arbiter.alive()),
  figures: async () => {
    arbiter.observe();
    return metrics.registry.getMetricsAsJSON();
  },
  stop: async (component) => {
    await arbiter.components.find(({ name }) => name === component)?.stop();
  },
  close: async () => {
    await arbiter.closePublishers();
    await disconnect();
  },
  failed: NEVER,
});

/** Connects, and starts the components in this thread. */
export const startThread = async (
  options: ThreadOptions,
  logger: Logger,
  name: ThreadName,
): Promise<Thread> => {
  const connection: Connection = await connect(options.endpoints, 'arbiter', {
    onSchemaLogError: (error) =>
      logger.warn({ error: error.message }, 'arbiter.schemas is not followed any more'),
  });
  try {
    const metrics = createMetrics({ thread: name });
    const arbiter = await startArbiter({ ...options, connection, logger, metrics });
    return threadOf(arbiter, metrics, () => connection.close());
  } catch (error) {
    await connection.close().catch(() => undefined);
    throw error;
  }
};
