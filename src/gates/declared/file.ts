import { createHash } from 'node:crypto';
import { readYaml } from '../../caws/bounded-yaml.js';
import type { Diagnostic } from '../../caws/diagnostic.js';
import { bounded, errorAt } from '../../caws/diagnostic.js';
import { compileShape, pointerOf, wordingOf } from '../../caws/shape.js';
import { meaningOf } from './meaning.js';
import type { Format, Kind } from './kinds.js';
import { gatesSchema } from './schema.js';

/** Where a repository declares its gates: beside CAWS' own policy, whose schema is closed. Read at the base commit only. */
export const GATES_PATH = '.caws/arbiter.yaml';
export const MOST_GATES_BYTES = 256 * 1024;

type Tiers<T> = Readonly<Partial<Record<'1' | '2' | '3', T>>>;

export interface DeclaredEvidence {
  readonly kind: Kind;
  readonly format: Format;
  readonly path?: string;
  readonly severity?: 'must' | 'should';
  readonly thresholds?: Readonly<Record<string, number | Tiers<number>>>;
  readonly sources?: readonly string[];
  readonly findings?: 'all' | 'added-lines';
  readonly acceptance?: boolean;
}

export interface DeclaredGate {
  readonly title?: string;
  readonly tiers?: readonly (1 | 2 | 3)[];
  readonly paths?: readonly string[];
  readonly setup?: readonly (readonly string[])[];
  readonly command?: readonly string[];
  readonly exit_codes?: readonly number[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly network?: boolean;
  readonly timeout_seconds?: number;
  readonly memory_mb?: number;
  readonly from_base?: readonly string[];
  readonly evidence: readonly DeclaredEvidence[];
}

export interface GatesFile {
  readonly version: 1;
  readonly required?: Tiers<readonly Kind[]>;
  readonly trusted_keys?: Readonly<Record<string, string>>;
  readonly waivers?: { readonly wait_seconds?: number };
  readonly budget?: { readonly revoke_over?: boolean };
  readonly opt_in_rules?: boolean;
  readonly gates: Readonly<Record<string, DeclaredGate>>;
}

export interface GatesCheck {
  readonly ok: boolean;
  /** Present if and only if `ok`. */
  readonly gates?: GatesFile;
  /** Errors, or, when `ok`, warnings. */
  readonly diagnostics: readonly Diagnostic[];
  /** Lower-case hex SHA-256 of the exact UTF-8 bytes. */
  readonly sha256: string;
}

const RULES = { what: 'gates file', yaml: 'arbiter.gates.yaml', limits: 'arbiter.gates' } as const;
const validate = compileShape(gatesSchema);

/** Checks a gates file: parse, shape, meaning, each only if the one before passed. Never throws. */
export function parseGates(text: string): GatesCheck {
  const sha256 = createHash('sha256').update(text, 'utf8').digest('hex');
  const parsed = readYaml(text, RULES);
  if (!parsed.ok) return { ok: false, diagnostics: [parsed.diagnostic], sha256 };
  if (!validate(parsed.value)) {
    const found = (validate.errors ?? []).map((error) => {
      const { message, repair } =
        error.keyword === 'pattern' ? patternWords(error.instancePath) : wordingOf(error);
      return errorAt('arbiter.gates.shape', message, { pointer: pointerOf(error) }, repair);
    });
    return { ok: false, diagnostics: bounded(found, 'arbiter.gates.more_violations'), sha256 };
  }
  const gates = parsed.value as GatesFile;
  const diagnostics = meaningOf(gates);
  return diagnostics.some(({ severity }) => severity === 'error')
    ? { ok: false, diagnostics, sha256 }
    : { ok: true, gates, diagnostics, sha256 };
}

// The patterns themselves are for machines.
function patternWords(at: string): { message: string; repair: string } {
  return at.endsWith('/path')
    ? {
        message: `${at} is no plain path below the root of the repository`,
        repair: 'Write it without `..`, `//`, a leading or trailing `/`, backslashes and control characters.',
      }
    : {
        message: `${at === '' ? 'the document' : at} has a name that is not accepted`,
        repair:
          'Begin with a letter or digit; go on with lower-case letters, digits and `-` (keys: also `.` and `_`).',
      };
}
