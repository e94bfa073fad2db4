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
  /** The last layer that ran; the layers after it did not. */
  readonly layer: SpecLayer;
  readonly diagnostics: readonly Diagnostic[];
  /** Lower-case hex SHA-256 of the exact UTF-8 bytes of the text. */
  readonly sha256: string;
}

const RULES = { what: 'spec', yaml: 'spec.yaml', limits: 'arbiter.spec' } as const;

/** Checks a CAWS v12 working spec: parse, then shape, then semantics; all violations of the first layer that has any. Never throws. */
export function checkSpec(text: string): SpecCheck {
  const sha256 = createHash('sha256').update(text, 'utf8').digest('hex');
  const parsed = readYaml(text, RULES);
  if (!parsed.ok) return { ok: false, layer: 'parse', diagnostics: [parsed.diagnostic], sha256 };
  const shape = validateSpecShape(parsed.value);
  if (shape.length > 0) return { ok: false, layer: 'shape', diagnostics: limited(shape), sha256 };
  const spec = parsed.value as Spec;
  const semantics = validateSpecSemantics(spec);
  if (hasError(semantics)) return { ok: false, layer: 'semantics', diagnostics: limited(semantics), sha256 };
  return { ok: true, spec, layer: 'semantics', diagnostics: semantics, sha256 };
}

function limited(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  return bounded(diagnostics, 'arbiter.spec.more_violations');
}
