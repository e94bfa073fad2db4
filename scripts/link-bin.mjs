/**
 * Puts `arbiter` beside the binaries of the dependencies, so that `npx arbiter` starts it at once; otherwise npx links the
 * whole package into its cache first, which takes up to a minute.
 */
import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../node_modules/.bin/', import.meta.url));
mkdirSync(folder, { recursive: true });
rmSync(`${folder}arbiter`, { force: true });
symlinkSync('../../bin/arbiter.js', `${folder}arbiter`);
