import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** Below the home folder: where users keep credentials. */
const OF_USER = [
  '.ssh',
  '.gnupg',
  '.aws',
  '.azure',
  '.config/gcloud',
  '.config/gh',
  '.docker',
  '.kube',
  '.netrc',
  '.npmrc',
  '.pypirc',
  '.git-credentials',
  '.config/git/credentials',
  '.cargo/credentials.toml',
  '.m2/settings.xml',
  '.arbiter',
];

/** Settings of Arbiter that name a file with a secret, or with settings. */
const OF_ARBITER = [
  'KAFKA_SSL_KEY_FILE',
  'KAFKA_SASL_PASSWORD_FILE',
  'SCHEMA_REGISTRY_PASSWORD_FILE',
  'DATABASE_PASSWORD_FILE',
  'ARBITER_CONFIG',
];

/** Those that are there: what no program of an agent's has to see. */
export function secretPaths(env: Readonly<Record<string, string | undefined>>): string[] {
  const home = env['HOME'] ?? homedir();
  const named = OF_ARBITER.flatMap((name) => env[name]?.trim() || []).map((path) => resolve(path));
  return [...OF_USER.map((name) => join(home, name)), ...named].filter((path) => existsSync(path));
}
