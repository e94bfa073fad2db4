import type { Diagnostic } from '../diagnostic.js';
import { hasError, infoAt } from '../diagnostic.js';
import type { Spec } from '../model.js';
import { specSchema } from '../spec-schema.js';
import { validateSpecSemantics } from '../spec-semantics.js';
import { shapeOf } from './schema-check.js';

const properties: Record<string, object> = { ...specSchema.properties };
delete properties['evidence'];

/** `spec.v1` as it was at the end of CAWS 11: v12 without `evidence`, which came with 12 (2026-08-07). */
export const v11Schema = { ...specSchema, properties };

const shape = shapeOf(() => v11Schema);

/** The layers are those of v12. What 11 gained on its way is noted: its first releases refuse it. */
export function checkV11(value: unknown): Diagnostic[] {
  const found = shape(value);
  if (found.length > 0) return found;
  const spec = value as Spec;
  const semantics = validateSpecSemantics(spec);
  return hasError(semantics) ? semantics : [...semantics, ...added(spec)];
}

function added(spec: Spec): Diagnostic[] {
  const notes: Diagnostic[] = [];
  const note = (what: string, pointer: string, since: string): void => {
    const message = `${what} came into spec.v1 on ${since}; a CAWS 11 before that refuses it`;
    notes.push(
      infoAt('arbiter.profile.added_later', message, { pointer }, `Remove ${what} for an older CAWS 11.`),
    );
  };
  if (spec.scope.support !== undefined) note('scope.support', '/scope/support', '2026-05-31');
  if (spec.successors !== undefined) note('successors', '/successors', '2026-07-24');
  return notes;
}
