import { matchesEntry } from '../../caws/scope.js';

/** Whether a waiver for these paths holds for that one: read as the entries of a spec's scope are. Of no paths, none holds. */
export const coversPath = (paths: readonly string[], path: string): boolean =>
  paths.some((entry) => matchesEntry(entry, path));
