import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { execa } from 'execa';
import { StackError } from './errors.js';

/** Kafka 4 brokers need it. */
export const OLDEST_JAVA = 17;

const INSTALL_JAVA = `Install a Java runtime of version ${OLDEST_JAVA} or newer (Debian, Ubuntu: apt-get install openjdk-17-jre-headless; macOS: brew install openjdk@17) and have it on PATH or in JAVA_HOME; or set KAFKA_BROKERS and SCHEMA_REGISTRY_URL to a running Kafka and registry; or start Docker.`;

/** The first executable file of that name on PATH. */
export function findProgram(name: string, env: NodeJS.ProcessEnv): string | undefined {
  for (const folder of (env['PATH'] ?? '').split(delimiter)) {
    const file = join(folder, name);
    if (folder !== '' && isProgram(file)) return file;
  }
  return undefined;
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/** The Java to run: `JAVA_HOME/bin/java`, else the one on PATH. Throws `NO_JAVA`, `JAVA_TOO_OLD`. */
export async function findJava(env: NodeJS.ProcessEnv): Promise<string> {
  const home = env['JAVA_HOME'];
  const own = home === undefined || home === '' ? undefined : join(home, 'bin', 'java');
  const java = own !== undefined && isProgram(own) ? own : findProgram('java', env);
  if (java === undefined) {
    throw new StackError(
      'NO_JAVA',
      `Java ${OLDEST_JAVA} or newer`,
      'no java in JAVA_HOME or on PATH',
      INSTALL_JAVA,
    );
  }
  // macOS has a `java` that only says that there is none, hence the exit code.
  const result = await execa(java, ['-version'], {
    env,
    extendEnv: false,
    reject: false,
    all: true,
    timeout: 15_000,
  });
  const text = result.all;
  if (result.exitCode !== 0) {
    throw new StackError(
      'NO_JAVA',
      `Java ${OLDEST_JAVA} or newer`,
      `${java} does not run: ${text.slice(0, 300)}`,
      INSTALL_JAVA,
    );
  }
  const version = javaVersion(text);
  if (version !== undefined && version >= OLDEST_JAVA) return java;
  const found =
    version === undefined
      ? `${java} that tells no version: ${text.slice(0, 300)}`
      : `${java} of version ${version}`;
  throw new StackError('JAVA_TOO_OLD', `Java ${OLDEST_JAVA} or newer`, found, INSTALL_JAVA);
}

/** The major version in what `java -version` prints: `"17.0.15"` → 17, `"1.8.0_402"` → 8, `"25-ea"` → 25. */
export function javaVersion(text: string): number | undefined {
  const match = /version "(?:1\.)?(\d+)/.exec(text);
  return match?.[1] === undefined ? undefined : Number(match[1]);
}
