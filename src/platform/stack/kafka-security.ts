import { readFileSync } from 'node:fs';
import type { KafkaBusOptions } from '../../bus/index.js';
import { StackError } from './errors.js';

/** How to speak to brokers that are not our own: TLS, and who we are. Holds secrets: not for logs. */
export type KafkaSecurity = Pick<KafkaBusOptions, 'ssl' | 'sasl'>;

const PROTOCOLS = {
  PLAINTEXT: { tls: false, sasl: false },
  SSL: { tls: true, sasl: false },
  SASL_PLAINTEXT: { tls: false, sasl: true },
  SASL_SSL: { tls: true, sasl: true },
} as const;

const MECHANISMS = {
  PLAIN: 'plain',
  'SCRAM-SHA-256': 'scram-sha-256',
  'SCRAM-SHA-512': 'scram-sha-512',
} as const;

const NEED_SASL = [
  'KAFKA_SASL_MECHANISM',
  'KAFKA_SASL_USERNAME',
  'KAFKA_SASL_PASSWORD',
  'KAFKA_SASL_PASSWORD_FILE',
];
const NEED_TLS = ['KAFKA_SSL_CA_FILE', 'KAFKA_SSL_CERT_FILE', 'KAFKA_SSL_KEY_FILE'];

/**
 * Reads KAFKA_SECURITY_PROTOCOL, KAFKA_SASL_* and KAFKA_SSL_* (docs/scaling.md). Secrets come from the environment or from
 * files, never from arguments. What is given but would not be used is an error: nobody must believe in a TLS that is not
 * there. Throws `BAD_SETTING`, which repeats no secret.
 */
export function kafkaSecurity(env: NodeJS.ProcessEnv): KafkaSecurity {
  const name = (settingOf(env, 'KAFKA_SECURITY_PROTOCOL') ?? 'PLAINTEXT').toUpperCase();
  const wanted = oneOf('KAFKA_SECURITY_PROTOCOL', name, PROTOCOLS);
  if (!wanted.sasl) refuse(env, NEED_SASL, 'KAFKA_SECURITY_PROTOCOL=SASL_SSL or SASL_PLAINTEXT', name);
  if (!wanted.tls) refuse(env, NEED_TLS, 'KAFKA_SECURITY_PROTOCOL=SSL or SASL_SSL', name);
  return {
    ...(wanted.tls ? { ssl: tlsOf(env) } : {}),
    ...(wanted.sasl ? { sasl: saslOf(env) } : {}),
  };
}

const tlsOf = (env: NodeJS.ProcessEnv): NonNullable<KafkaSecurity['ssl']> => {
  const [ca, cert, key] = NEED_TLS.map((name) => fileOf(env, name));
  if ((cert === undefined) !== (key === undefined))
    throw bad('KAFKA_SSL_CERT_FILE and KAFKA_SSL_KEY_FILE together', 'one of them');
  return {
    rejectUnauthorized: true,
    ...(ca === undefined ? {} : { ca: [ca] }),
    ...(cert === undefined || key === undefined ? {} : { cert, key }),
  };
};

const saslOf = (env: NodeJS.ProcessEnv): NonNullable<KafkaSecurity['sasl']> => {
  const found = (settingOf(env, 'KAFKA_SASL_MECHANISM') ?? '').toUpperCase();
  const mechanism = oneOf('KAFKA_SASL_MECHANISM', found, MECHANISMS);
  const username = settingOf(env, 'KAFKA_SASL_USERNAME');
  const password = secretOf(env, 'KAFKA_SASL_PASSWORD');
  if (username === undefined) throw bad('KAFKA_SASL_USERNAME', 'nothing');
  if (password === undefined) throw bad('KAFKA_SASL_PASSWORD or KAFKA_SASL_PASSWORD_FILE', 'nothing');
  return { mechanism, username, password };
};

/** A secret of the environment, or of the file that `…_FILE` names. Throws `BAD_SETTING`. */
export const secretOf = (env: NodeJS.ProcessEnv, name: string): string | undefined => {
  const given = env[name] === '' ? undefined : env[name];
  const file = fileOf(env, `${name}_FILE`)?.replace(/\r?\n$/u, '');
  if (given !== undefined && file !== undefined) throw bad(`${name} or ${name}_FILE`, 'both');
  return given ?? file;
};

const settingOf = (env: NodeJS.ProcessEnv, name: string): string | undefined =>
  env[name]?.trim() || undefined;

const fileOf = (env: NodeJS.ProcessEnv, name: string): string | undefined => {
  const file = settingOf(env, name);
  if (file === undefined) return undefined;
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw bad(
      `${name} to be a file that can be read`,
      `${file}: ${(error as NodeJS.ErrnoException).code ?? 'an error'}`,
    );
  }
};

const oneOf = <T>(name: string, found: string, known: Readonly<Record<string, T>>): T => {
  const value = Object.hasOwn(known, found) ? known[found] : undefined;
  if (value !== undefined) return value;
  throw bad(`${name} out of ${Object.keys(known).join(', ')}`, found === '' ? 'nothing' : found);
};

const refuse = (env: NodeJS.ProcessEnv, names: readonly string[], needs: string, found: string): void => {
  const unused = names.find((name) => settingOf(env, name) !== undefined);
  if (unused !== undefined) throw bad(`${needs} beside ${unused}`, found);
};

const bad = (expected: string, found: string): StackError =>
  new StackError(
    'BAD_SETTING',
    expected,
    found,
    'Correct the environment; docs/scaling.md has the settings.',
  );
