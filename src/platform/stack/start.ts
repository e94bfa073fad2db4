import { StackError } from './errors.js';
import { requireSpace } from './disk.js';
import { makePrivateFolder, stateFolder } from './folder.js';
import { lives, strays } from './identity.js';
import { findJars, haveJars, localKafkaVersion, requireMaven } from './jars.js';
import type { Jars } from './jars.js';
import { findJava } from './java.js';
import { KAFKA_STOP, checkKafka, kafkaLog, kafkaProperties, startKafka } from './kafka.js';
import { withLock } from './lock.js';
import { choosePort } from './ports.js';
import { POSTGRES_STOP, ensureDatabase, postgresData, postgresLog, startPostgres } from './postgres.js';
import { stopProcess } from './process.js';
import type { Detached, StopPlan } from './process.js';
import { runSteps } from './progress.js';
import type { Step } from './progress.js';
import { untilReady } from './ready.js';
import {
  REGISTRY_PATH,
  REGISTRY_STOP,
  checkRegistry,
  registryLog,
  registryMark,
  startRegistry,
} from './registry.js';
import { externalParts } from './settings.js';
import { emptyState, readState, writeState } from './state.js';
import type { RunningPart, StackState } from './state.js';
import { describeStack, externalSteps } from './status.js';
import type { PartName, Stack, StackOptions } from './types.js';

const READY_MS = 60_000;
const LOCK_MS = 180_000;

/** One call of `startStack`. The state is one object, written whenever it changes: three parts start at the same time. */
interface Run {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly state: StackState;
  readonly readyMs: number;
  /** Started by this call: stopped again if the call fails. */
  readonly started: { readonly name: PartName; readonly process: Detached; readonly plan: StopPlan }[];
}

/** How to start one part that is a process. */
interface LocalPart {
  readonly name: PartName;
  readonly title: string;
  readonly log: string;
  readonly plan: StopPlan;
  /** What it is recognised by: program and an argument (`strays`). */
  readonly mark: readonly [program: string, argument: string];
  choosePorts(): Promise<number>;
  start(port: number, tell: (what: string) => void): Promise<Detached>;
  check(port: number): Promise<void>;
}

/**
 * Brings the stack up, or finds it up: every part that runs already is used as it is, what is missing is started with the
 * data it had. What the environment names (KAFKA_BROKERS with SCHEMA_REGISTRY_URL, DATABASE_URL) is used and never
 * started; broker and registry are else real ones from their jars, or containers where there is no Java but a Docker.
 * What it started goes on when this process ends; `stopStack` ends it. Throws `StackError`.
 */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const env = options.env ?? process.env;
  const folder = stateFolder(options);
  const external = externalParts(env);
  makePrivateFolder(folder);
  return withLock(folder, options.lockTimeoutMs ?? LOCK_MS, async () => {
    const run: Run = {
      folder,
      env,
      state: readState(folder) ?? emptyState(),
      readyMs: options.readyTimeoutMs ?? READY_MS,
      started: [],
    };
    const jars = lazily((tell: (what: string) => void) => prepareJars(env, tell));
    const parts: LocalPart[] = [];
    if (external.brokers === undefined) parts.push(kafkaPart(run, jars));
    if (external.schemaRegistryUrl === undefined) parts.push(registryPart(run, jars));
    if (external.databaseUrl === undefined) parts.push(postgresPart(run));
    if (parts.some((part) => !isRunning(run, part.name))) await requireSpace(folder);
    const steps = [...externalSteps(external, run.readyMs), ...parts.map((part) => localStep(run, part))];
    try {
      await runSteps(steps, options.quiet === true);
    } catch (error) {
      await undo(run);
      throw error;
    }
    return describeStack(folder, run.state, external);
  });
}

interface Prepared {
  readonly java: string;
  readonly jars: Jars;
}

async function prepareJars(env: NodeJS.ProcessEnv, tell: (what: string) => void): Promise<Prepared> {
  const java = await findJava(env);
  if (!haveJars(env)) requireMaven(env);
  return {
    java,
    jars: await findJars(env, () => tell('fetching the jars with Maven, once per version (200 MB)')),
  };
}

type Lazy = (tell: (what: string) => void) => Promise<Prepared>;

/** Whoever needs it first pays; who comes later waits for the same. */
function lazily(make: Lazy): Lazy {
  let made: Promise<Prepared> | undefined;
  return (tell) => (made ??= make(tell));
}

function kafkaPart(run: Run, prepared: Lazy): LocalPart {
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

function registryPart(run: Run, prepared: Lazy): LocalPart {
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

function postgresPart(run: Run): LocalPart {
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

function isRunning(run: Run, name: PartName): boolean {
  const part = run.state.parts[name];
  return part !== undefined && lives(part.pid, part.identity);
}

function localStep(run: Run, part: LocalPart): Step {
  const ready = (running: RunningPart): Promise<void> =>
    untilReady(
      { name: part.name, log: part.log, process: running },
      () => part.check(running.port),
      run.readyMs,
    );
  return {
    name: part.name,
    title: part.title,
    async run(tell) {
      const began = Date.now();
      const known = run.state.parts[part.name];
      if (known !== undefined && (await stillServes(run, part, known, ready))) {
        return `${part.title}: 127.0.0.1:${known.port}, was running`;
      }
      const started = await begin(run, part, tell);
      await ready(started);
      return `${part.title}: 127.0.0.1:${started.port}, ready after ${((Date.now() - began) / 1000).toFixed(1)} s`;
    },
  };
}

/** A process that was killed a moment ago may still be there; one that ends while it is asked was not running. */
async function stillServes(
  run: Run,
  part: LocalPart,
  known: RunningPart,
  ready: (running: RunningPart) => Promise<void>,
): Promise<boolean> {
  if (!isRunning(run, part.name)) return false;
  try {
    await ready(known);
    return true;
  } catch (error) {
    if (lives(known.pid, known.identity)) throw error;
    return false;
  }
}

async function begin(run: Run, part: LocalPart, tell: (what: string) => void): Promise<RunningPart> {
  for (const stray of strays(...part.mark)) await stopProcess(stray, part.plan);
  const port = await part.choosePorts();
  writeState(run.folder, run.state);
  const process = await part.start(port, tell);
  const running: RunningPart = {
    ...process,
    port,
    log: part.log,
    startedAt: new Date().toISOString(),
    origin: 'local',
  };
  run.started.push({ name: part.name, process, plan: part.plan });
  run.state.parts[part.name] = running;
  writeState(run.folder, run.state);
  return running;
}

/** A stack that could not be brought up as a whole is left as it was found. */
async function undo(run: Run): Promise<void> {
  const results = await Promise.allSettled(
    run.started.map(async ({ name, process, plan }) => {
      await stopProcess(process, plan);
      Reflect.deleteProperty(run.state.parts, name);
    }),
  );
  writeState(run.folder, run.state);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined && !(failed.reason instanceof StackError)) throw failed.reason;
}
