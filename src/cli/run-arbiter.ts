import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { connectRegistry, ensureSchemas } from '../bus/codec/index.js';
import { logSink, openServiceLog } from '../platform/service-log.js';
import { migrate } from '../projections/index.js';
import {
  COMPONENT_NAMES,
  findEndpoints,
  findTopicProblems,
  openBus,
  readSettings,
  startHealthServer,
  startProcess,
  type ArbiterProcess,
  type ComponentName,
  type Endpoints,
  type Settings,
} from '../runtime/index.js';
import type { RunOptions } from './commands/run.js';
import { CliError, DONE, FAILED, misuse } from './failure.js';
import { json, note, showError } from './output.js';
import { untilSignal } from './signals.js';

const POLL_MS = 100;
/** Told once when it takes this long. */
const PATIENCE_MS = 30_000;

/** Runs until SIGTERM or SIGINT, then stops in order; a second signal ends the process at once. */
export const runArbiter = async (options: RunOptions): Promise<number> => {
  const only = componentsOf(options.only);
  const settings = withRaces(readSettings(), options.allowRace === true);
  const endpoints = await findEndpoints();
  const log = logSink(options.json === true);
  const logger = openServiceLog(settings.logLevel, log);
  const signal = untilSignal();
  await prepare(endpoints, only, options.production === true);
  const instance = randomUUID();
  const arbiter = await startProcess({ instance, only, endpoints, settings }, logger, log);
  let broken = DONE;
  arbiter.failed.catch((error: unknown) => {
    broken = FAILED;
    logger.fatal({ err: error }, 'a thread of components has ended');
  });
  const served = await serveUntil(signal, arbiter, instance, options, logger);
  const stopped = await stop(arbiter, settings.shutdownMs, logger);
  return Math.max(served, stopped, broken);
};

/** Agents beside the first in a race, at most; see REQUEST_LIMITS. */
const RIVALS = 2;

const withRaces = (settings: Settings, allowed: boolean): Settings =>
  allowed ? { ...settings, limits: { ...settings.limits, rivals: RIVALS } } : settings;

/** What goes wrong here must not keep the components from being stopped in order. */
const serveUntil = async (
  signal: Promise<NodeJS.Signals>,
  arbiter: ArbiterProcess,
  instance: string,
  { metricsPort, json: asJson }: RunOptions,
  logger: Logger,
): Promise<number> => {
  try {
    const health = await startHealthServer(arbiter, metricsPort).catch((error: unknown) => {
      throw healthRefused(error, metricsPort);
    });
    try {
      const ready = { instance, metricsPort: health.port, components: arbiter.components };
      await Promise.race([serve(arbiter, ready, asJson === true, signal, logger), arbiter.failed]);
    } finally {
      await health.close();
    }
    return DONE;
  } catch (error) {
    showError(error, asJson === true);
    return FAILED;
  }
};

const healthRefused = (error: unknown, port: number): unknown =>
  (error as NodeJS.ErrnoException).code === 'EADDRINUSE'
    ? misuse(
        `port ${port} to be free`,
        'somebody listens on it',
        'choose another --metrics-port',
        'PORT_TAKEN',
      )
    : error;

const componentsOf = (given: readonly string[] | undefined): readonly ComponentName[] => {
  if (given === undefined) return COMPONENT_NAMES;
  const known = new Set<string>(COMPONENT_NAMES);
  const stranger = given.find((name) => !known.has(name));
  if (stranger !== undefined) {
    throw misuse(
      `components out of ${COMPONENT_NAMES.join(', ')}`,
      stranger,
      'correct --only',
      'UNKNOWN_COMPONENT',
    );
  }
  return COMPONENT_NAMES.filter((name) => given.includes(name));
};

/** Topics must be as declared. Outside of production, schemas and tables are brought up to date. */
const prepare = async (
  endpoints: Endpoints,
  only: readonly ComponentName[],
  production: boolean,
): Promise<void> => {
  const bus = await openBus(endpoints, 'arbiter-run');
  try {
    const findings = await findTopicProblems(bus);
    for (const { severity, code, topic, expected, found, repair } of findings)
      note(`${severity} ${code} ${topic}: expected ${expected}, found ${found}; ${repair}`);
    const errors = findings.filter(({ severity }) => severity === 'error');
    if (errors.length > 0) {
      throw new CliError({
        code: 'TOPICS_NOT_AS_DECLARED',
        expected: 'every topic as declared',
        found: `${errors.length} errors: ${[...new Set(errors.map(({ topic }) => topic))].join(', ')}`,
        repair: 'repair each as said above; missing topics come with: arbiter up',
      });
    }
    if (production) return;
    await ensureSchemas({ registry: connectRegistry({ url: endpoints.schemaRegistryUrl }), bus });
    if (only.includes('projections')) await migrate(endpoints.databaseUrl);
  } finally {
    await bus.close();
  }
};

const serve = async (
  arbiter: ArbiterProcess,
  ready: { readonly instance: string; readonly metricsPort: number; readonly components: readonly string[] },
  asJson: boolean,
  signal: Promise<NodeJS.Signals>,
  logger: Logger,
): Promise<void> => {
  const began = Date.now();
  const ended = { yes: false };
  const signalled = signal.then((name) => {
    ended.yes = true;
    logger.info({ signal: name }, 'asked to stop');
  });
  let told = false;
  while (!(await arbiter.readiness()).ready) {
    await Promise.race([signalled, new Promise((resolve) => setTimeout(resolve, POLL_MS))]);
    if (ended.yes) return;
    if (!told && Date.now() - began > PATIENCE_MS) {
      told = true;
      logger.warn({ readiness: (await arbiter.readiness()).detail }, 'not ready yet');
    }
  }
  logger.info(ready, 'ready');
  const { instance, metricsPort, components } = ready;
  if (asJson) json({ event: 'ready', instance, metrics_port: metricsPort, components });
  else note(`ready (instance ${instance}, http://127.0.0.1:${metricsPort}/metrics)`);
  await signalled;
};

/** In order, within the limit: what hangs is left behind, the log decides who was right. */
const stop = async (arbiter: ArbiterProcess, limitMs: number, logger: Logger): Promise<number> => {
  const left = await arbiter.stop();
  if (left.length === 0) {
    logger.info('stopped');
    return DONE;
  }
  logger.error({ left, limitMs }, 'not stopped within the limit');
  note(
    `SHUTDOWN_TIMEOUT: ${left.join(', ')} did not stop within ${limitMs} ms; nothing is lost, the next start goes on from the log`,
  );
  return FAILED;
};
