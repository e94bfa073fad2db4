import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { checkSpec, checkSpecValue, parsePolicy, validateSpecShape } from '../../src/caws/index.js';
import { bounded, errorAt, infoAt, pathOf, pointerTo, warningAt } from '../../src/caws/diagnostic.js';
import { compileShape, wordingOf } from '../../src/caws/shape.js';

const SPEC = {
  id: 'FEAT-1',
  title: 'Fold the log',
  risk_tier: 3,
  mode: 'feature',
  lifecycle_state: 'active',
  blast_radius: { modules: ['fold'] },
  scope: { in: ['src'] },
  invariants: ['i'],
  acceptance: [{ id: 'A1', given: 'g', when: 'w', then: 't' }],
  non_functional: {},
  contracts: [],
};

const said = (changes: object): string[] =>
  validateSpecShape({ ...SPEC, ...changes }).map(
    (d) => `${d.pointer ?? ''} | ${d.message} | ${d.narrowRepair ?? ''}`,
  );

describe('diagnostics', () => {
  it('pointers are RFC 6901, and the document is `/`', () => {
    expect(pointerTo([])).to.equal('/');
    expect(pointerTo(['a', 0, 'b/c~d'])).to.equal('/a/0/b~1c~0d');
    for (const path of [[], ['a'], ['a', 'b'], ['a/b', '~1', '', '~']]) {
      expect(pathOf(pointerTo(path)), path.join()).to.deep.equal(path);
    }
    expect(pathOf('')).to.deep.equal([]);
    expect(pathOf('/a~01')).to.deep.equal(['a~1']);
  });

  it('each severity has its word', () => {
    const place = { pointer: '/a', key: 'b' };
    for (const [make, severity] of [
      [errorAt, 'error'],
      [warningAt, 'warning'],
      [infoAt, 'info'],
    ] as const) {
      expect(make('r', 'm', place, 'n')).to.deep.equal({
        rule: 'r',
        severity,
        message: 'm',
        ...place,
        narrowRepair: 'n',
      });
    }
  });

  it('200 are listed, the rest is counted', () => {
    const many = (count: number) => Array.from({ length: count }, () => warningAt('r', 'm', {}, 'n'));
    expect(bounded(many(200), 'more')).to.deep.equal(many(200));
    const all = bounded(many(205), 'more');
    expect(all).to.have.length(201);
    expect(all.at(-1)).to.include({
      rule: 'more',
      severity: 'error',
      pointer: '/',
      message: '5 more violations are not listed',
    });
    expect(all.at(-1)?.narrowRepair).to.equal('Repair the listed ones first.');
  });
});

describe('diagnostics: what a person reads about a shape', () => {
  it('a key that is missing or unknown is named, and a long one cut', () => {
    const { title: _, ...rest } = SPEC;
    expect(validateSpecShape(rest)).to.deep.include({
      rule: 'spec.schema.violation',
      severity: 'error',
      message: 'the document lacks `title`',
      pointer: '/',
      key: 'title',
      narrowRepair: 'Add `title`.',
    });
    expect(said({ more: 1 })).to.deep.equal([
      '/ | the document has the unknown key `more` | Remove `more` or correct its name.',
    ]);
    const key = 'k'.repeat(80);
    expect(said({ [key]: 1 })[0]).to.contain(`\`${key}\``);
    expect(said({ [`${key}k`]: 1 })[0]).to.contain(`\`${'k'.repeat(77)}...\` |`);
  });

  it('types, values and lengths', () => {
    expect(said({ title: 7 })).to.deep.equal(['/title | /title must be a string | Write a string.']);
    expect(said({ invariants: {} })).to.deep.equal([
      '/invariants | /invariants must be an array | Write an array.',
    ]);
    expect(said({ scope: 'src' })).to.deep.equal(['/scope | /scope must be an object | Write an object.']);
    expect(said({ title: '' })).to.deep.equal([
      '/title | /title is too short | Write at least 1 character(s).',
    ]);
    expect(said({ title: 'x'.repeat(201) })).to.deep.equal([
      '/title | /title is longer than 200 characters | Shorten it to 200 characters.',
    ]);
    expect(said({ invariants: [] })).to.deep.equal([
      '/invariants | /invariants needs at least 1 entry | Add 1 entry or more.',
    ]);
    expect(said({ lifecycle_state: 'open' })).to.deep.equal([
      '/lifecycle_state | /lifecycle_state must be one of "draft", "active", "closed", "archived" | Write one of "draft", "active", "closed", "archived".',
    ]);
    expect(said({ worktree: 'a b' })).to.deep.equal([
      '/worktree | /worktree does not match ^[a-zA-Z0-9_-]+$ | Write a value that matches ^[a-zA-Z0-9_-]+$.',
    ]);
    expect(said({ created_at: 'today' })).to.deep.equal([
      '/created_at | /created_at is not a date-time of RFC 3339 | Write a time with a zone, such as 2026-01-31T12:00:00Z.',
    ]);
  });

  it('numbers of a policy', () => {
    const tiers = (files: number) =>
      [1, 2, 3].map((n) => `'${n}': { max_files: ${files}, max_loc: 1 }`).join(', ');
    const gate = '{ enabled: true, mode: block }';
    const text = (version: number, files: number, ttl: number): string =>
      `{ version: ${version}, risk_tiers: { ${tiers(files)} }, agents: { last_modified_paths_ttl_seconds: ${ttl} }, gates: { budget_limit: ${gate}, spec_completeness: ${gate}, scope_boundary: ${gate} } }`;
    const messages = (...args: [number, number, number]): string[] =>
      parsePolicy(text(...args)).diagnostics.map((d) => `${d.message} | ${d.narrowRepair ?? ''}`);
    expect(messages(1, 1, 60)).to.deep.equal([]);
    expect(messages(2, 1, 60)).to.deep.equal(['/version must be 1 | Write 1.']);
    expect(messages(1, -1, 60)[0]).to.equal('/risk_tiers/1/max_files must be at least 0 | Write 0 or more.');
    const ttl = '/agents/last_modified_paths_ttl_seconds';
    expect(messages(1, 1, 59)).to.deep.equal([`${ttl} must be at least 60 | Write 60 or more.`]);
    expect(messages(1, 1, 86_401)).to.deep.equal([`${ttl} must be at most 86400 | Write 86400 or less.`]);
  });

  it('a keyword without words of its own has the validator’s', () => {
    const check = compileShape({ type: 'array', items: {}, uniqueItems: true });
    check([1, 1]);
    const [error] = check.errors ?? [];
    if (error === undefined) throw new Error('no violation');
    expect(wordingOf(error).message).to.match(/^the document must NOT have duplicate items/);
    expect(wordingOf(error).repair).to.equal('Correct the value named by the pointer.');
    expect(wordingOf({ ...error, message: undefined } as never).message).to.equal(
      'the document is not allowed',
    );
    expect(() => compileShape({ type: 'object', unheardOf: 1 }), 'an unclear schema').to.throw(
      'unknown keyword',
    );
  });
});

describe('diagnostics: which layer spoke', () => {
  const bad = { ...SPEC, resolution: 'completed' };

  it('a layer runs only if the one before has passed', () => {
    expect(checkSpecValue(SPEC)).to.deep.equal({ ok: true, spec: SPEC, layer: 'semantics', diagnostics: [] });
    expect(checkSpecValue({}))
      .to.include({ ok: false, layer: 'shape' })
      .and.not.have.any.keys('spec', 'shaped');
    const semantic = checkSpecValue(bad);
    expect(semantic).to.include({ ok: false, layer: 'semantics' }).and.not.have.any.keys('spec');
    expect(semantic.shaped).to.equal(bad);
    expect(semantic.diagnostics.map((d) => d.rule)).to.deep.equal([
      'spec.semantic.resolution.requires_closure',
    ]);
  });

  it('the digest is of the text, whatever it holds', () => {
    for (const text of ['', '[', 'a: 1', JSON.stringify(SPEC), JSON.stringify(bad)]) {
      expect(checkSpec(text).sha256).to.equal(createHash('sha256').update(text, 'utf8').digest('hex'));
    }
    expect(checkSpec('[').layer).to.equal('parse');
    expect(checkSpec(JSON.stringify(SPEC))).to.deep.include({ ok: true, spec: SPEC });
    expect(checkSpec('- a').diagnostics[0]?.message).to.equal('the spec must be a mapping; found a sequence');
    expect(checkSpec(' ').diagnostics[0]?.rule).to.equal('spec.yaml.empty_document');
  });
});
