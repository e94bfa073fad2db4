import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { startConstitution } from '../consumers/constitution/index.js';
import { startDispatcher } from '../consumers/dispatcher/index.js';
import { startGates } from '../consumers/gates/index.js';
import { EDGE_TOPICS, INTAKE_GROUP, startIntake } from '../consumers/intake/index.js';
import { startPerformance } from '../consumers/performance/index.js';
import { startPolicyDesk } from '../consumers/policy-desk/index.js';
import { startRegistrar } from '../consumers/registrar/index.js';
import { startRouter } from '../consumers/router/index.js';
import { startSaga } from '../consumers/saga/index.js';
import { startSigner } from '../consumers/signer/index.js';
import { TOPICS } from '../events/topics.js';
import { createCheckpointStore, systemClock } from '../log/index.js';
import type { Component, ComponentContext, Readiness } from '../platform/component.js';
import type { Metrics } from '../platform/metrics.js';
import { createDeadLetters } from '../producers/dead-letters.js';
import { createFactPublisher } from '../producers/facts.js';
import type { Connection } from './connection.js';
import { BUILD, gitFolder, keysFolder, type Endpoints } from './endpoints.js';
import { startProjections } from './projections.js';
import { stopInOrder } from './stop-in-order.js';
import type { Settings } from './settings.js';
import { readSigningKey } from './signing-key.js';

export interface ArbiterOptions {
  /** Nonce of the process; default: a new one. */
  readonly instance?: string;
  readonly endpoints: Endpoints;
  readonly connection: Connection;
  readonly settings: Settings;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Components to run; default: all. */
  readonly only?: readonly ComponentName[];
}

/** Running components. */
export interface Arbiter {
  readonly components: readonly Component[];
  /** Ready when every component is assigned, claimed and caught up. */
  readiness(): Readiness;
  /** Sets the gauges that are read, not counted. */
  observe(): void;
  /** False when a membership has been silent for too long: restart the process. */
  alive(): boolean;
  /** What the components send with; after them. */
  closePublishers(): Promise<void>;
  /** All of it in order: the edge first, owners last, so that what is under way comes to an end. */
  stop(): Promise<void>;
}

type Starter = (context: ComponentContext, options: ArbiterOptions) => Promise<Component>;

/** In the order of the flow, which is also the order of stopping. */
const COMPONENTS = {
  intake: startIntake,
  constitution: (context, { endpoints, settings }) =>
    startConstitution(context, {
      gitFolder: gitFolder(endpoints),
      concurrency: settings.constitutionConcurrency,
    }),
  gates: (context, { endpoints, settings }) =>
    startGates(context, {
      gitFolder: gitFolder(endpoints),
      stateFolder: endpoints.folder,
      ...settings.gates,
    }),
  router: (context, { settings: { explorationFloor, presenceTtlMs, routingLimits } }) =>
    startRouter(context, { explorationFloor, presenceTtlMs, limits: routingLimits }),
  saga: (context, { settings }) =>
    startSaga(context, { limits: settings.limits, intake: { topics: EDGE_TOPICS, group: INTAKE_GROUP } }),
  dispatcher: startDispatcher,
  signer: async (context, { endpoints }) =>
    startSigner(context, { key: await readSigningKey(keysFolder(endpoints)) }),
  performance: startPerformance,
  registrar: (context, { settings: { offlineAfterMs, staleAfterMs } }) =>
    startRegistrar(context, { offlineAfterMs, staleAfterMs }),
  'policy-desk': async (context, { endpoints }) =>
    startPolicyDesk(context, { key: await readSigningKey(keysFolder(endpoints)) }),
  projections: (context, { endpoints }) => startProjections(context, endpoints.databaseUrl),
} as const satisfies Record<string, Starter>;

export type ComponentName = keyof typeof COMPONENTS;
export const COMPONENT_NAMES = Object.keys(COMPONENTS) as ComponentName[];

const FACT_DELIVERY_MS = 10 * 60_000;

/** Starts components in this thread; several threads and processes share the work. */
export const startArbiter = async (options: ArbiterOptions): Promise<Arbiter> => {
  const { connection, settings, logger, metrics, instance = randomUUID() } = options;
  const { bus, logCodec: codec } = connection;
  const [facts, checkpoints, deadLetters] = await Promise.all(
    [TOPICS.facts, TOPICS.checkpoints, TOPICS.deadLetters].map((topic) => bus.admin.describeTopic(topic)),
  );
  // Facts of all components leave together: fewer, larger requests. Checkpoints are large and wait for nobody.
  // What waits for a broker stays in its order: who gives up early would be overtaken by what came later.
  const publisher = await bus.openPublisher({ deliveryTimeoutMs: FACT_DELIVERY_MS });
  const checkpointPublisher = await bus.openPublisher();
  const contextOf = (name: string): ComponentContext => {
    const common = { publisher, codec, clock: systemClock };
    const log = logger.child({ component: name });
    const identity = { component: name, instance, build: BUILD };
    return {
      name,
      instance,
      build: BUILD,
      bus,
      ...common,
      random: Math.random,
      partitions: facts?.partitions ?? 1,
      facts: createFactPublisher({ ...common, ...identity, partitions: facts?.partitions ?? 1 }),
      deadLetters: createDeadLetters({
        ...common,
        component: name,
        partitions: deadLetters?.partitions ?? 1,
      }),
      checkpoints: createCheckpointStore({
        bus,
        publisher: checkpointPublisher,
        topic: TOPICS.checkpoints,
        partitions: checkpoints?.partitions ?? 1,
        onError: (error) => log.warn({ error: String(error) }, 'checkpoint not written'),
      }),
      logger: log,
      metrics,
      sessionTimeoutMs: settings.sessionTimeoutMs,
    };
  };
  const names = COMPONENT_NAMES.filter((name) => options.only?.includes(name) ?? true);
  const components: Component[] = [];
  const closePublishers = async (): Promise<void> => {
    await Promise.all([publisher.close(), checkpointPublisher.close()]);
  };
  const stopAll = async (): Promise<void> => {
    const closing = [
      ...components.map((one) => ({ name: one.name, stop: () => one.stop() })),
      { name: 'publishers', stop: closePublishers },
    ];
    await stopInOrder(closing, settings.shutdownMs, logger);
  };
  try {
    const started = names.map(async (name) => COMPONENTS[name](contextOf(name), options));
    const settled = await Promise.allSettled(started);
    for (const one of settled) if (one.status === 'fulfilled') components.push(one.value);
    const failed = settled.find((one) => one.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  } catch (error) {
    await stopAll();
    throw error;
  }
  const startedAt = Date.now();
  return {
    components,
    readiness: () => {
      const states = components.map((component) => [component.name, component.readiness()] as const);
      return { ready: states.every(([, { ready }]) => ready), detail: Object.fromEntries(states) };
    },
    observe: () => {
      metrics.forgetLags();
      metrics.queueDepth('publisher', publisher.queued);
      for (const component of components) component.observe?.(metrics);
    },
    alive: () => {
      const silence = Math.max(30_000, settings.sessionTimeoutMs * 5);
      return components.every(
        ({ lastHeartbeatAt }) => Date.now() - Math.max(lastHeartbeatAt, startedAt) < silence,
      );
    },
    closePublishers,
    stop: stopAll,
  };
};
