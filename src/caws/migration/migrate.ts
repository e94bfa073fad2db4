import { readYaml } from '../bounded-yaml.js';
import { bounded, hasError, infoAt } from '../diagnostic.js';
import type { Diagnostic } from '../diagnostic.js';
import { placed } from '../places.js';
import { checkSpecValue, SPEC_RULES } from '../spec-check.js';
import { readContracts } from './contracts.js';
import { readCriteria } from './criteria.js';
import { openEditor } from './editor.js';
import { same } from './same.js';
import { readIdentity } from './identity.js';
import { keepLeftovers, remaining } from './leftovers.js';
import { readDates, readLifecycle } from './lifecycle.js';
import { readQuality } from './quality.js';
import { readReach } from './reach.js';
import type { MigrationOptions, ReadingOptions } from './report.js';
import { startReading } from './report.js';

export interface Migration {
  /** The result is a valid v12 spec. */
  readonly ok: boolean;
  /** The v12 text if `ok`, else null: nothing half done is handed out. */
  readonly text: string | null;
  /** Whether `text` differs from what was given. */
  readonly changed: boolean;
  /** Errors: what a person must supply. Warnings: what was derived or kept as a comment. Infos: what is only written otherwise. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Makes a valid CAWS v12 spec of one in an older format, or says what only a person can supply. Nothing is invented: what is
 * derived, assumed or left out is reported; what v12 has no place for stays as a comment. Comments and order survive. A valid v12
 * spec comes back byte for byte, so that a second run changes nothing. Never throws.
 */
export function migrateSpec(text: string, options: MigrationOptions = {}): Migration {
  const parsed = readYaml(text, SPEC_RULES);
  if (!parsed.ok) return refused(text, [parsed.diagnostic]);
  if (checkSpecValue(parsed.value).ok) {
    const already = infoAt(
      'arbiter.migrate.already_v12',
      'this is a valid v12 spec already',
      { pointer: '/' },
      'Nothing to do.',
    );
    return { ok: true, text, changed: false, diagnostics: placed(text, [already]) };
  }
  const {
    value,
    result: write,
    diagnostics,
  } = readOlder(text, parsed.value as object, { ...options, writes: true });
  if (hasError(diagnostics)) return refused(text, diagnostics);
  const result = write();
  // The proof of the result is the text itself: read again by the parser and the rules that will judge it.
  const again = readYaml(result, SPEC_RULES);
  if (!again.ok) return refused(text, [...diagnostics, again.diagnostic]);
  const check = checkSpecValue(again.value);
  if (!check.ok || !same(again.value, value))
    return refused(text, [...diagnostics, ...check.diagnostics, unwritable()]);
  return { ok: true, text: result, changed: true, diagnostics: placed(text, bounded(diagnostics, MORE)) };
}

/** Reads an older spec as v12: the value it then has, its text, and what there is to say about it. */
export function readOlder(
  text: string,
  spec: object,
  options: ReadingOptions,
): { value: unknown; result: () => string; diagnostics: Diagnostic[] } {
  const { editor, faithful } = openEditor(text, spec);
  const reading = startReading(editor, spec, options);
  if (!faithful)
    reading.derived(
      'arbiter.migrate.comments_lost',
      [],
      'the document is written anew: its comments are lost',
    );
  for (const read of [
    readIdentity,
    readLifecycle,
    readDates,
    readReach,
    readCriteria,
    readQuality,
    readContracts,
    keepLeftovers,
  ])
    read(reading);
  const value = editor.value([]);
  return {
    value,
    result: editor.text,
    diagnostics: [...reading.diagnostics, ...remaining(value, reading.diagnostics)],
  };
}

const MORE = 'arbiter.migrate.more_findings';

function refused(text: string, diagnostics: readonly Diagnostic[]): Migration {
  // What is missing comes first: it is what the reader has to act upon.
  const sorted = [...diagnostics].sort((a, b) => Number(hasError([b])) - Number(hasError([a])));
  return { ok: false, text: null, changed: false, diagnostics: placed(text, bounded(sorted, MORE)) };
}

function unwritable(): Diagnostic {
  return {
    rule: 'arbiter.migrate.not_writable',
    severity: 'error',
    message: 'the result cannot be written so that it is read back as it was meant',
    pointer: '/',
    narrowRepair: 'Write the fields that the other diagnostics name by hand.',
  };
}
