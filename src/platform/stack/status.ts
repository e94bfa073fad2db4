import { stateFolder } from './folder.js';
import { isAlive } from './alive.js';
import { localKafkaVersion } from './jars.js';
import { checkKafka } from './kafka.js';
import { probeRelease, releaseOf } from './kafka-probe.js';
import { checkPostgres, postgresUrl } from './postgres.js';
import type { Step } from './progress.js';
import { untilReady } from './ready.js';
import { REGISTRY_PATH, checkRegistry } from './registry.js';
import { externalParts, hostAndPort, portOf } from './settings.js';
import type { External } from './settings.js';
import { emptyState, readState } from './state.js';
import type { StackState } from './state.js';
import { PART_NAMES } from './types.js';
import type { PartCondition, PartName, Stack, StackOptions, StackPart, StackStatus } from './types.js';

/** The stack as the state and the settings describe it; whether its parts answer was asked before, or is asked after. */
export async function describeStack(folder: string, state: StackState, external: External): Promise<Stack> {
  const address = (name: PartName): string => `127.0.0.1:${state.parts[name]?.port ?? 0}`;
  return {
    brokers: external.brokers ?? address('kafka'),
    kafkaVersion: external.brokers === undefined ? localKafkaVersion() : await externalRelease(external),
    schemaRegistryUrl: external.schemaRegistryUrl ?? `http://${address('registry')}${REGISTRY_PATH}`,
    databaseUrl: external.databaseUrl ?? postgresUrl(folder, state.parts.postgres?.port ?? 0),
    ...(external.kafkaSecurity === undefined ? {} : { kafkaSecurity: external.kafkaSecurity }),
    parts: PART_NAMES.map((name) => describePart(name, state, external)),
    folder,
  };
}

/** Ready when the given brokers, registry and database answer; they are not ours to start. */
export function externalSteps(external: External, readyMs: number): Step[] {
  const step = (name: PartName, title: string, check: () => Promise<void>): Step => ({
    name,
    title,
    async run() {
      await untilReady({ name, log: '' }, check, readyMs);
      return `${title}: answers`;
    },
  });
  const { brokers, schemaRegistryUrl: registry, databaseUrl: database } = external;
  return [
    ...(brokers === undefined ? [] : [step('kafka', `Kafka at ${brokers}`, () => checkBrokers(external))]),
    ...(registry === undefined
      ? []
      : [step('registry', `Schema registry at ${withoutPassword(registry)}`, () => checkRegistry(registry))]),
    ...(database === undefined
      ? []
      : [step('postgres', `PostgreSQL at ${withoutPassword(database)}`, () => checkPostgres(database))]),
  ];
}

/** What is there right now; starts and changes nothing. */
export async function stackStatus(where: string | StackOptions = {}): Promise<StackStatus> {
  const options = typeof where === 'string' ? { folder: where } : where;
  const folder = stateFolder(options);
  const external = externalParts(options.env ?? process.env);
  const state = readState(folder) ?? emptyState();
  const parts = await Promise.all(
    PART_NAMES.map(async (name) => {
      const part = describePart(name, state, external);
      return { ...part, condition: await conditionOf(part, folder, state, external) };
    }),
  );
  const ready = parts.every(({ condition }) => condition === 'ready');
  return { folder, stack: ready ? await describeStack(folder, state, external) : null, parts };
}

function describePart(name: PartName, state: StackState, external: External): StackPart {
  const url = {
    kafka: external.brokers,
    registry: external.schemaRegistryUrl,
    postgres: external.databaseUrl,
  }[name];
  if (url !== undefined) {
    const port = name === 'kafka' ? hostAndPort(firstOf(url)).port : portOf(url);
    return { name, pid: 0, port, log: '', origin: 'external' };
  }
  const part = state.parts[name];
  if (part === undefined) return { name, pid: 0, port: state.ports[name] ?? 0, log: '', origin: 'local' };
  return { name, pid: part.pid, port: part.port, log: part.log, origin: part.origin };
}

async function conditionOf(
  part: StackPart,
  folder: string,
  state: StackState,
  external: External,
): Promise<PartCondition> {
  const known = state.parts[part.name];
  if (part.origin !== 'external' && (known === undefined || !(await isAlive(known)))) return 'stopped';
  const checks: Record<PartName, () => Promise<void>> = {
    kafka: () =>
      external.brokers === undefined ? checkKafka('127.0.0.1', part.port) : checkBrokers(external),
    registry: () =>
      checkRegistry(external.schemaRegistryUrl ?? `http://127.0.0.1:${part.port}${REGISTRY_PATH}`),
    postgres: () => checkPostgres(external.databaseUrl ?? postgresUrl(folder, part.port)),
  };
  try {
    await checks[part.name]();
    return 'ready';
  } catch {
    return 'not answering';
  }
}

/** One of the brokers is enough: it tells about the others. Who has to log in asks as everybody who will work with them. */
async function checkBrokers({ brokers = '', kafkaSecurity = {} }: External): Promise<void> {
  if (kafkaSecurity.ssl === undefined && kafkaSecurity.sasl === undefined) {
    const asked = brokers.split(',').map(hostAndPort);
    await Promise.any(asked.map(({ host, port }) => checkKafka(host, port)));
    return;
  }
  const { openKafkaBus } = await import('../../bus/index.js');
  const bus = await openKafkaBus({
    brokers: brokers.split(','),
    clientId: 'arbiter-probe',
    ...kafkaSecurity,
  });
  await bus.close();
}

/** Brokers tell it before anybody has logged in. */
async function externalRelease({ brokers = '', kafkaSecurity = {} }: External): Promise<string> {
  const { host, port } = hostAndPort(firstOf(brokers));
  try {
    return releaseOf(await probeRelease(host, port, 3_000, kafkaSecurity.ssl));
  } catch {
    return 'unknown';
  }
}

const firstOf = (list: string): string => list.split(',')[0] ?? list;

function withoutPassword(url: string): string {
  const parsed = new URL(url);
  parsed.password = '';
  return parsed.toString();
}
