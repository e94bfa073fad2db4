import { createHash } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import {
  checkSpec,
  decideScope,
  matchesEntry,
  parsePolicy,
  whyUnsafe,
  YAML_LIMITS,
} from '../../src/caws/index.js';

const repeat = (text: string, count: number): string => text.repeat(count);
const only = (text: string): string => {
  const { ok, diagnostics } = checkSpec(text);
  expect(ok).to.equal(false);
  expect(diagnostics, 'one reason').to.have.length(1);
  return diagnostics[0]?.rule ?? '';
};

describe('CAWS: documents that are meant to hurt', () => {
  it('the digest is of the exact UTF-8 bytes', () => {
    const text = 'id: ünï\r\n';
    expect(checkSpec(text).sha256).to.equal(
      createHash('sha256').update(Buffer.from(text, 'utf8')).digest('hex'),
    );
  });

  it('256 KiB are read, one byte more is not; bytes count, not characters', () => {
    expect(only(repeat('#', YAML_LIMITS.bytes))).to.equal('spec.yaml.empty_document');
    expect(only(repeat('#', YAML_LIMITS.bytes + 1))).to.equal('arbiter.spec.too_large');
    expect(only(repeat('é', YAML_LIMITS.bytes / 2 + 1))).to.equal('arbiter.spec.too_large');
    expect(parsePolicy(repeat('#', YAML_LIMITS.bytes + 1)).diagnostics[0]?.rule).to.equal(
      'arbiter.policy.too_large',
    );
  });

  it('a YAML bomb of nested aliases is refused', () => {
    const levels = Array.from({ length: 20 }, (_, i) => `a${i + 1}: &a${i + 1} [${repeat(`*a${i},`, 9)}]`);
    expect(only(`a0: &a0 [x]\n${levels.join('\n')}`)).to.equal('arbiter.spec.alias_expansion');
  });

  it('an alias that contains itself is refused', () => {
    expect(only('a: &a [*a]')).to.equal('arbiter.spec.too_deep');
    expect(only('&a b: *a\nc: &c {d: *c}')).to.be.oneOf(['arbiter.spec.too_deep', 'spec.yaml.parse_failed']);
  });

  it('a large collection used again and again as a key is refused', () => {
    const list = `&a [${repeat('x,', 40_000)}]`;
    expect(only(`k: ${list}\nl:\n${repeat('- ? *a\n', 10_000)}`)).to.equal('arbiter.spec.alias_expansion');
  });

  for (const [what, text] of [
    ['[', repeat('[', 200_000)],
    ['{a: ', repeat('{a: ', 50_000)],
    ['- ', repeat('- ', 100_000)],
    ['? ', repeat('? ', 100_000)],
    ['indentation', Array.from({ length: 65 }, (_, i) => `${repeat(' ', i)}a:`).join('\n')],
  ] as const) {
    it(`depth: ${what} repeated is refused`, () => {
      expect(only(text)).to.equal('arbiter.spec.too_deep');
    });
  }

  for (const key of ['__proto__', 'constructor', 'prototype']) {
    it(`the key ${key} is refused anywhere, and nothing gets a prototype from it`, () => {
      for (const text of [
        `${key}: {polluted: 1}`,
        `scope: {in: [a], ${key}: {x: 1}}`,
        `a: [{"${key}": 1}]`,
      ]) {
        expect(only(text)).to.equal('arbiter.spec.prototype_key');
      }
      expect(({} as Record<string, unknown>).polluted).to.equal(undefined);
    });
  }

  it('duplicate keys, two documents, tabs and tags say what to do and where', () => {
    for (const [text, hint] of [
      ['a: 1\na: 2', 'Keep one'],
      ['a: 1\n---\nb: 2', 'Keep one document'],
      ['a:\n\tb: 1', 'spaces'],
      ['a: !!js/function "x"', 'line 1'],
    ] as const) {
      const [found] = checkSpec(text).diagnostics;
      expect(found?.rule).to.equal('spec.yaml.parse_failed');
      expect(found?.narrowRepair).to.contain(hint);
    }
    expect(checkSpec('a: 1\na: 2').diagnostics[0]).to.include({ line: 2, column: 1 });
  });

  it('a document of nothing but violations is reported up to a bound', () => {
    const { diagnostics } = checkSpec(Array.from({ length: 20_000 }, (_, i) => `k${i}: 1`).join('\n'));
    expect(diagnostics).to.have.length(201);
    expect(diagnostics.at(-1)?.rule).to.equal('arbiter.spec.more_violations');
  });

  it('any text gets an answer', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
        const check = checkSpec(text);
        expect(check.ok).to.equal(check.spec !== undefined);
        if (!check.ok) expect(check.diagnostics).to.not.be.empty;
      }),
      { numRuns: 500 },
    );
  });
});

describe('CAWS: scope entries that are meant to hurt', () => {
  it('a glob that would take long matches nothing', () => {
    const path = `src/${repeat('a', 3_000)}`;
    for (const glob of [
      'src/a*a*a*a*a*b',
      '+(a|aa)+(a|aa)b',
      '(a+)+b',
      '[a]+[a]+[a]+b',
      'src/*a*a*a*b',
      '**/a/**/a/**/b',
      '**/*a*a/*a*a/*a*a/*a*b',
      '!(x)',
      repeat('**/a', 9),
      repeat('{a,b}', 9),
      repeat('*', 600),
    ]) {
      expect(whyUnsafe(glob), glob).to.not.equal(null);
      expect(matchesEntry(glob, path)).to.equal(false);
    }
  });

  it('an accepted glob is decided quickly on long paths', () => {
    const started = process.cpuUsage();
    for (const glob of [
      'src/*a*b',
      '**/*a*/**/*b',
      '{a,b}*{a,b}*c',
      '[a]*[a]*b',
      '**/a/**/b',
      '**/*a*b/**/*c*d',
    ]) {
      expect(whyUnsafe(glob), glob).to.equal(null);
      matchesEntry(glob, `src/${repeat('a', 250)}`);
      matchesEntry(glob, repeat('a/', 500));
      matchesEntry(glob, repeat(`${repeat('a', 50)}/`, 19));
    }
    expect(
      process.cpuUsage(started).user / 1_000,
      'ms of CPU; a guard against minutes, not a figure',
    ).to.be.lessThan(5_000);
  });

  it('Arbiter does not exempt .caws, CAWS does; zones and root files of the policy admit', () => {
    expect(decideScope('.caws/policy.yaml', { in: ['src'] }).rule).to.equal('scope.reject.scope_in_miss');
    expect(decideScope('docs/x', { in: ['src'] }, { non_governed_zones: ['docs/**'] }).kind).to.equal(
      'admit',
    );
    expect(decideScope('README.md', { in: ['src'] }, { root_passthrough: ['README.md'] }).kind).to.equal(
      'admit',
    );
  });

  it('no path with `..`, NUL, backslash or a leading slash is ever admitted', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('..', 'src', 'a', '.', '', '\\', '\0', '/'), { maxLength: 6 }),
        (parts) => {
          const path = parts.join('/');
          const { kind } = decideScope(path, { in: ['**', 'src', 'a'] });
          if (/(^|\/)\.\.($|\/)|^\/|\\|\0/.test(path)) expect(kind).to.equal('invalid_path');
        },
      ),
    );
  });
});
