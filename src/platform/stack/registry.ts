import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Jars } from './jars.js';
import { plainEnvironment, startDetached } from './process.js';
import type { Detached, StopPlan } from './process.js';

export const REGISTRY_STOP: StopPlan = {
  steps: [
    { signal: 'SIGTERM', waitMs: 10_000 },
    { signal: 'SIGKILL', waitMs: 5_000 },
  ],
};

/** The Confluent-compatible API of the registry. */
export const REGISTRY_PATH = '/apis/ccompat/v7';

export interface RegistrySetup {
  readonly folder: string;
  readonly java: string;
  readonly jars: Jars;
  readonly env: NodeJS.ProcessEnv;
  readonly port: number;
}

export const registryLog = (folder: string): string => join(folder, 'registry.log');
/** A system property whose only use is to recognise the process. */
export const registryMark = (folder: string): string => `-Darbiter.registry=${join(folder, 'registry')}`;

export function startRegistry(setup: RegistrySetup): Promise<Detached> {
  const home = join(setup.folder, 'registry');
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const flags = [
    '-Xms64m',
    '-Xmx256m',
    '-XX:+UseSerialGC',
    '-XX:TieredStopAtLevel=1',
    '-XX:+ExitOnOutOfMemoryError',
  ];
  return startDetached({
    file: setup.java,
    args: [...flags, registryMark(setup.folder), '-jar', setup.jars.registryJar],
    cwd: home,
    env: {
      ...plainEnvironment(setup.env),
      QUARKUS_HTTP_HOST: '127.0.0.1',
      QUARKUS_HTTP_PORT: String(setup.port),
      // Relative to the working directory: a ';' in a path would read as an H2 option. H2 holds writes back for half a
      // second unless told otherwise, and an id that a record in the log already carries must not be lost by a kill.
      REGISTRY_DATASOURCE_URL: 'jdbc:h2:file:./schemas;WRITE_DELAY=0',
    },
    log: registryLog(setup.folder),
  });
}

/** Resolves when the registry lists its subjects. */
export async function checkRegistry(url: string): Promise<void> {
  const { connectRegistry } = await import('../../bus/codec/index.js');
  const subjects: unknown = await connectRegistry({ url, timeoutMs: 3_000 }).subjects();
  if (!Array.isArray(subjects)) throw new Error('the registry does not list its subjects');
}
