import { createHash } from 'node:crypto';
import { readYaml } from './bounded-yaml.js';
import type { Diagnostic } from './diagnostic.js';
import { bounded, hasError } from './diagnostic.js';
import type { Spec } from './model.js';
import { validateSpecSemantics } from './spec-semantics.js';
import { validateSpecShape } from './spec-shape.js';

export type SpecLayer = 'parse' | 'shape' | 'semantics';

export interface SpecCheck {
  readonly ok: boolean;
  /** Present if and only if `ok`. */
  readonly spec?: Spec;
  /** Present if the shape is right and the semantics are not: what a waiver of the semantics would let through. */
  readonly shaped?: Spec;
  /** The last layer that ran; the layers after it did not. */
  readonly layer: SpecLayer;
  readonly diagnostics: readonly Diagnostic[];
  /** Lower-case hex SHA-256 of the exact UTF-8 bytes of the text. */
  readonly sha256: string;
}

/** Under these names the parse layer of a spec reports. */
export const SPEC_RULES = { what: 'spec', yaml: 'spec.yaml', limits: 'arbiter.spec' } as const;

/** Checks a CAWS v12 working spec: parse, then shape, then semantics; all violations of the first layer that has any. Never throws. */
export function checkSpec(text: string): SpecCheck {
  const sha256 = createHash('sha256').update(text, 'utf8').digest('hex');
  const parsed = readYaml(text, SPEC_RULES);
  if (!parsed.ok) return { ok: false, layer: 'parse', diagnostics: [parsed.diagnostic], sha256 };
  return { ...checkSpecValue(parsed.value), sha256 };
}

/** {@link checkSpec} without the parse layer, for a document that is read already. */
export function checkSpecValue(value: unknown): Omit<SpecCheck, 'sha256'> {
  const shape = validateSpecShape(value);
  if (shape.length > 0) return { ok: false, layer: 'shape', diagnostics: limited(shape) };
  const spec = value as Spec;
  const semantics = validateSpecSemantics(spec);
  if (hasError(semantics)) {
    return { ok: false, shaped: spec, layer: 'semantics', diagnostics: limited(semantics) };
  }
  return { ok: true, spec, layer: 'semantics', diagnostics: semantics };
}

/** A report stays small whatever was written. */
export function limited(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  return bounded(diagnostics, 'arbiter.spec.more_violations');
}
