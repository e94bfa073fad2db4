import { endPart, isAlive } from './alive.js';
import { requireSpace } from './disk.js';
import { whyNoDocker } from './docker.js';
import { makePrivateFolder, stateFolder } from './folder.js';
import { strays } from './identity.js';
import { haveJars, requireMaven } from './jars.js';
import { findJava } from './java.js';
import { withLock } from './lock.js';
import { dockerParts, kafkaPart, lazily, postgresPart, prepareJars, registryPart } from './parts.js';
import type { Run, StartablePart } from './parts.js';
import { stopProcess } from './process.js';
import { runSteps } from './progress.js';
import type { Step } from './progress.js';
import { untilReady } from './ready.js';
import { externalParts } from './settings.js';
import type { External } from './settings.js';
import { emptyState, readState, writeState } from './state.js';
import type { RunningPart } from './state.js';
import { describeStack, externalSteps } from './status.js';
import type { PartName, Stack, StackOptions } from './types.js';

const READY_MS = 60_000;
const LOCK_MS = 180_000;

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
  return withLock(folder, LOCK_MS, async () => {
    const run: Run = {
      folder,
      env,
      state: readState(folder) ?? emptyState(),
      readyMs: options.readyTimeoutMs ?? READY_MS,
      started: [],
      ports: { last: Promise.resolve() },
    };
    const parts = await missingParts(run, external);
    const running = await Promise.all(parts.map(({ name }) => isRunning(run, name)));
    if (running.includes(false)) await requireSpace(folder);
    const steps = [...externalSteps(external, run.readyMs), ...parts.map((part) => partStep(run, part))];
    try {
      await runSteps(steps, options.quiet === true);
    } catch (error) {
      await undo(run);
      throw error;
    }
    return describeStack(folder, run.state, external);
  });
}

/** What is not given from outside. The jars come before Docker, which is asked only where there is no Java or Maven. */
async function missingParts(run: Run, external: External): Promise<StartablePart[]> {
  const postgres = external.databaseUrl === undefined ? [postgresPart(run)] : [];
  if (external.brokers !== undefined) return postgres;
  const inDocker = external.schemaRegistryUrl === undefined && (await needsDocker(run));
  if (inDocker) return [...dockerParts(run), ...postgres];
  const jars = lazily((tell) => prepareJars(run.env, tell));
  const registry = external.schemaRegistryUrl === undefined ? [registryPart(run, jars)] : [];
  return [kafkaPart(run, jars), ...registry, ...postgres];
}

/** What runs in containers goes on in them: there its data is. */
async function needsDocker({ state, env }: Run): Promise<boolean> {
  if (state.parts.kafka !== undefined) return state.parts.kafka.container !== undefined;
  try {
    await findJava(env);
    if (!haveJars(env)) requireMaven(env);
    return false;
  } catch {
    // Without Docker as well, starting the part will say what is missing.
    return (await whyNoDocker()) === undefined;
  }
}

async function isRunning(run: Run, name: PartName): Promise<boolean> {
  const part = run.state.parts[name];
  return part !== undefined && isAlive(part);
}

function partStep(run: Run, part: StartablePart): Step {
  const ready = (running: RunningPart): Promise<void> =>
    untilReady(
      { name: part.name, log: part.log, alive: () => isAlive(running) },
      () => part.check(running.port),
      run.readyMs,
    );
  return {
    name: part.name,
    title: part.title,
    async run(tell) {
      const began = Date.now();
      const known = run.state.parts[part.name];
      if (known !== undefined && (await stillServes(known, ready))) {
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
  known: RunningPart,
  ready: (running: RunningPart) => Promise<void>,
): Promise<boolean> {
  if (!(await isAlive(known))) return false;
  try {
    await ready(known);
    return true;
  } catch (error) {
    if (await isAlive(known)) throw error;
    return false;
  }
}

async function begin(run: Run, part: StartablePart, tell: (what: string) => void): Promise<RunningPart> {
  if (part.mark !== undefined) for (const stray of strays(...part.mark)) await stopProcess(stray, part.plan);
  const port = await choosePorts(run, part);
  const started = await part.start(port, tell);
  const origin = started.container === undefined ? 'local' : 'docker';
  const running: RunningPart = {
    ...started,
    port,
    log: part.log,
    startedAt: new Date().toISOString(),
    origin,
  };
  run.started.push({ name: part.name, part: running, plan: part.plan });
  run.state.parts[part.name] = running;
  writeState(run.folder, run.state);
  return running;
}

/** One part after the other: two that choose at once could choose the same. */
function choosePorts(run: Run, part: StartablePart): Promise<number> {
  const chosen = run.ports.last.then(async () => {
    const port = await part.choosePorts();
    writeState(run.folder, run.state);
    return port;
  });
  run.ports.last = chosen.catch(() => undefined);
  return chosen;
}

/** A stack that could not be brought up as a whole is left as it was found; the first error is the one to tell. */
async function undo(run: Run): Promise<void> {
  await Promise.allSettled(
    run.started.map(async ({ name, part, plan }) => {
      await endPart(part, plan);
      Reflect.deleteProperty(run.state.parts, name);
    }),
  );
  writeState(run.folder, run.state);
}
