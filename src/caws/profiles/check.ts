import { readYaml } from '../bounded-yaml.js';
import type { Diagnostic } from '../diagnostic.js';
import { hasError } from '../diagnostic.js';
import { placed } from '../places.js';
import { checkSpecValue, limited, SPEC_RULES } from '../spec-check.js';
import { detect } from './detect.js';
import type { Detection } from './detect.js';
import { checkLenient } from './lenient.js';
import type { ProfileName } from './names.js';
import { PRESENT } from './names.js';
import { shapeOf } from './schema-check.js';
import { checkV102Code } from './v10-2-code.js';
import { v1Schema } from './v1.js';
import { checkV11 } from './v11.js';
import { v35Schema } from './v3-5.js';
import { v9Schema } from './v9.js';
import { v10Schema } from './v10.js';

const CHECKS: Readonly<Record<ProfileName, (value: unknown, text: string) => readonly Diagnostic[]>> = {
  v1: shapeOf(() => v1Schema),
  'v3.5': shapeOf(() => v35Schema),
  v9: shapeOf(() => v9Schema),
  v10: shapeOf(() => v10Schema),
  'v10.2-code': checkV102Code,
  v11: checkV11,
  v12: (value) => checkSpecValue(value).diagnostics,
  lenient: checkLenient,
};

export interface SpecExamination {
  readonly profile: ProfileName;
  /** The format the document was written in, by its content; the profile decides what it is checked against. */
  readonly detected: Detection;
  /** The document has no error under the profile. */
  readonly valid: boolean;
  /** Every one with line and column (1-based). */
  readonly diagnostics: readonly Diagnostic[];
  /** The document as data, where it could be read. */
  readonly value?: unknown;
}

/** Rules of the caller's own, run on the document once it could be read. */
export type FurtherRules = (value: unknown, valid: boolean) => readonly Diagnostic[];

/** Checks a spec against a profile (default v12, the present standard) and says what format it is in. Never throws. */
export function examineSpec(
  text: string,
  profile: ProfileName = PRESENT,
  further?: FurtherRules,
): SpecExamination {
  const parsed = readYaml(text, SPEC_RULES);
  if (!parsed.ok) {
    const detected: Detection = { profile: null, reasons: ['it could not be read'] };
    return { profile, detected, valid: false, diagnostics: placed(text, [parsed.diagnostic]) };
  }
  const { value } = parsed;
  const found = CHECKS[profile](value, text);
  const more = further?.(value, !hasError(found)) ?? [];
  const all = found.length + more.length === 0 ? [] : limited([...found, ...more]);
  return {
    profile,
    detected: detect(value),
    valid: !hasError(all),
    diagnostics: all.length === 0 ? all : placed(text, all),
    value,
  };
}
