import { chmodSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { StackOptions } from './types.js';

/** `infra/kafka` of this package: as deep below `dist` as below `src`. */
export const INFRA_FOLDER = fileURLToPath(new URL('../../../infra/kafka/', import.meta.url));

/** Root has to run PostgreSQL as somebody else, who must get *through* the folder, though not read it. */
const FOLDER_MODE = process.getuid?.() === 0 ? 0o711 : 0o700;

/** The state folder of a stack: `folder`, else `ARBITER_HOME`, else `.arbiter` in the project. Absolute. */
export function stateFolder(options: StackOptions = {}): string {
  const env = options.env ?? process.env;
  const home = env['ARBITER_HOME'];
  return resolve(
    options.folder ?? (home !== undefined && home !== '' ? home : join(options.project ?? '.', '.arbiter')),
  );
}

/** Where the jars lie, shared by all projects of a user: `ARBITER_CACHE_DIR`, else `$XDG_CACHE_HOME/arbiter`, else `~/.cache/arbiter`. */
export function cacheFolder(env: NodeJS.ProcessEnv): string {
  const own = env['ARBITER_CACHE_DIR'];
  if (own !== undefined && own !== '') return resolve(own);
  const xdg = env['XDG_CACHE_HOME'];
  const base = xdg !== undefined && xdg.startsWith('/') ? xdg : join(env['HOME'] ?? homedir(), '.cache');
  return join(base, 'arbiter');
}

/** Makes the state folder, or a folder in it, closed to others. */
export function makePrivateFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: FOLDER_MODE });
  chmodSync(folder, FOLDER_MODE);
}
