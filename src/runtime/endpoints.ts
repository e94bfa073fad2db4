import { readFileSync } from 'node:fs';
import path from 'node:path';
import {
  externalParts,
  stackStatus,
  stateFolder,
  type KafkaSecurity,
  type Stack,
} from '../platform/stack/index.js';

/** Where the parts that Arbiter stands on are. */
export interface Endpoints {
  readonly brokers: string;
  readonly kafkaVersion: string;
  readonly schemaRegistryUrl: string;
  /** With its password: not for logs. */
  readonly databaseUrl: string;
  /** For brokers that the environment names. Holds secrets: not for logs. */
  readonly kafkaSecurity?: KafkaSecurity;
  /** Arbiter's state folder: keys, stores. */
  readonly folder: string;
}

/** Nothing to connect to. */
export class NoStack extends Error {
  override readonly name = 'NoStack';
  readonly code = 'NO_STACK';
}

/** The stack of this project that answers now, or the one the environment names. Rejects with `NO_STACK`. */
export const findEndpoints = async (env: NodeJS.ProcessEnv = process.env): Promise<Endpoints> => {
  const { brokers, schemaRegistryUrl, databaseUrl, kafkaSecurity = {} } = externalParts(env);
  const folder = stateFolder({ env });
  if (brokers !== undefined && schemaRegistryUrl !== undefined && databaseUrl !== undefined)
    return { brokers, kafkaVersion: 'external', schemaRegistryUrl, databaseUrl, kafkaSecurity, folder };
  const { stack, parts } = await stackStatus({ env });
  if (stack !== null) return endpointsOf(stack);
  const found = parts.map(({ name, condition }) => `${name} ${condition}`).join(', ') || 'nothing';
  throw new NoStack(
    `no running stack for this project: expected Kafka, registry and PostgreSQL, found ${found}; run: arbiter up, ` +
      'or set KAFKA_BROKERS, SCHEMA_REGISTRY_URL and DATABASE_URL',
  );
};

export const endpointsOf = (stack: Stack): Endpoints => ({
  brokers: stack.brokers,
  kafkaVersion: stack.kafkaVersion,
  schemaRegistryUrl: stack.schemaRegistryUrl,
  databaseUrl: stack.databaseUrl,
  ...(stack.kafkaSecurity === undefined ? {} : { kafkaSecurity: stack.kafkaSecurity }),
  folder: stack.folder,
});

/** Version of this build, as it is written into claims, facts and statements. */
export const BUILD: string = (
  JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
).version;

export const keysFolder = (endpoints: Pick<Endpoints, 'folder'>): string =>
  path.join(endpoints.folder, 'keys');
export const gitFolder = (endpoints: Pick<Endpoints, 'folder'>): string => path.join(endpoints.folder, 'git');
