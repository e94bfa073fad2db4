import { pino } from 'pino';
import type { MemoryBus, ProcessBus } from '../../../src/bus/memory/index.js';
import { startConstitution } from '../../../src/consumers/constitution/index.js';
import { startDispatcher } from '../../../src/consumers/dispatcher/index.js';
import { EDGE_TOPICS, INTAKE_GROUP, startIntake } from '../../../src/consumers/intake/index.js';
import { startPerformance } from '../../../src/consumers/performance/index.js';
import { startRegistrar } from '../../../src/consumers/registrar/index.js';
import { startRouter } from '../../../src/consumers/router/index.js';
import { startSaga } from '../../../src/consumers/saga/index.js';
import { startSigner } from '../../../src/consumers/signer/index.js';
import { TOPICS } from '../../../src/events/topics.js';
import { createCheckpointStore, type Clock } from '../../../src/log/index.js';
import type { AroundOwners, Component, ComponentContext } from '../../../src/platform/component.js';
import type { Metrics } from '../../../src/platform/metrics.js';
import { createDeadLetters } from '../../../src/producers/dead-letters.js';
import { createFactPublisher } from '../../../src/producers/facts.js';
import { generateKeyPair, loadSigningKey } from '../../../src/verdicts/index.js';
import { startDesk, startGateRunner, withGatesAndBudgets } from './judges.js';
import { LIMITS, PRESENCE_TTL_MS } from './limits.js';
import { startRealDesk } from './real-desk.js';
import { textCodec } from './text-codec.js';

const keys = generateKeyPair();
const key = loadSigningKey(keys.privateKeyPem);
export const PUBLIC_KEY = keys.publicKeyPem;

/** The real components, put together as `runtime/arbiter.ts` does it, but each in a process of its own. */
const STARTERS = {
  intake: startIntake,
  constitution: (context: ComponentContext) =>
    startConstitution(withGatesAndBudgets(context), { gitFolder: '/nonexistent', concurrency: 1 }),
  gates: startGateRunner,
  desk: startDesk,
  router: (context: ComponentContext) =>
    startRouter(context, { explorationFloor: 0.1, presenceTtlMs: PRESENCE_TTL_MS }),
  saga: (context: ComponentContext) =>
    startSaga(context, { limits: LIMITS, intake: { topics: EDGE_TOPICS, group: INTAKE_GROUP } }),
  dispatcher: startDispatcher,
  signer: (context: ComponentContext) => startSigner(context, { key }),
  performance: startPerformance,
  registrar: startRegistrar,
} as const satisfies Record<string, (context: ComponentContext) => Promise<Component>>;

export type Kind = keyof typeof STARTERS;
export const KINDS = Object.keys(STARTERS) as readonly Kind[];

const silent = pino({ level: 'silent' });
const nothing = (): void => undefined;
/** Whatever it is told, it keeps nothing. */
const metrics = new Proxy({} as Metrics, { get: () => nothing });

/** A process that runs one component. */
export interface Seat {
  readonly kind: Kind;
  readonly name: string;
  readonly process: ProcessBus;
  component?: Component;
  stopped: boolean;
}

export interface SeatOptions {
  readonly kind: Kind;
  readonly name: string;
  readonly bus: MemoryBus;
  readonly skewMs: number;
  readonly sessionMs: number;
  readonly random: () => number;
  readonly realDesk: boolean;
  readonly aroundOwners: AroundOwners;
  readonly onError: (error: unknown) => void;
}

/** Starts a component in a new process; it comes up while the world goes on. */
export const seat = (options: SeatOptions): Seat => {
  const { kind, name, bus, skewMs, onError } = options;
  const process = bus.process(name);
  const seated: Seat = { kind, name, process, stopped: false };
  const clock: Clock = {
    now: () => process.clock.now() + skewMs,
    schedule: (ms, run) => process.clock.schedule(ms, run),
  };
  const begin = async (): Promise<void> => {
    const publisher = await process.openPublisher();
    const common = { publisher, codec: textCodec, clock };
    const identity = { component: kind, instance: name, build: 'sim' };
    const start = kind === 'desk' && options.realDesk ? startRealDesk : STARTERS[kind];
    seated.component = await start({
      name: kind,
      instance: name,
      build: 'sim',
      bus: process,
      ...common,
      random: () => options.random(),
      partitions: 1,
      facts: createFactPublisher({ ...common, ...identity, partitions: 1 }),
      deadLetters: createDeadLetters({ ...common, component: kind, partitions: 1 }),
      checkpoints: createCheckpointStore({
        bus: process,
        publisher: await process.openPublisher(),
        topic: TOPICS.checkpoints,
        partitions: 1,
        pause: () => Promise.resolve(),
        onError: nothing,
      }),
      logger: silent,
      metrics,
      sessionTimeoutMs: options.sessionMs,
      aroundOwners: (given) => options.aroundOwners(given),
    });
  };
  begin().catch(onError);
  return seated;
};
