import { startKafkaContainer, startRegistryContainer } from './docker.js';
import type { ContainerSetup } from './docker.js';
import { findJars, haveJars, localKafkaVersion, requireMaven } from './jars.js';
import type { Jars } from './jars.js';
import { findJava } from './java.js';
import { KAFKA_STOP, checkKafka, kafkaLog, kafkaProperties, startKafka } from './kafka.js';
import { choosePort } from './ports.js';
import { POSTGRES_STOP, ensureDatabase, postgresData, postgresLog, startPostgres } from './postgres.js';
import type { Detached, StopPlan } from './process.js';
import {
  REGISTRY_PATH,
  REGISTRY_STOP,
  checkRegistry,
  registryLog,
  registryMark,
  startRegistry,
} from './registry.js';
import type { RunningPart, StackState } from './state.js';
import type { PartName } from './types.js';

/** One call of `startStack`. The state is one object, written whenever it changes: three parts start at the same time. */
export interface Run {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly state: StackState;
  readonly readyMs: number;
  /** Started by this call: stopped again if the call fails. */
  readonly started: { readonly name: PartName; readonly part: RunningPart; readonly plan: StopPlan }[];
  /** When the part before has chosen its ports. */
  readonly ports: { last: Promise<unknown> };
}

/** How to start one part, and to tell that it serves. */
export interface StartablePart {
  readonly name: PartName;
  readonly title: string;
  readonly log: string;
  readonly plan: StopPlan;
  /** What its process is recognised by: program and an argument (`strays`). Absent for a container. */
  readonly mark?: readonly [program: string, argument: string];
  choosePorts(): Promise<number>;
  start(port: number, tell: (what: string) => void): Promise<Detached & { readonly container?: string }>;
  check(port: number): Promise<void>;
}

export interface Prepared {
  readonly java: string;
  readonly jars: Jars;
}

/** Java and the jars, or the error that says which is missing. */
export async function prepareJars(env: NodeJS.ProcessEnv, tell: (what: string) => void): Promise<Prepared> {
  const java = await findJava(env);
  if (!haveJars(env)) requireMaven(env);
  return {
    java,
    jars: await findJars(env, () => tell('fetching the jars with Maven, once per version (200 MB)')),
  };
}

export type Lazy<T = Prepared> = (tell: (what: string) => void) => Promise<T>;

/** Whoever needs it first pays; who comes later waits for the same. */
export function lazily<T>(make: Lazy<T>): Lazy<T> {
  let made: Promise<T> | undefined;
  return (tell) => (made ??= make(tell));
}

export function kafkaPart(run: Run, prepared: Lazy): StartablePart {
  const { folder, env, state } = run;
  return {
    name: 'kafka',
    title: `Kafka ${localKafkaVersion()}`,
    log: kafkaLog(folder),
    plan: KAFKA_STOP,
    mark: ['java', kafkaProperties(folder)],
    async choosePorts() {
      state.ports.kafka = await choosePort('kafka', state.ports, env);
      state.ports.controller = await choosePort('controller', state.ports, env);
      return state.ports.kafka;
    },
    async start(port, tell) {
      const controllerPort = state.ports.controller ?? port;
      return startKafka({
        ...(await prepared(tell)),
        folder,
        env,
        clusterId: state.clusterId,
        port,
        controllerPort,
      });
    },
    check: (port) => checkKafka('127.0.0.1', port),
  };
}

export function registryPart(run: Run, prepared: Lazy): StartablePart {
  const { folder, env, state } = run;
  return {
    name: 'registry',
    title: 'Schema registry',
    log: registryLog(folder),
    plan: REGISTRY_STOP,
    mark: ['java', registryMark(folder)],
    async choosePorts() {
      return (state.ports.registry = await choosePort('registry', state.ports, env));
    },
    async start(port, tell) {
      return startRegistry({ ...(await prepared(tell)), folder, env, port });
    },
    check: (port) => checkRegistry(`http://127.0.0.1:${port}${REGISTRY_PATH}`),
  };
}

export function postgresPart(run: Run): StartablePart {
  const { folder, env, state } = run;
  return {
    name: 'postgres',
    title: 'PostgreSQL',
    log: postgresLog(folder),
    plan: POSTGRES_STOP,
    mark: ['postgres', postgresData(folder)],
    async choosePorts() {
      return (state.ports.postgres = await choosePort('postgres', state.ports, env));
    },
    start: (port) => startPostgres({ folder, env, port }),
    check: (port) => ensureDatabase(folder, port),
  };
}

/** Broker and registry as containers (`docker.ts`); the broker's container publishes both ports, so both are chosen at once. */
export function dockerParts(run: Run): StartablePart[] {
  const { env, state } = run;
  const choose = async (): Promise<{ kafka: number; registry: number }> => {
    const kafka = (state.ports.kafka ??= await choosePort('kafka', state.ports, env));
    const registry = (state.ports.registry ??= await choosePort('registry', state.ports, env));
    return { kafka, registry };
  };
  const setup = async (): Promise<ContainerSetup> => {
    const { kafka, registry } = await choose();
    return {
      clusterId: state.clusterId,
      port: kafka,
      registryPort: registry,
      kafkaVersion: localKafkaVersion(),
    };
  };
  const broker = lazily(async () => startKafkaContainer(await setup()));
  const asStarted = (container: string) => ({ pid: 0, identity: container, container });
  return [
    {
      ...kafkaPart(run, () => Promise.reject(new Error('a container needs no jars'))),
      log: '',
      choosePorts: async () => (await choose()).kafka,
      start: async (_port: number, tell: (what: string) => void) => asStarted(await broker(tell)),
    },
    {
      ...registryPart(run, () => Promise.reject(new Error('a container needs no jars'))),
      log: '',
      choosePorts: async () => (await choose()).registry,
      start: async (_port: number, tell: (what: string) => void) =>
        asStarted(await startRegistryContainer(await setup(), await broker(tell))),
    },
  ].map(({ mark: _, ...part }) => ({ ...part, title: `${part.title} (Docker)` }));
}
