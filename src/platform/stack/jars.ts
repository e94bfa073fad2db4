import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { requireSpace } from './disk.js';
import { StackError } from './errors.js';
import { INFRA_FOLDER, cacheFolder } from './folder.js';
import { findProgram } from './java.js';

/** What the local broker and registry are made of. */
export interface Jars {
  /** Folder with all jars of Kafka. */
  readonly kafka: string;
  readonly kafkaVersion: string;
  /** Folder with the registry's runner jar and its `lib`. */
  readonly registry: string;
  readonly registryJar: string;
}

const POM = join(INFRA_FOLDER, 'pom.xml');
const DOWNLOAD_LIMIT_MS = 15 * 60_000;
const OTHERWISE =
  'or set KAFKA_BROKERS and SCHEMA_REGISTRY_URL to a running Kafka and registry; or start Docker.';

/**
 * The folder the jars of this pom.xml go to. Versions and a digest of the file are in its name, and it appears by a
 * rename when it is complete: a folder of that name *is* complete.
 */
export function jarsFolder(env: NodeJS.ProcessEnv, pom = readFileSync(POM, 'utf8')): string {
  const digest = createHash('sha256').update(pom).digest('hex').slice(0, 8);
  const name = `stack-kafka-${pomProperty(pom, 'kafka.version')}-apicurio-${pomProperty(pom, 'apicurio.version')}-${digest}`;
  return join(cacheFolder(env), name);
}

/** The Kafka version that the local stack runs. */
export function localKafkaVersion(): string {
  return pomProperty(readFileSync(POM, 'utf8'), 'kafka.version');
}

export function haveJars(env: NodeJS.ProcessEnv): boolean {
  return existsSync(jarsFolder(env));
}

/** The jars, from the cache or, once per machine and version, by Maven. Throws `NO_MAVEN`, `DOWNLOAD_FAILED`, `DISK_FULL`. */
export async function findJars(
  env: NodeJS.ProcessEnv,
  onDownload: () => void = () => undefined,
): Promise<Jars> {
  const folder = jarsFolder(env);
  if (!existsSync(folder)) {
    const maven = requireMaven(env);
    onDownload();
    await download(maven, folder, env);
  }
  const registry = join(folder, 'registry');
  const runner = readdirSync(registry).find((name) => name.endsWith('-runner.jar'));
  if (runner === undefined) throw incomplete(folder, 'no registry runner in it');
  return {
    kafka: join(folder, 'kafka'),
    kafkaVersion: localKafkaVersion(),
    registry,
    registryJar: join(registry, runner),
  };
}

/** The `mvn` on PATH. Throws `NO_MAVEN`. */
export function requireMaven(env: NodeJS.ProcessEnv): string {
  const maven = findProgram('mvn', env);
  if (maven !== undefined) return maven;
  const repair = `Install Maven (Debian, Ubuntu: apt-get install maven; macOS: brew install maven), needed once to fetch the jars; ${OTHERWISE}`;
  throw new StackError(
    'NO_MAVEN',
    `the jars in ${jarsFolder(env)}, or mvn on PATH to fetch them`,
    'neither',
    repair,
  );
}

async function download(maven: string, folder: string, env: NodeJS.ProcessEnv): Promise<void> {
  const cache = cacheFolder(env);
  mkdirSync(cache, { recursive: true, mode: 0o755 });
  await requireSpace(cache);
  const temporary = `${folder}.part-${process.pid}-${randomBytes(4).toString('hex')}`;
  const args = ['-B', '-ntp', '-q', '-f', POM, `-Darbiter.target=${temporary}`, 'generate-resources'];
  try {
    const result = await execa(maven, args, {
      env,
      extendEnv: false,
      reject: false,
      all: true,
      timeout: DOWNLOAD_LIMIT_MS,
      maxBuffer: 4 * 1024 ** 2,
    });
    if (result.exitCode !== 0)
      throw failed(result.timedOut ? `no end after ${DOWNLOAD_LIMIT_MS} ms` : result.all);
    keep(temporary, folder);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** Whoever is second finds the same jars in place and drops its own. */
function keep(temporary: string, folder: string): void {
  if (!existsSync(join(temporary, 'kafka')) || !existsSync(join(temporary, 'registry')))
    throw failed('nothing, and no error');
  try {
    renameSync(temporary, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  }
}

function failed(output: string): StackError {
  const lines = output.trimEnd().split('\n').slice(-10).join('\n');
  const repair = `Is there a network, and a mirror in ~/.m2/settings.xml if you need one? Try again; ${OTHERWISE}`;
  return new StackError('DOWNLOAD_FAILED', 'Maven to fetch Kafka and the registry', `\n${lines}\n`, repair);
}

function incomplete(folder: string, found: string): StackError {
  return new StackError(
    'DOWNLOAD_FAILED',
    `all jars in ${folder}`,
    found,
    'Remove that folder and try again.',
  );
}

function pomProperty(pom: string, name: string): string {
  const value = new RegExp(`<${name.replace('.', '\\.')}>([0-9A-Za-z.-]+)</`).exec(pom)?.[1];
  if (value === undefined)
    throw new StackError(
      'BAD_SETTING',
      `a property ${name} in ${POM}`,
      'none',
      'Put the file back as it was.',
    );
  return value;
}
