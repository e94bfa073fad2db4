import type { Path } from './editor.js';
import { same } from './same.js';
import type { Reading } from './report.js';
import { shown, textOf } from './report.js';

type Fields = Readonly<Record<string, unknown>>;
const STEPS = ['given', 'when', 'then'] as const;

/** `acceptance`, also where it was written as `acceptance_criteria`. */
export function readCriteria(reading: Reading): void {
  const { spec, edit, renamed, derived, missing } = reading;
  const older = spec['acceptance_criteria'];
  const own = spec['acceptance'];
  if (older !== undefined) {
    if (isEmpty(own) && !isEmpty(older)) {
      if (own !== undefined) edit.drop(['acceptance'], 'said elsewhere');
      edit.rename(['acceptance_criteria'], 'acceptance');
      renamed('spec.migrate.safe_rename', ['acceptance_criteria'], 'acceptance_criteria is now acceptance');
    } else if (isEmpty(older) || same(own, older)) {
      edit.drop(['acceptance_criteria'], isAliasOrEmpty(reading) ? 'said elsewhere' : 'as comment');
      renamed(
        'spec.migrate.safe_rename',
        ['acceptance_criteria'],
        'acceptance_criteria says nothing that acceptance does not',
      );
    }
  }
  listMapped(reading);
  const list = edit.value(['acceptance']);
  if (!Array.isArray(list) || list.length === 0) {
    const repair = 'Write at least one criterion with id, given, when and then.';
    missing(
      'arbiter.migrate.acceptance_missing',
      ['acceptance'],
      'the spec has no acceptance criteria',
      repair,
    );
    return;
  }
  for (const i of list.keys()) readCriterion(reading, i, list[i]);
  readIds(reading, list.length);
  const others = edit.value(['acceptance_criteria']);
  if (Array.isArray(others)) {
    mergeTests(reading, others);
    edit.drop(['acceptance_criteria']);
    const message =
      'acceptance counts; tests that acceptance_criteria names moved into it, the rest is kept as a comment';
    derived('arbiter.migrate.criteria_merged', ['acceptance_criteria'], message);
  }
}

/** `A1: {given, when, then}` is a criterion with the id A1. */
function listMapped({ edit, derived }: Reading): void {
  const value = edit.value(['acceptance']);
  if (!isFields(value) || Array.isArray(value)) return;
  const entries = Object.entries(value);
  if (entries.length === 0 || !entries.every(([, item]) => isFields(item) && !Array.isArray(item))) return;
  edit.set(
    ['acceptance'],
    entries.map(([id, item]) => ({ id, ...(item as Fields) })),
  );
  derived('arbiter.migrate.criteria_listed', ['acceptance'], 'criteria under their ids read as a list');
}

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null;
const isEmpty = (value: unknown): boolean =>
  value === undefined || value === null || (Array.isArray(value) && value.length === 0);

/** An alias was written out by the editor: as a comment it would only repeat what stands above. */
function isAliasOrEmpty({ spec }: Reading): boolean {
  return spec['acceptance_criteria'] === spec['acceptance'] || isEmpty(spec['acceptance_criteria']);
}

function readCriterion(reading: Reading, index: number, item: unknown): void {
  const { edit, derived, missing } = reading;
  const path: Path = ['acceptance', index];
  const sentence = typeof item === 'string' ? item : prose(item);
  if (typeof item !== 'object' || item === null || Array.isArray(item)) {
    const steps = stepsOf(sentence);
    if (steps === null) return incomplete(reading, path, sentence, STEPS);
    edit.set(path, { id: `A${index + 1}`, ...steps });
    derived('arbiter.migrate.steps_from_text', path, 'given, when and then read from the sentence');
    return;
  }
  const fields = item as Fields;
  const lacking = STEPS.filter(
    (step) => fields[step] === undefined || fields[step] === null || fields[step] === '',
  );
  if (lacking.length > 0) {
    const steps = lacking.length === STEPS.length ? stepsOf(sentence) : null;
    if (steps === null) incomplete(reading, path, sentence, lacking);
    else {
      for (const step of STEPS) edit.set([...path, step], steps[step]);
      derived('arbiter.migrate.steps_from_text', path, 'given, when and then read from the description');
    }
  }
  for (const step of STEPS) {
    const value = fields[step];
    if (lacking.includes(step) || typeof value === 'string') continue;
    const text = Array.isArray(value) ? joined(value) : textOf(value);
    if (text === null) {
      missing(
        'arbiter.migrate.criterion_incomplete',
        [...path, step],
        `${step} is no text`,
        `Write \`${step}\` as a sentence.`,
      );
      continue;
    }
    edit.set([...path, step], text);
    derived(
      'arbiter.migrate.read_as_text',
      [...path, step],
      `${step} ${shown(value)} read as ${shown(text)}`,
    );
  }
  readTests(reading, path, fields);
}

const joined = (values: readonly unknown[]): string | null => {
  const texts = values.map(textOf);
  return texts.length === 0 || texts.includes(null) ? null : texts.join('; ');
};

function incomplete({ missing }: Reading, path: Path, sentence: string, lacking: readonly string[]): void {
  const about = sentence === '' ? '' : `; it says ${shown(sentence)}`;
  missing(
    'arbiter.migrate.criterion_incomplete',
    path,
    `the criterion lacks ${lacking.join(', ')}${about}`,
    `Write ${lacking.map((step) => `\`${step}\``).join(', ')}.`,
  );
}

const prose = (item: unknown): string => {
  if (typeof item !== 'object' || item === null) return '';
  const { description, criterion, text, title } = item as Fields;
  return [description, criterion, text, title].find((each) => typeof each === 'string') ?? '';
};

/** A sentence that says Given … when … then … itself. */
function stepsOf(sentence: string): Record<(typeof STEPS)[number], string> | null {
  const words = /^\s*given\s+(?<given>\S.*?)[,;.]?\s+when\s+(?<when>\S.*?)[,;.]?\s+then\s+(?<then>\S.*)$/is;
  const groups = sentence.length <= 2_000 ? words.exec(sentence)?.groups : undefined;
  const { given, when, then } = groups ?? {};
  if (given === undefined || when === undefined || then === undefined) return null;
  return { given: given.trim(), when: when.trim(), then: then.trim() };
}

/** `test_nodeids` as a list; a description is the narrative. */
function readTests({ edit, derived, renamed }: Reading, path: Path, fields: Fields): void {
  const tests = fields['test_nodeids'];
  if (typeof tests === 'string') {
    edit.set([...path, 'test_nodeids'], [tests]);
    derived(
      'arbiter.migrate.one_entry_list',
      [...path, 'test_nodeids'],
      'test_nodeids read as a list of one',
    );
  }
  if (typeof fields['description'] === 'string' && fields['narrative'] === undefined) {
    edit.rename([...path, 'description'], 'narrative');
    renamed(
      'spec.migrate.safe_rename',
      [...path, 'description'],
      'the description of a criterion is its narrative',
    );
  }
}

const NUMBERED = /^[A-Za-z]+[-_ ]?0*(\d{1,9})$/;

/** Ids of v12 are A1, A2, …: the number of an older id is kept where it is free. */
function readIds({ edit, derived }: Reading, count: number): void {
  const ids = Array.from({ length: count }, (_, i) => edit.value(['acceptance', i, 'id']));
  const taken = new Set(ids.filter((id): id is string => typeof id === 'string' && /^A\d+$/.test(id)));
  for (const [i, id] of ids.entries()) {
    if (typeof id === 'string' && /^A\d+$/.test(id)) continue;
    if (edit.node(['acceptance', i]) === undefined || typeof edit.value(['acceptance', i]) !== 'object')
      continue;
    const number =
      typeof id === 'number' ? String(id) : typeof id === 'string' ? NUMBERED.exec(id)?.[1] : undefined;
    let next = number === undefined ? i + 1 : Number(number);
    while (taken.has(`A${next}`)) next += 1;
    taken.add(`A${next}`);
    edit.set(['acceptance', i, 'id'], `A${next}`, 'first');
    // What refers to the criterion elsewhere can still be followed.
    if (id !== undefined) edit.remark(['acceptance', i, 'id'], `was ${textOf(id) ?? 'no text'}`);
    const said =
      id === undefined ? `the criterion without an id is A${next}` : `criterion ${shown(id)} is now A${next}`;
    derived(
      'arbiter.migrate.criterion_renumbered',
      ['acceptance', i, 'id'],
      said,
      'Correct what refers to the older id.',
    );
  }
}

/** Tests that only the older list names move to the criterion of the same id. */
function mergeTests({ edit, renamed }: Reading, others: readonly unknown[]): void {
  const list = edit.value(['acceptance']);
  if (!Array.isArray(list)) return;
  for (const other of others.filter(isFields)) {
    const at = list.findIndex((item) => isFields(item) && item['id'] === other['id']);
    if (at === -1) continue;
    for (const key of ['test_command', 'test_nodeids']) {
      if (other[key] === undefined || edit.value(['acceptance', at, key]) !== undefined) continue;
      edit.set(['acceptance', at, key], other[key]);
      const message = `${key} of ${shown(other['id'])} is taken from acceptance_criteria`;
      renamed('arbiter.migrate.test_moved', ['acceptance', at, key], message);
    }
  }
}
