import { expect } from 'chai';
import fc from 'fast-check';
import { decideScope, evaluatePath, isInside, matchesEntry, normalizePath } from '../../src/caws/index.js';

const part = fc.constantFrom('src', 'a', 'b.ts', '..', '.', '', '...', 'C:', '~', ' ', '\\', '\0', 'ä');
const anyPath = fc.oneof(
  fc.array(part, { maxLength: 7 }).map((parts) => parts.join('/')),
  fc.string({ unit: 'binary', maxLength: 30 }),
);
const name = fc.constantFrom('src', 'a', 'b', 'lib', 'x.ts');
const cleanPath = fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));

describe('scope: paths', () => {
  it('what is normalised never escapes the repository', () => {
    fc.assert(
      fc.property(anyPath, (path) => {
        const normal = normalizePath(path);
        if (!normal.ok) return;
        const parts = normal.path.split('/');
        expect(parts).to.not.include.members(['..']);
        for (const each of parts) expect(each).to.not.be.oneOf(['', '.', '..']);
        expect(normal.path).to.not.match(/^[/\\]|^[A-Za-z]:\/|\\|\0/);
      }),
    );
  });

  it('normalising twice changes nothing, and `./` and double slashes do not count', () => {
    fc.assert(
      fc.property(cleanPath, (path) => {
        for (const written of [
          path,
          `./${path}`,
          `${path}/`,
          path.replaceAll('/', '//'),
          path.replaceAll('/', '/./'),
        ]) {
          expect(normalizePath(written)).to.deep.equal({ ok: true, path });
        }
      }),
    );
  });

  for (const [path, why] of [
    [undefined, 'not_string'],
    [7, 'not_string'],
    ['', 'empty'],
    ['.', 'empty'],
    ['//', 'absolute'],
    ['./', 'empty'],
    ['a\0b', 'nul'],
    ['a\\b', 'backslash'],
    ['/etc', 'absolute'],
    ['C:/x', 'absolute'],
    ['c:/x', 'absolute'],
    ['C:/', 'absolute'],
    ['./C:/x', 'absolute'],
    ['.//c://x', 'absolute'],
    ['..', 'parent_traversal'],
    ['a/../b', 'parent_traversal'],
  ] as const) {
    it(`${JSON.stringify(path)} is refused: ${why}`, () =>
      expect(normalizePath(path)).to.deep.equal({ ok: false, why }));
  }

  it('names with dots and colons are names', () => {
    for (const path of ['...', 'a..b', '..a', 'a:b', 'C:x', '.caws'])
      expect(normalizePath(path).ok, path).to.equal(true);
  });
});

describe('scope: decisions', () => {
  it('out beats in and support, whatever they say', () => {
    fc.assert(
      fc.property(cleanPath, cleanPath, (folder, rest) => {
        const path = `${folder}/${rest}`;
        for (const out of [folder, `./${folder}`, `${folder}/`]) {
          const { rule } = decideScope(path, { in: [path, folder, '**'], support: ['**'], out: [out] });
          expect(rule).to.equal('scope.reject.scope_out');
        }
      }),
    );
  });

  it('a path is admitted only by an entry that holds it; more out admits less, more in admits more', () => {
    const entries = fc.array(cleanPath, { maxLength: 3 });
    fc.assert(
      fc.property(cleanPath, entries, entries, cleanPath, (path, given, out, more) => {
        const admits = (scope: { in: string[]; out: string[] }): boolean =>
          decideScope(path, scope).kind === 'admit';
        const now = admits({ in: given, out });
        expect(now).to.equal(given.some((e) => isInside(e, path)) && !out.some((e) => isInside(e, path)));
        if (now) expect(admits({ in: [...given, more], out })).to.equal(true);
        if (!now) expect(admits({ in: given, out: [...out, more] })).to.equal(false);
      }),
    );
  });

  it('the borders of names count: `src/a` does not hold `src/ab`', () => {
    expect(isInside('src/a', 'src/a')).to.equal(true);
    expect(isInside('src/a', 'src/a/b')).to.equal(true);
    expect(isInside('src/a', 'src/ab')).to.equal(false);
    expect(isInside('src/a/', 'src/a/b')).to.equal(true);
    expect(isInside('./src', 'src/a')).to.equal(true);
    expect(isInside('././src//', 'src/a')).to.equal(true);
    expect(isInside('', 'src')).to.equal(false);
    expect(isInside('/', 'src')).to.equal(false);
    expect(isInside('src/a/b', 'src/a')).to.equal(false);
  });

  it('globs are globs, also of names that begin with a dot', () => {
    expect(matchesEntry('src/**/*.ts', 'src/.hidden/a.ts')).to.equal(true);
    expect(matchesEntry('src/{a,b}.ts', 'src/b.ts')).to.equal(true);
    expect(matchesEntry('src/[ab].ts', 'src/c.ts')).to.equal(false);
    expect(matchesEntry('src/a+b.ts', 'src/a+b.ts')).to.equal(true);
    expect(matchesEntry('src/*.ts', `src/${'a'.repeat(252)}.ts`)).to.equal(true);
    expect(
      matchesEntry('src/*.ts', `src/${'a'.repeat(253)}.ts`),
      'a longer name than file systems hold',
    ).to.equal(false);
    expect(matchesEntry('**', `${'a/'.repeat(511)}bb`)).to.equal(true);
    expect(matchesEntry('**', `${'a/'.repeat(512)}b`), 'more than 1,024 characters').to.equal(false);
    expect(matchesEntry('src', `src/${'a'.repeat(2_000)}`), 'a prefix of any length').to.equal(true);
  });

  it('hole 8: CAWS admits its own rules and those of the agent at all times, Arbiter only by scope', () => {
    const scope = { in: ['src'] };
    for (const path of ['.caws/policy.yaml', '.claude/settings.json', '.caws']) {
      expect(evaluatePath(path, { kind: 'bound', spec: { scope } }, {}).rule).to.equal(
        'scope.admit.infra_exempt',
      );
      expect(decideScope(path, scope).kind).to.equal('reject');
    }
    expect(evaluatePath('.cawsx/a', { kind: 'bound', spec: { scope } }, {}).kind).to.equal('reject');
    expect(decideScope('.caws/specs/A-1.yaml', { in: ['.caws/specs'] }).rule).to.equal(
      'scope.admit.scope_in',
    );
  });

  it('zones and root files of the policy admit, and are asked in this order', () => {
    const zones = { non_governed_zones: ['play/**'], root_passthrough: ['README.md', 'src/x'] };
    const rule = (path: string, scope = { in: ['src'], out: ['play', 'README.md'] }): string =>
      decideScope(path, scope, zones).rule;
    expect(rule('play/a')).to.equal('scope.admit.non_governed_zone');
    expect(rule('README.md')).to.equal('scope.reject.scope_out');
    expect(rule('README.md', { in: ['src'], out: [] })).to.equal('scope.admit.root_passthrough');
    expect(rule('lib/x')).to.equal('scope.reject.scope_in_miss');
    expect(rule('other.md')).to.equal('scope.reject.root_not_allowed');
    expect(decideScope('a/b', { in: ['x'], support: ['a'] }).rule).to.equal('scope.admit.scope_support');
    expect(decideScope('src/x', { in: ['lib'] }, zones).rule, 'root files lie at the root').to.equal(
      'scope.reject.scope_in_miss',
    );
    expect(decideScope('../x', { in: ['**'] })).to.deep.equal({
      kind: 'invalid_path',
      rule: 'scope.invalid_path.parent_traversal',
      bindingState: 'bound',
    });
  });
});
