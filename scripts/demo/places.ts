import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const PROJECT = fileURLToPath(new URL('../../', import.meta.url));
export const EXAMPLES = path.join(PROJECT, 'examples');
export const ARBITER = path.join(PROJECT, 'bin', 'arbiter.js');

/** The state folder: the demo's own, so that nothing of yours is touched, unless ARBITER_HOME names one. */
export const homeOf = (env: NodeJS.ProcessEnv): { readonly folder: string; readonly own: boolean } => {
  const given = env['ARBITER_HOME'];
  return given === undefined || given === ''
    ? { folder: path.join(PROJECT, '.arbiter', 'demo'), own: true }
    : { folder: path.resolve(given), own: false };
};
