import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { StackError } from './errors.js';
import type { PortName, StackState } from './state.js';

/**
 * Below the range from which systems take the local ends of outgoing connections (Linux: 32768 up), so that a port we
 * keep is not lost to somebody's client while the stack is down.
 */
const LOWEST = 20_000;
const HIGHEST = 32_000;
const ATTEMPTS = 200;
/** A process that was just killed holds its port until it is gone. */
const PATIENCE_MS = 3_000;
const LOOK_AGAIN_MS = 50;

const SETTINGS: Readonly<Record<PortName, string>> = {
  kafka: 'ARBITER_KAFKA_PORT',
  controller: 'ARBITER_KAFKA_CONTROLLER_PORT',
  registry: 'ARBITER_REGISTRY_PORT',
  postgres: 'ARBITER_POSTGRES_PORT',
};

/** Can we listen on this port of 127.0.0.1? */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(false);
    });
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}

async function isFreeSoon(port: number, free: (port: number) => Promise<boolean>): Promise<boolean> {
  for (let waited = 0; waited < PATIENCE_MS; waited += LOOK_AGAIN_MS) {
    if (await free(port)) return true;
    await sleep(LOOK_AGAIN_MS);
  }
  return false;
}

/**
 * The port for a part: the one the user fixed (`PORT_TAKEN` when it is taken), else the one kept from last time, else a
 * new one that no other part of this stack has.
 */
export async function choosePort(
  name: PortName,
  kept: StackState['ports'],
  env: NodeJS.ProcessEnv,
  free: (port: number) => Promise<boolean> = isFree,
): Promise<number> {
  const fixed = fixedPort(name, env);
  if (fixed !== undefined) {
    if (await free(fixed)) return fixed;
    const repair = `Stop what listens there (ss -ltnp 'sport = :${fixed}'), or set ${SETTINGS[name]} to another port or to nothing.`;
    throw new StackError('PORT_TAKEN', `port ${fixed} (${SETTINGS[name]}) to be free`, 'it is taken', repair);
  }
  const before = kept[name];
  if (before !== undefined && (await isFreeSoon(before, free))) return before;
  const others = new Set(Object.entries(kept).flatMap(([other, port]) => (other === name ? [] : [port])));
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const port = randomInt(LOWEST, HIGHEST);
    if (!others.has(port) && (await free(port))) return port;
  }
  throw new StackError(
    'PORT_TAKEN',
    `a free port between ${LOWEST} and ${HIGHEST} for ${name}`,
    `none in ${ATTEMPTS} attempts`,
    `Set ${SETTINGS[name]} to a free port.`,
  );
}

function fixedPort(name: PortName, env: NodeJS.ProcessEnv): number | undefined {
  const text = env[SETTINGS[name]];
  if (text === undefined || text === '') return undefined;
  const port = Number(text);
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  throw new StackError(
    'BAD_SETTING',
    `${SETTINGS[name]} to be a port, 1 to 65535`,
    JSON.stringify(text),
    `Correct ${SETTINGS[name]}.`,
  );
}
