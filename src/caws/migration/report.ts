import type { Diagnostic } from '../diagnostic.js';
import { errorAt, infoAt, pointerTo, warningAt } from '../diagnostic.js';
import type { Editor, Path } from './editor.js';

/** What a reading of an older spec works with: the document, what it says, and what there is to report. */
export interface Reading {
  readonly edit: Editor;
  /** The document as it was, as plain data. */
  readonly spec: Readonly<Record<string, unknown>>;
  readonly options: ReadingOptions;
  /** Means the same in v12, only written otherwise. */
  readonly renamed: (rule: string, path: Path, message: string) => void;
  /** Taken from what the document says, but a person may want to look: what it was and what it is read as. */
  readonly derived: (rule: string, path: Path, message: string, repair?: string) => void;
  /** v12 has no place for it; it stays as a comment. */
  readonly kept: (path: Path, message: string) => void;
  /** Not in the document: only a person can supply it. */
  readonly missing: (rule: string, path: Path, message: string, repair: string) => void;
  readonly diagnostics: readonly Diagnostic[];
}

export interface MigrationOptions {
  /** For formats that had no states: the state of the result. Default `draft`, which claims least. */
  readonly state?: 'draft' | 'active';
}

/** Who reads: a migration leaves comments, a check only passes over. */
export interface ReadingOptions extends MigrationOptions {
  readonly writes: boolean;
}

const LOOK = 'Look at the result; correct it if it is not what was meant.';

export function startReading(edit: Editor, spec: object, options: ReadingOptions): Reading {
  const diagnostics: Diagnostic[] = [];
  const at = (path: Path) => ({ pointer: pointerTo(path) });
  return {
    edit,
    spec: spec as Readonly<Record<string, unknown>>,
    options,
    diagnostics,
    renamed: (rule, path, message) => void diagnostics.push(infoAt(rule, message, at(path), LOOK)),
    derived: (rule, path, message, repair = LOOK) =>
      void diagnostics.push(warningAt(rule, message, at(path), repair)),
    kept: (path, message) =>
      void diagnostics.push(
        warningAt(
          'spec.migrate.unhandled_field_preserved',
          `${message}; ${options.writes ? 'kept as a comment' : 'passed over'}`,
          at(path),
          'Say it where v12 has a place for it, or leave it out.',
        ),
      ),
    missing: (rule, path, message, repair) => void diagnostics.push(errorAt(rule, message, at(path), repair)),
  };
}

/** One line of text out of what YAML made of it; null for what is no text. `- Key: value` in a list is the text it looks like. */
export function textOf(value: unknown): string | null {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const entries = Object.entries(value);
  const parts = entries.map(([key, inner]) => {
    const said = Array.isArray(inner) ? inner.map(textOf) : [textOf(inner)];
    return said.length === 0 || said.includes(null) ? null : `${key}: ${said.join(', ')}`;
  });
  return parts.length === 0 || parts.includes(null) ? null : parts.join('; ');
}

/** For messages: short, whatever was written. */
export function shown(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`;
}
