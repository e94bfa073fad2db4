import { StackError } from './errors.js';
import { kafkaSecurity, secretOf, type KafkaSecurity } from './kafka-security.js';

/** What the environment gives, so that it need not be started. */
export interface External {
  readonly brokers: string | undefined;
  readonly schemaRegistryUrl: string | undefined;
  readonly databaseUrl: string | undefined;
  /** There with `brokers` only. */
  readonly kafkaSecurity?: KafkaSecurity;
}

/** Reads KAFKA_BROKERS, SCHEMA_REGISTRY_URL and DATABASE_URL, and what goes with them. Throws `NO_REGISTRY_URL`, `BAD_SETTING`. */
export function externalParts(env: NodeJS.ProcessEnv): External {
  const brokers = given(env, 'KAFKA_BROKERS');
  const registryUrl = given(env, 'SCHEMA_REGISTRY_URL')?.replace(/\/+$/, '');
  const plainDatabaseUrl = given(env, 'DATABASE_URL');
  if (brokers !== undefined && registryUrl === undefined) {
    const repair =
      'Set SCHEMA_REGISTRY_URL to the Confluent-compatible API of its registry, or unset KAFKA_BROKERS.';
    throw new StackError(
      'NO_REGISTRY_URL',
      'SCHEMA_REGISTRY_URL beside KAFKA_BROKERS',
      'only KAFKA_BROKERS',
      repair,
    );
  }
  if (brokers !== undefined) brokers.split(',').forEach(hostAndPort);
  if (registryUrl !== undefined) requireUrl('SCHEMA_REGISTRY_URL', registryUrl, ['http:', 'https:']);
  if (plainDatabaseUrl !== undefined)
    requireUrl('DATABASE_URL', plainDatabaseUrl, ['postgres:', 'postgresql:']);
  const schemaRegistryUrl = withLogin(env, registryUrl, 'SCHEMA_REGISTRY');
  const databaseUrl = withLogin(env, plainDatabaseUrl, 'DATABASE');
  if (brokers === undefined) return { brokers, schemaRegistryUrl, databaseUrl };
  return { brokers, schemaRegistryUrl, databaseUrl, kafkaSecurity: kafkaSecurity(env) };
}

/** The URL with `…_USERNAME` and `…_PASSWORD` (or `…_PASSWORD_FILE`) in it; they win over what it carries itself. */
function withLogin(env: NodeJS.ProcessEnv, url: string | undefined, prefix: string): string | undefined {
  const username = given(env, `${prefix}_USERNAME`);
  const password = secretOf(env, `${prefix}_PASSWORD`);
  if (url === undefined || (username === undefined && password === undefined)) return url;
  const whole = new URL(url);
  if (username !== undefined) whole.username = encodeURIComponent(username);
  if (password !== undefined) whole.password = encodeURIComponent(password);
  return whole.href.replace(/\/+$/, '');
}

/** `host:port`, an IPv6 host in brackets. Throws `BAD_SETTING`. */
export function hostAndPort(text: string): { host: string; port: number } {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([^\s:[\]/@]+)):(\d{1,5})$/.exec(text.trim());
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host !== undefined && port >= 1 && port <= 65_535) return { host, port };
  throw new StackError(
    'BAD_SETTING',
    'KAFKA_BROKERS as host:port,host:port',
    JSON.stringify(text),
    'Correct KAFKA_BROKERS.',
  );
}

/** The port that a URL means. */
export function portOf(url: string): number {
  const { port, protocol } = new URL(url);
  if (port !== '') return Number(port);
  return { 'http:': 80, 'https:': 443 }[protocol] ?? 5432;
}

function given(env: NodeJS.ProcessEnv, name: string): string | undefined {
  const value = env[name]?.trim();
  return value === '' ? undefined : value;
}

/** The value may hold a password, so the error does not repeat it. */
function requireUrl(name: string, value: string, protocols: readonly string[]): void {
  if (URL.canParse(value) && protocols.includes(new URL(value).protocol)) return;
  throw new StackError(
    'BAD_SETTING',
    `${name} to be a URL that begins with ${protocols.join('// or ')}//`,
    'something else',
    `Correct ${name}.`,
  );
}
