import { randomUUID } from 'node:crypto';
import { open, realpath, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Diagnostic, Migration } from '../../caws/index.js';
import type { SpecMigrateOptions } from '../commands/spec.js';
import { showDiagnostic } from './excerpt.js';
import { CliError, DONE, exitOfWorst, FAILED, misuse, NO } from '../failure.js';
import { json, note, showError } from '../output.js';
import { countsOf, inOrder, lineOf } from './spec-check.js';
import { readDocument } from './spec-file.js';

/** Exit 0 if every file is v12 now, 1 if one lacks what only a person can supply, 2 if one could not be read or written. */
export const migrateSpecs = async (
  files: readonly string[],
  options: SpecMigrateOptions,
): Promise<number> => {
  requireOnePlace(files, options);
  let worst = DONE;
  for (const file of files) {
    try {
      if (!(await migrateFile(file, options))) worst = exitOfWorst(worst, NO);
    } catch (error) {
      showError(error, options.json === true);
      worst = exitOfWorst(worst, FAILED);
    }
  }
  return worst;
};

/** Results of several files on one stdout could not be told apart. */
const requireOnePlace = (
  files: readonly string[],
  { write, output, json: asJson, state }: SpecMigrateOptions,
): void => {
  if (!['draft', 'active'].includes(state))
    throw misuse('--state draft or active', JSON.stringify(state.slice(0, 80)), 'name one of them');
  if (write === true && output !== undefined) throw misuse('--write or --output', 'both', 'leave one out');
  if (write === true && files.includes('-')) throw misuse('files to write to', 'stdin', 'use --output');
  if (files.length > 1 && output !== undefined)
    throw misuse('one file with --output', `${files.length} files`, 'use --write');
  if (files.length > 1 && write !== true && asJson !== true)
    throw misuse(
      'one file, --write or --json',
      `${files.length} files for stdout`,
      'migrate one, or add --write',
    );
};

const migrateFile = async (file: string, options: SpecMigrateOptions): Promise<boolean> => {
  const rules = await import('../../caws/index.js');
  const read = await readDocument(file, 'spec', rules.YAML_LIMITS.bytes);
  const text = 'refused' in read ? '' : read.text;
  const done: Migration =
    'refused' in read
      ? { ok: false, text: null, changed: false, diagnostics: [read.refused] }
      : rules.migrateSpec(text, { state: options.state });
  const { profile: detected, reasons } = rules.examineSpec(text).detected;
  const target = options.write === true ? (done.changed ? file : undefined) : options.output;
  if (done.text !== null && target !== undefined) await replaceFile(target, done.text);
  if (options.json === true) {
    const shown = target === undefined ? { text: done.text } : { written: done.ok ? target : null };
    json({
      file,
      detected,
      reasons,
      migrated: done.ok,
      changed: done.changed,
      ...shown,
      diagnostics: done.diagnostics.map(lineOf),
    });
    return done.ok;
  }
  if (done.text !== null && options.write !== true && options.output === undefined)
    process.stdout.write(done.text);
  report(file, text, done, target);
  return done.ok;
};

/** The answer is on stdout; what there is to say about it goes to stderr. */
const report = (file: string, text: string, done: Migration, target: string | undefined): void => {
  const missing = done.diagnostics.filter((found) => found.severity === 'error');
  if (!done.ok) for (const found of inOrder(missing)) showDiagnostic(file, text, found, process.stderr);
  else for (const found of inOrder(done.diagnostics)) note(readingOf(file, found));
  const what = !done.ok
    ? `needs a person for ${missing.length} thing${missing.length === 1 ? '' : 's'}; nothing is written`
    : done.changed
      ? `is v12${target === undefined ? '' : `, written to ${target}`}`
      : 'is v12 already';
  note(`${file}: ${what}${countsOf(done.diagnostics)}`);
};

const readingOf = (file: string, { line = 1, column = 1, severity, message }: Diagnostic): string =>
  `${file}:${line}:${column} ${severity}: ${message}`;

/** All or nothing: written beside, put in place by one rename; a link keeps pointing to its file. */
const replaceFile = async (file: string, text: string): Promise<void> => {
  const target = await realpath(file).catch(() => path.resolve(file));
  const mode = (await stat(target).catch(() => undefined))?.mode;
  const beside = path.join(path.dirname(target), `.${path.basename(target)}.${randomUUID()}`);
  try {
    const handle = await open(beside, 'wx', mode === undefined ? 0o644 : mode & 0o777);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(beside, target);
  } catch (error) {
    await rm(beside, { force: true });
    throw new CliError(
      {
        code: 'UNWRITABLE',
        expected: `a file that can be written at ${file}`,
        found: (error as Error).message,
        repair: 'check the folder',
      },
      { cause: error },
    );
  }
};
