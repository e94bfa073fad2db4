import type { Node } from 'yaml';
import { isMap, isScalar, isSeq, Scalar, YAMLSeq } from './editor.js';
import type { Path } from './editor.js';
import type { Reading } from './report.js';
import { shown, textOf } from './report.js';

/** What is promised and watched: invariants, non-functional requirements, observability, rollback. */
export function readQuality(reading: Reading): void {
  readInvariants(reading);
  readNonFunctional(reading);
  readList(reading, ['observability'], ONE_OF);
  readList(reading, ['rollback'], {});
  readSlo(reading);
}

const ONE_OF: Readonly<Record<string, string>> = { logs: 'log', metrics: 'metric', traces: 'trace' };

function readInvariants(reading: Reading): void {
  const { spec, edit, renamed, missing } = reading;
  if (spec['invariants'] === undefined && spec['safety_invariants'] !== undefined) {
    edit.rename(['safety_invariants'], 'invariants');
    renamed('arbiter.migrate.invariants_renamed', ['safety_invariants'], 'safety_invariants are invariants');
  }
  readList(reading, ['invariants'], {});
  const value = edit.value(['invariants']);
  if (Array.isArray(value) && value.length > 0) return;
  const repair = 'Say in `invariants` at least one thing that must stay true.';
  missing('arbiter.migrate.invariants_missing', ['invariants'], 'the spec has no invariants', repair);
}

function readNonFunctional(reading: Reading): void {
  const { spec, edit, renamed, derived, kept } = reading;
  const path: Path = ['non_functional'];
  const given = spec['non_functional'];
  if (given === undefined || given === null) {
    edit.set(path, {}, ['acceptance', 'invariants']);
    derived(
      'arbiter.migrate.nothing_stated',
      path,
      'no non-functional requirement is stated: an empty one says the same',
    );
    return;
  }
  if (typeof given !== 'object' || Array.isArray(given)) {
    edit.drop(path);
    edit.set(path, {});
    kept(path, 'non_functional is not sorted into performance, security, accessibility and reliability');
    return;
  }
  for (const [from, to] of [
    ['a11y', 'accessibility'],
    ['perf', 'performance'],
  ] as const) {
    if (edit.node([...path, from]) === undefined) continue;
    if (edit.node([...path, to]) !== undefined) continue;
    edit.rename([...path, from], to);
    renamed('spec.migrate.non_functional_subkey_rename', [...path, from], `${from} is now ${to}`);
  }
  for (const key of ['performance', 'security', 'accessibility', 'reliability'])
    readList(reading, [...path, key], {});
}

function readSlo({ spec, edit, derived }: Reading): void {
  const slo = spec['operational_rollback_slo'];
  if (slo === undefined || typeof slo === 'string') return;
  const text = textOf(slo);
  if (text === null) return;
  edit.set(['operational_rollback_slo'], text);
  derived(
    'arbiter.migrate.read_as_text',
    ['operational_rollback_slo'],
    `${shown(slo)} read as the text ${shown(text)}`,
  );
}

/** A list of texts out of a list, a mapping (`key: value` lines) or one text; the comments in it stay with their entries. */
function readList(reading: Reading, path: Path, names: Readonly<Record<string, string>>): void {
  const { edit, derived } = reading;
  const node = edit.node(path);
  const value = edit.value(path);
  if (node === undefined) return;
  if (Array.isArray(value) && value.every((entry) => typeof entry === 'string')) return;
  const list = new YAMLSeq();
  if (isSeq(node)) list.items.push(...node.items.flatMap((item) => entriesOf(item, '')));
  else if (isMap(node)) {
    for (const { key, value: inner } of node.items) {
      const name = isScalar(key) ? String(key.value) : '';
      const entries = entriesOf(inner, `${names[name] ?? name}: `);
      const [first] = entries;
      if (first !== undefined && isScalar(key))
        first.commentBefore = both(key.commentBefore, first.commentBefore);
      list.items.push(...entries);
    }
  } else if (isScalar(node) && node.value !== null) list.items.push(...entriesOf(node, ''));
  if (isMap(node) || isSeq(node)) list.comment = node.comment ?? null;
  edit.replace(path, list);
  const message = `${path.join('.')} ${shown(value)} read as a list of texts`;
  derived('arbiter.migrate.read_as_list', path, message);
}

/** One entry a text; a list below a name gives one entry an item. */
function entriesOf(node: unknown, prefix: string): Scalar[] {
  if (isSeq(node)) {
    const entries = node.items.flatMap((item) => entriesOf(item, prefix));
    const [first] = entries;
    if (first !== undefined) first.commentBefore = both(node.commentBefore, first.commentBefore);
    return entries;
  }
  if (prefix === '' && isScalar(node) && typeof node.value === 'string') return [node];
  const value = isMap(node) || isScalar(node) ? plainOf(node) : null;
  if (value === null || value === undefined) return [];
  // A number keeps its digits: 1.0 stays 1.0.
  const digits = isScalar(node) && typeof node.value === 'number' ? node.source : undefined;
  const text = `${prefix}${digits ?? textOf(value) ?? JSON.stringify(value)}`;
  if (text.trim() === '') return [];
  const scalar = new Scalar(text);
  if (isScalar(node)) {
    scalar.comment = node.comment ?? null;
    scalar.commentBefore = node.commentBefore ?? null;
  }
  return [scalar];
}

const plainOf = (node: Node): unknown => node.toJSON() as unknown;
const both = (a: string | null | undefined, b: string | null | undefined): string | null => {
  const given = [a, b].filter((each) => each !== null && each !== undefined);
  return given.length === 0 ? null : given.join('\n');
};
