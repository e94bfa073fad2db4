import type { Diagnostic } from '../diagnostic.js';
import { errorAt } from '../diagnostic.js';
import type { Spec } from '../model.js';
import { normalizePath } from '../scope-path.js';
import type { RuleContext } from './context.js';

/** A contract that names a file names one of the repository, and it is there. */
export function contractRules({ contracts }: Spec, { fileExists }: RuleContext): Diagnostic[] {
  return contracts.flatMap(({ name, path }, i) => {
    if (path === undefined) return [];
    const place = { pointer: `/contracts/${i}/path` };
    const normal = normalizePath(path);
    if (!normal.ok) {
      const message = `"${path}", the contract ${name}, is no path in the repository (${normal.why.replace('_', ' ')})`;
      const repair = 'Write a path relative to the root of the repository.';
      return [errorAt('arbiter.contract.unusable_path', message, place, repair)];
    }
    if (fileExists === undefined || fileExists(normal.path)) return [];
    const message = `${normal.path}, the contract ${name}, does not exist`;
    const repair = 'Write the contract first, correct its path, or remove `path`.';
    return [errorAt('arbiter.contract.file_missing', message, place, repair)];
  });
}
