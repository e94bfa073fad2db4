import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { INFRA_FOLDER } from './folder.js';
import { StackError } from './errors.js';
import { fill } from './kafka.js';
import type * as testcontainers from 'testcontainers';

/**
 * Broker and registry as containers, for a machine with Docker and no Java. Both live in one network namespace, so that the
 * one address 127.0.0.1:port means the broker from the host as well as from the registry, which keeps its schemas in a
 * topic. `reuse` keeps testcontainers from removing them when this process ends. Ports are published on 127.0.0.1 only.
 */
type Testcontainers = typeof testcontainers;

const REGISTRY_TAG = '2.6.13.Final';

export interface ContainerSetup {
  /** Made part of the name, so that each state folder has its own containers. */
  readonly clusterId: string;
  readonly port: number;
  readonly registryPort: number;
  readonly kafkaVersion: string;
}

/** Why there is no Docker to use; undefined when there is. Nothing is pulled or started. */
export async function whyNoDocker(): Promise<string | undefined> {
  try {
    const { getContainerRuntimeClient } = await load();
    await getContainerRuntimeClient();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Starts, or starts again with its data, the container of the broker. Returns its id. */
export async function startKafkaContainer(setup: ContainerSetup): Promise<string> {
  const { GenericContainer, Wait } = await load();
  const published = [setup.port, setup.registryPort];
  class OnLoopback extends GenericContainer {
    protected override beforeContainerCreated = (): Promise<void> => {
      for (const [name, bindings] of Object.entries(
        this.hostConfig.PortBindings as Record<string, { HostPort: string }[]>,
      )) {
        (this.hostConfig.PortBindings as Record<string, unknown>)[name] = bindings.map((one) => ({
          ...one,
          HostIp: '127.0.0.1',
        }));
      }
      return Promise.resolve();
    };
  }
  const container = new OnLoopback(`apache/kafka:${setup.kafkaVersion}`)
    .withName(nameOf('kafka', setup))
    .withEnvironment(kafkaEnvironment(setup))
    .withExposedPorts(...published.map((port) => ({ container: port, host: port })))
    .withWaitStrategy(Wait.forLogMessage(/Kafka Server started/));
  return start(() => container.withReuse().start());
}

/** The registry beside the broker. Returns the container's id. */
export async function startRegistryContainer(setup: ContainerSetup, kafkaContainer: string): Promise<string> {
  const { GenericContainer, Wait } = await load();
  const container = new GenericContainer(`apicurio/apicurio-registry-kafkasql:${REGISTRY_TAG}`)
    .withName(nameOf('registry', setup))
    .withNetworkMode(`container:${kafkaContainer}`)
    .withEnvironment({
      KAFKA_BOOTSTRAP_SERVERS: `127.0.0.1:${setup.port}`,
      QUARKUS_HTTP_PORT: String(setup.registryPort),
    })
    .withWaitStrategy(Wait.forLogMessage(/Listening on/));
  return start(() => container.withReuse().start());
}

export async function containerRuns(id: string): Promise<boolean> {
  try {
    const client = await (await load()).getContainerRuntimeClient();
    return (await client.container.inspect(client.container.getById(id))).State.Running;
  } catch {
    return false;
  }
}

/** Stopped, not removed: its data is in it. Seconds until it is killed: `timeoutMs`. */
export async function stopContainer(id: string, timeoutMs: number): Promise<void> {
  if (!(await containerRuns(id))) return;
  const client = await (await load()).getContainerRuntimeClient();
  await client.container.stop(client.container.getById(id), { timeout: timeoutMs });
}

/** The broker's settings are those of the template; the image takes them as KAFKA_… (dots become underscores). */
export function kafkaEnvironment(setup: Pick<ContainerSetup, 'clusterId' | 'port'>): Record<string, string> {
  const values = { port: String(setup.port), controllerPort: '9093', logDir: '/var/lib/kafka/data' };
  const template = fill(readFileSync(join(INFRA_FOLDER, 'server.properties'), 'utf8'), values);
  const settings = template.split('\n').flatMap((line) => {
    const at = line.indexOf('=');
    return line.startsWith('#') || at < 0 ? [] : [[line.slice(0, at), line.slice(at + 1)] as const];
  });
  const named = settings.map(
    ([key, value]) => [`KAFKA_${key.replaceAll('.', '_').toUpperCase()}`, value] as const,
  );
  const listeners = `CLIENT://0.0.0.0:${setup.port},CONTROLLER://127.0.0.1:9093`;
  return { ...Object.fromEntries(named), KAFKA_LISTENERS: listeners, CLUSTER_ID: setup.clusterId };
}

const nameOf = (part: string, setup: ContainerSetup): string =>
  `arbiter-${part}-${setup.clusterId}-${setup.port}-${setup.registryPort}`;

async function start(work: () => Promise<{ getId(): string }>): Promise<string> {
  try {
    return (await work()).getId();
  } catch (cause) {
    const found = cause instanceof Error ? cause.message : String(cause);
    throw new StackError(
      'DOCKER_FAILED',
      'Docker to start a container',
      found,
      'Look at it with docker ps -a and docker logs.',
      { cause },
    );
  }
}

/** A development dependency: who installed Arbiter without those has no Docker lane. */
function load(): Promise<Testcontainers> {
  return import('testcontainers');
}
