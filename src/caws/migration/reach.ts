import type { Reading } from './report.js';
import { shown, textOf } from './report.js';

/** What the work may touch: `scope` and `blast_radius`. */
export function readReach(reading: Reading): void {
  readScope(reading);
  readRadius(reading);
}

function readScope(reading: Reading): void {
  const { spec, edit, derived, renamed, missing } = reading;
  const { scope } = spec;
  const supply = (message: string): void => {
    const repair = 'Name in `scope.in` the paths or globs that the work may change.';
    missing('spec.migrate.scope_in_missing', ['scope', 'in'], message, repair);
  };
  if (Array.isArray(scope) && scope.length > 0) {
    edit.set(['scope'], { in: scope });
    derived('arbiter.migrate.scope_list', ['scope'], 'a scope that is a list read as scope.in');
  } else if (typeof scope !== 'object' || scope === null || Array.isArray(scope)) {
    supply(scope === undefined ? 'the spec has no scope' : `scope ${shown(scope)} names no paths`);
    return;
  }
  for (const [from, to] of [
    ['include', 'in'],
    ['exclude', 'out'],
  ] as const) {
    if (edit.value(['scope', from]) === undefined || edit.value(['scope', to]) !== undefined) continue;
    edit.rename(['scope', from], to);
    renamed('spec.migrate.safe_rename', ['scope', from], `scope.${from} is now scope.${to}`);
  }
  for (const list of ['in', 'out', 'support']) readEntries(reading, ['scope', list]);
  const inside = edit.value(['scope', 'in']);
  if (!Array.isArray(inside) || inside.length === 0) supply('scope.in names nothing');
  readGlobs(reading);
}

function readEntries({ edit, derived }: Reading, path: readonly string[]): void {
  const value = edit.value(path);
  const list = path.join('.');
  if (value === null && list === 'scope.out') {
    edit.set(path, []);
    derived('arbiter.migrate.empty_list', path, 'a scope.out without entries read as an empty list');
  } else if (typeof value === 'string' && value.trim() !== '') {
    edit.set(path, [value]);
    derived('arbiter.migrate.one_entry_list', path, `${list} ${shown(value)} read as a list of one`);
  } else if (Array.isArray(value)) {
    for (const [i, entry] of value.entries()) {
      // A mapping is no path: what it meant, a person has to say.
      const text = list !== 'blast_radius.modules' && typeof entry === 'object' ? null : textOf(entry);
      if (typeof entry === 'string' || text === null) continue;
      edit.set([...path, i], text);
      derived(
        'arbiter.migrate.read_as_text',
        [...path, i],
        `${shown(entry)} read as the text ${shown(text)}`,
      );
    }
  }
}

/** v12 has no globs in scope.out. `folder/**` means the folder; anything else would shut out more or less than it did. */
function readGlobs({ edit, derived, missing }: Reading): void {
  const out = edit.value(['scope', 'out']);
  if (!Array.isArray(out)) return;
  for (const [i, entry] of out.entries()) {
    if (typeof entry !== 'string' || !/[*?]/.test(entry)) continue;
    const path = ['scope', 'out', i];
    const folder = /^([^*?]+\/)\*\*(?:\/\*)?$/.exec(entry)?.[1];
    if (folder !== undefined) {
      edit.set(path, folder);
      derived('arbiter.migrate.out_folder', path, `scope.out ${shown(entry)} read as the folder ${folder}`);
      continue;
    }
    missing(
      'arbiter.migrate.out_glob',
      path,
      `scope.out ${shown(entry)} is a glob, which v12 does not have there`,
      'Name the folders or files that must not change, or narrow scope.in instead.',
    );
  }
}

function readRadius(reading: Reading): void {
  const { spec, edit, derived, missing } = reading;
  const radius = spec['blast_radius'];
  const path = ['blast_radius', 'modules'];
  const repair = 'Name in `blast_radius.modules` what breaks if the work goes wrong.';
  if (Array.isArray(radius) && radius.length > 0) {
    edit.set(['blast_radius'], { modules: radius });
    derived(
      'arbiter.migrate.modules_list',
      ['blast_radius'],
      'a blast_radius that is a list read as its modules',
    );
  }
  readEntries(reading, path);
  const modules = edit.value(path);
  if (Array.isArray(modules) && modules.length === 0) {
    const message = 'blast_radius.modules is empty; what lies in scope does not say what it can break';
    missing('spec.migrate.blast_radius_modules_empty', path, message, repair);
  } else if (!Array.isArray(modules)) {
    missing(
      'spec.migrate.blast_radius_modules_missing',
      path,
      'the spec has no blast_radius.modules',
      repair,
    );
  }
  const migration = edit.value(['blast_radius', 'data_migration']);
  if (migration === 'true' || migration === 'false') {
    edit.set(['blast_radius', 'data_migration'], migration === 'true');
    const message = `data_migration ${shown(migration)} read as ${migration}`;
    derived('arbiter.migrate.read_as_flag', ['blast_radius', 'data_migration'], message);
  }
}
