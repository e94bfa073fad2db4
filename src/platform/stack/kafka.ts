import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { StackError } from './errors.js';
import { INFRA_FOLDER } from './folder.js';
import type { Jars } from './jars.js';
import { probeBroker } from './kafka-probe.js';
import { plainEnvironment, startDetached } from './process.js';
import type { Detached, StopPlan } from './process.js';

/** The broker closes its logs in an orderly way; a kill costs only a longer recovery at the next start. */
export const KAFKA_STOP: StopPlan = {
  steps: [
    { signal: 'SIGTERM', waitMs: 20_000 },
    { signal: 'SIGKILL', waitMs: 5_000 },
  ],
};

export interface KafkaSetup {
  readonly folder: string;
  readonly java: string;
  readonly jars: Jars;
  readonly env: NodeJS.ProcessEnv;
  readonly clusterId: string;
  readonly port: number;
  readonly controllerPort: number;
}

export const kafkaLog = (folder: string): string => join(folder, 'kafka.log');
/** In the broker's command line: what it is recognised by. */
export const kafkaProperties = (folder: string): string => join(folder, 'kafka', 'server.properties');

/** Writes the settings, formats the log folder when that was not done yet, starts the broker. */
export async function startKafka(setup: KafkaSetup): Promise<Detached> {
  const home = join(setup.folder, 'kafka');
  const data = join(home, 'data');
  mkdirSync(data, { recursive: true, mode: 0o700 });
  const properties = kafkaProperties(setup.folder);
  const values = {
    port: String(setup.port),
    controllerPort: String(setup.controllerPort),
    logDir: escapeProperty(data),
  };
  writeFileSync(properties, fill(readFileSync(join(INFRA_FOLDER, 'server.properties'), 'utf8'), values), {
    mode: 0o600,
  });
  if (!existsSync(join(data, 'meta.properties'))) await format(setup, properties, data);
  return startDetached({
    file: setup.java,
    args: [
      '-Xms128m',
      '-Xmx512m',
      '-XX:+UseSerialGC',
      '-XX:+ExitOnOutOfMemoryError',
      ...classes(setup),
      'kafka.Kafka',
      properties,
    ],
    cwd: home,
    env: plainEnvironment(setup.env),
    log: kafkaLog(setup.folder),
  });
}

/** Resolves when the broker at host:port takes requests as part of a cluster with a controller. */
export async function checkKafka(host: string, port: number): Promise<void> {
  const answer = await probeBroker(host, port, 2_000);
  if (answer.brokers < 1 || answer.controllerId < 0) throw new Error('the cluster has no controller yet');
}

function classes(setup: KafkaSetup): string[] {
  return [
    `-Dlog4j2.configurationFile=${join(INFRA_FOLDER, 'log4j2.properties')}`,
    '-cp',
    join(setup.jars.kafka, '*'),
  ];
}

async function format(setup: KafkaSetup, properties: string, data: string): Promise<void> {
  // A format that was cut short leaves files but no meta.properties; there can be no record yet.
  rmSync(join(data, 'bootstrap.checkpoint'), { force: true });
  const args = [
    '-Xmx128m',
    '-XX:+UseSerialGC',
    '-XX:TieredStopAtLevel=1',
    ...classes(setup),
    'kafka.tools.StorageTool',
    'format',
  ];
  const result = await execa(setup.java, [...args, '-t', setup.clusterId, '-c', properties], {
    env: plainEnvironment(setup.env),
    extendEnv: false,
    reject: false,
    all: true,
    timeout: 60_000,
  });
  if (result.exitCode === 0) return;
  const found = result.all.trimEnd().split('\n').slice(-10).join('\n');
  throw new StackError(
    'PART_DID_NOT_START',
    `Kafka's StorageTool to format ${data}`,
    `\n${found}\n`,
    'Correct what it names and try again.',
  );
}

/** Replaces each `${name}`; a name without a value is an error of the template. */
export function fill(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/\$\{(\w+)\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined)
      throw new StackError(
        'BAD_SETTING',
        `a value for ${name} in server.properties`,
        'none',
        'Put the template back as it was.',
      );
    return value;
  });
}

/** In a Java properties file a backslash escapes, and `log.dirs` is a list. */
export function escapeProperty(path: string): string {
  if (/[,\n\r]/.test(path)) {
    throw new StackError(
      'BAD_SETTING',
      'a state folder without comma and line break in its path',
      path,
      'Set ARBITER_HOME to another folder.',
    );
  }
  return path.replaceAll('\\', '\\\\');
}
