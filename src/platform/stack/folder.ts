import { chmodSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { StackError } from './errors.js';
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

/** Makes the state folder, closed to others. Throws `BAD_SETTING` where none can be. */
export function makePrivateFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: FOLDER_MODE });
    chmodSync(folder, FOLDER_MODE);
  } catch (error) {
    throw noFolder(folder, error);
  }
}

/** The state folder can not be made, or not be looked into. */
export function noFolder(folder: string, cause: unknown): StackError {
  const found = cause instanceof Error ? cause.message : String(cause);
  const repair = 'Set ARBITER_HOME to a folder that you may write to.';
  return new StackError('BAD_SETTING', `a folder of your own at ${folder}`, found, repair, { cause });
}
