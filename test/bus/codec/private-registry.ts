import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connectRegistry } from '../../../src/bus/codec/index.js';
import { findJars } from '../../../src/platform/stack/jars.js';
import { findJava } from '../../../src/platform/stack/java.js';
import { choosePort } from '../../../src/platform/stack/ports.js';
import { stopProcess } from '../../../src/platform/stack/process.js';
import { REGISTRY_PATH, REGISTRY_STOP, startRegistry } from '../../../src/platform/stack/registry.js';

export interface PrivateRegistry {
  readonly url: string;
  stop(): Promise<void>;
}

/** A real registry on an empty data folder of its own: the shared one must not be wiped. */
export const startPrivateRegistry = async (): Promise<PrivateRegistry> => {
  const env = process.env;
  const folder = mkdtempSync(path.join(tmpdir(), 'arbiter-registry-'));
  const [java, jars, port] = await Promise.all([
    findJava(env),
    findJars(env),
    choosePort('registry', {}, { ...env, ARBITER_REGISTRY_PORT: '' }),
  ]);
  const part = await startRegistry({ folder, java, jars, env, port });
  const url = `http://127.0.0.1:${port}${REGISTRY_PATH}`;
  const stop = async (): Promise<void> => {
    await stopProcess(part, REGISTRY_STOP);
    rmSync(folder, { recursive: true, force: true });
  };
  const deadline = Date.now() + 60_000;
  for (;;) {
    try {
      await connectRegistry({ url }).subjects();
      return { url, stop };
    } catch (error) {
      if (Date.now() > deadline) {
        await stop();
        throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
};
