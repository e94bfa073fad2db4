import { existsSync } from 'node:fs';
import { endPart, isAlive } from './alive.js';
import { stateFolder } from './folder.js';
import { strays } from './identity.js';
import { KAFKA_STOP, kafkaProperties } from './kafka.js';
import { withLock } from './lock.js';
import { POSTGRES_STOP, postgresData } from './postgres.js';
import { stopProcess } from './process.js';
import type { StopPlan } from './process.js';
import { REGISTRY_STOP, registryMark } from './registry.js';
import { readState, stateFile, writeState } from './state.js';
import { PART_NAMES } from './types.js';
import type { PartName, StackOptions } from './types.js';

/** How long to wait for another `up` or `down` on the same folder. */
const LOCK_MS = 60_000;

const PLANS: Readonly<Record<PartName, StopPlan>> = {
  kafka: KAFKA_STOP,
  registry: REGISTRY_STOP,
  postgres: POSTGRES_STOP,
};

/**
 * Ends what `startStack` started in this folder, by process id, and only after it made sure that the process behind the
 * id is still the same. Data and ports are kept; external parts are not touched. Returns the parts that were running.
 */
export async function stopStack(where: string | StackOptions = {}): Promise<readonly PartName[]> {
  const options = typeof where === 'string' ? { folder: where } : where;
  const folder = stateFolder(options);
  if (!existsSync(stateFile(folder))) return [];
  return withLock(folder, LOCK_MS, async () => {
    const state = readState(folder);
    if (state === undefined) return [];
    const stopped = await Promise.all(
      PART_NAMES.map(async (name) => {
        const part = state.parts[name];
        const ran = part !== undefined && (await isAlive(part));
        if (part !== undefined) await endPart(part, PLANS[name]);
        for (const stray of strays(...markOf(name, folder))) await stopProcess(stray, PLANS[name]);
        return ran ? [name] : [];
      }),
    );
    writeState(folder, { ...state, parts: {} });
    return stopped.flat();
  });
}

function markOf(name: PartName, folder: string): [program: string, argument: string] {
  if (name === 'kafka') return ['java', kafkaProperties(folder)];
  return name === 'registry' ? ['java', registryMark(folder)] : ['postgres', postgresData(folder)];
}
