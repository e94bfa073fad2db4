import type { Diagnostic } from '../diagnostic.js';
import { readOlder } from '../migration/migrate.js';
import { checkSpecValue } from '../spec-check.js';

/**
 * Accepts what real files of the older formats carry: a spec is valid if it can be read as v12 with nothing missing. What was
 * read how is said in infos and warnings; the errors are what the document does not hold.
 */
export function checkLenient(value: unknown, text: string): Diagnostic[] {
  const check = checkSpecValue(value);
  return check.ok ? [...check.diagnostics] : readOlder(text, value as object, { writes: false }).diagnostics;
}
