import { expect } from 'chai';
import fc from 'fast-check';
import { dependencyChanges } from '../../src/gates/change/dependencies.js';
import { repositoryPath } from '../../src/gates/change/report-path.js';
import { findSecrets } from '../../src/gates/change/secrets.js';
import { addedLines } from '../../src/gates/index.js';

const file = (path: string, text: string | null, before: string | null = null) => ({
  path,
  before: before === null ? null : Buffer.from(before),
  after: text === null ? null : Buffer.from(text),
});
const figures = (...manifests: ReturnType<typeof file>[]): Readonly<Record<string, number>> => {
  const read = dependencyChanges(manifests);
  if (!read.ok) throw new Error(read.problem.message);
  return read.value.figures;
};

describe('added lines', () => {
  it('content that looks like a patch is content: hunks are counted out', () => {
    const patch =
      'diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,0 +2,4 @@ f\n+--- y\n++++ z\n+@@ -1 +1 @@\n+diff --git a/q b/q\n';
    expect(addedLines(patch, [{ path: 'x', sections: 1 }])).to.deep.equal([
      { path: 'x', numbers: [2, 3, 4, 5], texts: ['--- y', '+++ z', '@@ -1 +1 @@', 'diff --git a/q b/q'] },
    ]);
  });
  it('sections and entries must belong together', () => {
    const patch = 'diff --git a/x b/x\n@@ -1 +1 @@\n-a\n+b\n\\ No newline at end of file\n';
    expect(addedLines(patch, [{ path: 'x', sections: 1 }])[0]?.texts).to.deep.equal(['b']);
    expect(() => addedLines(patch, [])).to.throw(RangeError);
    expect(() => addedLines(patch, [{ path: 'x', sections: 2 }])).to.throw(RangeError);
    expect(() =>
      addedLines('diff --git a/x b/x\n@@ -1 +1,9 @@\n+b\n', [{ path: 'x', sections: 1 }]),
    ).to.throw(RangeError);
  });
  it('fuzz: it ends, with added lines or a RangeError', () => {
    const part = fc.constantFrom(
      'diff --git a/x b/x\n',
      '@@ -1 +1 @@\n',
      '@@ -0,0 +1,3 @@\n',
      '+a\n',
      '-b\n',
      '\\ x\n',
      'Binary files a and b differ\n',
      '@@ -1,99999999 +1 @@\n',
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 30 }), (parts) => {
        try {
          addedLines(parts.join(''), [{ path: 'x', sections: 1 }]);
        } catch (error) {
          expect(error).to.be.instanceOf(RangeError);
        }
      }),
      { numRuns: 300, seed: 4 },
    );
  });
});

describe('secrets', () => {
  const token = `ghp_${'a1B2'.repeat(9)}`;
  it('are found where they are added, and never repeated', async () => {
    const added = [
      { path: 'a.ts', numbers: [4, 9], texts: ['const a = 1;', `const t = "${token}";`] },
      {
        path: 'b.ts',
        numbers: [1],
        texts: [`aws_secret_access_key="wJalrXUtnFEMI/K7MDENG/bPxRfiCYZ123456789"`],
      },
    ];
    const { findings, figures: found } = await findSecrets(added, []);
    expect(findings.map(({ path, line }) => [path, line])).to.deep.include(['a.ts', 9]);
    expect(findings.map(({ path, line }) => [path, line])).to.deep.include(['b.ts', 1]);
    expect(found).to.include({ secrets: 2, lines: 3 });
    expect(JSON.stringify(findings)).to.not.include(token);
  });
  it('no comment of the change switches the search off', async () => {
    const texts = ['/* secretlint-disable */', `const t = "${token}"; // secretlint-disable-line`];
    expect((await findSecrets([{ path: 'a.ts', numbers: [1, 2], texts }], [])).figures['secrets']).to.equal(
      1,
    );
  });
  it('no character that others count as the end of a line moves or hides a finding', async () => {
    const texts = [`a${'\r'.repeat(3)}\u2028\u2029b`, `const t = "${token}";`];
    const { findings, figures: found } = await findSecrets([{ path: 'a.ts', numbers: [7, 8], texts }], []);
    expect(findings.map(({ path, line }) => [path, line])).to.deep.equal([['a.ts', 8]]);
    expect(found['secrets']).to.equal(1);
  });
  it('a line is read to its end, and what lies in two pieces of it counts once', async () => {
    for (const before of [0, 15_990, 17_000, 19_990, 20_001, 100_000]) {
      const texts = [`${' '.repeat(before)} "${token}" `];
      const { figures: found } = await findSecrets([{ path: 'a.ts', numbers: [1], texts }], []);
      expect(found['secrets'], `${before}`).to.equal(1);
    }
  });
  it('files that could not be read are no pass: there is nothing to judge by', async () => {
    expect((await findSecrets([], [])).empty).to.equal(null);
    expect((await findSecrets([], ['big.bin'])).empty).to.match(/^1 files could not be read/u);
  });
  it('long lines of a stranger cost little', async function () {
    this.timeout(10_000);
    const texts = [
      'https://a:'.repeat(100_000),
      '://'.repeat(300_000),
      '-----BEGIN '.repeat(100_000),
      'A/'.repeat(500_000),
    ];
    await findSecrets([{ path: 'x', numbers: [1, 2, 3, 4], texts }], []);
  });
});

describe('dependency changes', () => {
  it('npm: added, removed, changed, and what comes from outside of the registry', () => {
    const before = '{"dependencies":{"a":"1","b":"1"},"devDependencies":{"c":"1"}}';
    const after =
      '{"dependencies":{"a":"2","d":"git+https://host/x.git"},"devDependencies":{"c":"1","e":"user/repo"}}';
    expect(figures(file('package.json', after, before))).to.include({
      added: 2,
      removed: 1,
      changed: 1,
      foreign: 2,
    });
    const lock =
      '{"packages":{"":{},"node_modules/a":{"version":"2","resolved":"git+ssh://x"},"node_modules/b":{"version":"1"}}}';
    expect(figures(file('package-lock.json', lock, '{"packages":{}}'))).to.include({
      added: 0,
      locked: 2,
      foreign: 1,
    });
  });
  it('a folder whose name holds `lock` makes no lock file: its manifests count in full', () => {
    const after = '{"dependencies":{"a":"1"}}';
    expect(figures(file('packages/blocks/package.json', after))).to.include({ added: 1, locked: 0 });
    expect(figures(file('src/clock/go.mod', 'require a.b/c v1.0.0\n'))).to.include({ added: 1, locked: 0 });
    expect(figures(file('x/npm-shrinkwrap.json', '{"packages":{"node_modules/a":{}}}'))).to.include({
      added: 0,
      locked: 1,
    });
  });
  it('more manifests than are compared decide nothing: none is left out in silence', () => {
    const many = Array.from({ length: 51 }, (_, i) => file(`p${i}/package.json`, '{}'));
    expect(dependencyChanges(many).ok).to.equal(false);
    expect(dependencyChanges(many.slice(1)).ok).to.equal(true);
  });
  it('a lock entry from an origin that the base has nothing from is foreign, with the same version as well', () => {
    const lock = (a: string, b: string): string =>
      JSON.stringify({
        packages: {
          'node_modules/a': { version: '1', resolved: `https://${a}/a.tgz` },
          'node_modules/z/node_modules/a': { version: '1', resolved: `https://${b}/a.tgz` },
          'node_modules/y/node_modules/a': { version: '1', resolved: `https://one.test/a.tgz` },
        },
      });
    const before = lock('one.test', 'one.test');
    expect(figures(file('package-lock.json', lock('one.test', 'one.test@two.test'), before))).to.include({
      locked: 1,
      foreign: 1,
    });
    expect(figures(file('package-lock.json', lock('two.test', 'two.test'), before))).to.include({
      foreign: 2,
    });
    expect(figures(file('package-lock.json', before, before))).to.include({ locked: 0, foreign: 0 });
  });
  it('Python: requirements and pyproject', () => {
    const after =
      'Flask_Login==2.0 # x\nrequests[socks]>=2 ; python_version<"4"\n-r other.txt\n-e git+https://host/z.git\npkg @ https://host/p.whl\n';
    expect(figures(file('requirements-dev.txt', after, 'flask-login==1.0\n'))).to.include({
      added: 3,
      changed: 1,
      foreign: 2,
    });
    const toml =
      '[project]\ndependencies = ["a>=1", "b"]\n[tool.poetry.dependencies]\nc = { git = "https://host/c" }\n';
    expect(figures(file('pyproject.toml', toml))).to.include({ added: 3, foreign: 1 });
  });
  it('Go, Cargo and Maven', () => {
    const mod =
      'module x\ngo 1.22\nrequire (\n\ta.b/c v1.0.0 // indirect\n\td.e/f v2.0.0\n)\nreplace a.b/c => ../c\n';
    expect(figures(file('go.mod', mod, 'require d.e/f v1.0.0\n'))).to.include({
      added: 1,
      changed: 1,
      foreign: 1,
    });
    const cargo =
      '[dependencies]\na = "1"\nb = { version = "2", git = "https://host/b" }\n[target.\'cfg(unix)\'.dev-dependencies]\nc = "1"\n';
    expect(figures(file('crates/x/Cargo.toml', cargo))).to.include({ added: 3, foreign: 1 });
    const pom =
      '<project><dependencies><dependency><groupId>g</groupId><artifactId>a</artifactId><version>2</version><exclusions><exclusion><groupId>q</groupId></exclusion></exclusions></dependency></dependencies></project>';
    expect(figures(file('pom.xml', pom, pom.replace('>2<', '>1<')))).to.include({ changed: 1, added: 0 });
  });
  it('a manifest that cannot be read at the result decides nothing; at the base, everything counts as added', () => {
    expect(dependencyChanges([file('package.json', '{')]).ok).to.equal(false);
    expect(dependencyChanges([file('pom.xml', '<!DOCTYPE p [<!ENTITY x "y">]><project/>')]).ok).to.equal(
      false,
    );
    expect(figures(file('package.json', '{"dependencies":{"a":"1"}}', '{'))).to.include({ added: 1 });
    expect(figures(file('package.json', null, '{"dependencies":{"a":"1"}}'))).to.include({ removed: 1 });
    expect(figures(file('readme.md', 'x'))).to.include({ manifests: 0 });
  });
});

describe('paths of reports', () => {
  it('nothing outside of the repository is a path in it', () => {
    expect(repositoryPath('../x', null)).to.equal(null);
    expect(repositoryPath('a/../../x', null)).to.equal(null);
    expect(repositoryPath('/etc/passwd', '/checkout')).to.equal(null);
    expect(repositoryPath('C:\\x', null)).to.equal(null);
    expect(repositoryPath('/checkout/a//b', '/checkout')).to.equal('a/b');
  });
});
