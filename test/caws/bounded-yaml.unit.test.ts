import { expect } from 'chai';
import { readYaml, YAML_LIMITS } from '../../src/caws/bounded-yaml.js';
import { finder, placed } from '../../src/caws/places.js';

const RULES = { what: 'note', yaml: 'note.yaml', limits: 'arbiter.note' };
const refusal = (text: string) => {
  const result = readYaml(text, RULES);
  if (result.ok) throw new Error('read');
  return result.diagnostic;
};
/** A refusal as `rule pointer line:column message → repair`. */
const said = (text: string): string => {
  const { rule, pointer = '', line, column, message, narrowRepair = '' } = refusal(text);
  return `${rule} ${pointer}${line === undefined ? '' : `${line}:${column}`} ${message} → ${narrowRepair}`;
};
const list = (count: number, item = 'x'): string =>
  `[${Array.from({ length: count }, () => item).join(',')}]`;
const nested = (depth: number): string => `${'{a: '.repeat(depth)}1${'}'.repeat(depth)}`;

describe('law 13: a document is read within its bounds', () => {
  const DEEP =
    'arbiter.note.too_deep / the note is nested deeper than 64 levels → Remove the nested brackets, or the alias that contains itself.';
  const BOMB =
    'arbiter.note.alias_expansion / the note has more than 100000 values, or 1000 aliases of collections, once its aliases are written out → Write the repeated part out where it is needed instead of using `*aliases`.';

  it('what is good comes back as data, timestamps as texts', () => {
    expect(readYaml('a: 2026-01-01\nb: [1, true, ~]\n', RULES)).to.deep.equal({
      ok: true,
      value: { a: '2026-01-01', b: [1, true, null] },
    });
  });

  it('what is no mapping says what it is', () => {
    const repair = 'Begin with `key: value` lines at the left margin.';
    for (const [text, found] of [
      ['- a', 'a sequence'],
      ['word', 'a string'],
      ['5', 'a number'],
      ['true', 'a boolean'],
    ] as const)
      expect(said(text)).to.equal(
        `note.yaml.not_an_object  the note must be a mapping; found ${found} → ${repair}`,
      );
    for (const text of ['', '~', '# nothing'])
      expect(said(text)).to.equal(
        'note.yaml.empty_document  the note is empty → Write the document: a YAML mapping.',
      );
  });

  it('its size is measured in bytes, and said', () => {
    const text = `a: ${'x'.repeat(YAML_LIMITS.bytes - 3)}`;
    expect(readYaml(text, RULES).ok).to.equal(true);
    expect(said(`${text}x`)).to.equal(
      'arbiter.note.too_large / the note is 262145 bytes; at most 262144 are read → Shorten the note to 262144 bytes or split the work.',
    );
  });

  it('64 levels are read, one more is not, also through an alias', () => {
    expect(readYaml(nested(64), RULES).ok).to.equal(true);
    expect(said(nested(65))).to.equal(DEEP);
    expect(said(nested(64).replace('1', '{}'))).to.equal(DEEP);
    expect(said('a: &a [*a]')).to.equal(DEEP);
    const half = `b: &b ${nested(40)}\n`;
    expect(readYaml(`${half}c: *b\n`, RULES).ok).to.equal(true);
    expect(said(`${half}c: ${nested(30).replace('1', '*b')}\n`)).to.equal(DEEP);
  });

  it('1000 aliases of collections are read, one more is not; aliases of single values do not count', () => {
    const of = (count: number): string => `a: &a [x]\nb: ${list(count, '*a')}\n`;
    expect(readYaml(of(1000), RULES).ok).to.equal(true);
    expect(said(of(1001))).to.equal(BOMB);
    expect(readYaml(`a: &a x\nb: ${list(2000, '*a')}\n`, RULES).ok).to.equal(true);
  });

  it('a large collection used as a key counts each time', () => {
    const of = (size: number, count: number): string =>
      `a: &a ${list(size)}\nb:\n${'  - ? *a\n'.repeat(count)}`;
    expect(said(of(40_000, 3))).to.equal(BOMB);
    expect(readYaml(of(400, 3), RULES).ok).to.equal(true);
  });

  it('100,000 values are read with aliases written out, one more is not', () => {
    // The document, its list, and what is in the list.
    expect(readYaml(`a: ${list(99_998, '1')}`, RULES).ok).to.equal(true);
    expect(said(`a: ${list(99_999, '1')}`)).to.equal(BOMB);
    const twice = `a: &a ${list(60_000, '1')}\nb: *a\n`;
    expect(said(twice)).to.equal(BOMB);
  });

  it('hazard: a key that reaches a prototype is refused with its place, and is no such key in a list', () => {
    for (const key of ['__proto__', 'prototype', 'constructor']) {
      expect(refusal(`a: {b: [1, {"${key}": 1}]}`)).to.deep.equal({
        rule: 'arbiter.note.prototype_key',
        severity: 'error',
        message: `the note has the key \`${key}\`, which is not allowed anywhere`,
        pointer: '/a/b/1',
        key,
        narrowRepair: `Remove \`${key}\`.`,
      });
      expect(readYaml(`a: [${key}, "${key}"]`, RULES).ok).to.equal(true);
    }
    expect(refusal('constructor: 1').pointer).to.equal('/');
  });

  it('what is no YAML says where and what to do', () => {
    for (const [text, place, rest] of [
      ['a: 1\na: 2', '2:1', 'duplicated mapping key → Keep one of the two keys; the second is at line 2.'],
      [
        'a: 1\n---\nb: 2',
        '',
        'expected a single document in the stream, but found more → Keep one document: remove `---` and what follows it.',
      ],
      ['a:\n\tb: 1', '2:1', 'tab characters must not be used in indentation → Indent with spaces at line 2.'],
      [
        'a: b: c',
        '1:5',
        'bad indentation of a mapping entry → Correct the YAML at line 1; quote text that holds `: `, `#`, `[` or `{`.',
      ],
    ] as const)
      expect(said(text), text).to.equal(
        `note.yaml.parse_failed ${place} the note is not valid YAML: ${rest}`,
      );
  });
});

describe('places: where in the text a finding is', () => {
  const TEXT = [
    '# first',
    'id: FEAT-1',
    'scope:',
    '  in:',
    '    - a',
    '    - {b: c}',
    'same: &x',
    '  deep: 5',
    'again: *x',
    '7: seven',
    '"a/b~c": d',
  ].join('\n');
  const at = (pointer: string, key?: string): string => {
    const { line, column } = finder(TEXT)(pointer, key);
    return `${line}:${column}`;
  };

  for (const [what, pointer, key, expected] of [
    ['the document', '/', undefined, '2:1'],
    ['a single value is shown itself', '/id', undefined, '2:5'],
    ['a collection by its key', '/scope', undefined, '3:1'],
    ['a key that should not be there by the key', '/', 'id', '2:1'],
    ['an entry of a list', '/scope/in/0', undefined, '5:7'],
    ['a value in an entry', '/scope/in/1/b', undefined, '6:11'],
    ['a key in an entry', '/scope/in/1', 'b', '6:8'],
    ['what is missing at what lacks it', '/scope', 'out', '3:1'],
    ['an entry that is not there at the list', '/scope/in/9', undefined, '4:3'],
    ['below a single value at the value', '/id/x', undefined, '2:1'],
    ['through an alias at what it names', '/again/deep', undefined, '8:9'],
    ['a number as a key', '/7', undefined, '10:4'],
    ['a key that is escaped', '/a~1b~0c', undefined, '11:10'],
  ] as const) {
    it(what, () => {
      expect(at(pointer, key)).to.equal(expected);
    });
  }

  it('a text without content begins at 1:1, and so does what cannot be read', () => {
    for (const text of ['', '[', '\0']) expect(finder(text)('/a/b')).to.deep.equal({ line: 1, column: 1 });
  });

  it('only what has no place yet gets one; what is too large or no YAML is not looked at again', () => {
    const found = (rule: string, more: object = {}) =>
      ({ rule, severity: 'error', message: 'm', pointer: '/scope/in/0', ...more }) as const;
    const place = (...found: Parameters<typeof placed>[1]): string[] =>
      placed(TEXT, found).map(({ line, column }) => `${line}:${column}`);
    expect(place(found('any.rule'))).to.deep.equal(['5:7']);
    expect(place(found('any.rule', { line: 3, column: 4 }))).to.deep.equal(['3:4']);
    for (const rule of ['too_large', 'too_deep', 'alias_expansion'])
      expect(place(found(`arbiter.spec.${rule}`), found('any.rule'))).to.deep.equal(['1:1', '5:7']);
    expect(place(found('spec.yaml.parse_failed'))).to.deep.equal(['1:1']);
    for (const rule of ['arbiter.spec.too_large_indeed', 'x.arbiter.spec.too_large', 'a.spec.yaml.x'])
      expect(place(found(rule)), rule).to.deep.equal(['5:7']);
    expect(place(found('any.rule', { pointer: undefined }))).to.deep.equal(['2:1']);
    expect(place()).to.deep.equal([]);
  });
});
