import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { execa } from 'execa';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const example = (name: string): string => path.join(ROOT, 'examples/specs', name);
const GOOD = `id: CLI-1
title: Add a file
risk_tier: 3
mode: feature
lifecycle_state: active
blast_radius: {modules: [a]}
scope: {in: [src/x.ts], out: [docs/a]}
invariants: [i]
acceptance: [{id: A1, given: g, when: w, then: t}]
non_functional: {}
contracts: []
`;
const POLICY = `version: 1
risk_tiers: {'1': {max_files: 1, max_loc: 1}, '2': {max_files: 2, max_loc: 2}, '3': {max_files: 3, max_loc: 3}}
gates:
  budget_limit: {enabled: true, mode: block}
  spec_completeness: {enabled: true, mode: warn}
  scope_boundary: {enabled: true, mode: block}
non_governed_zones: [docs/**]
`;

interface Line {
  readonly file: string;
  readonly profile: string;
  readonly detected: string | null;
  readonly valid: boolean;
  readonly text?: string;
  readonly diagnostics: readonly { rule: string; severity: string; line: number; column: number }[];
}

describe('arbiter spec', function () {
  this.timeout(60_000);
  const folder = mkdtempSync(path.join(tmpdir(), 'arbiter-spec-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const file = (name: string, text: string | Buffer): string => {
    const target = path.join(folder, name);
    writeFileSync(target, text);
    return target;
  };
  const run = async (args: readonly string[], input = '') => {
    const bin = path.join(ROOT, 'bin/arbiter.js');
    const ran = await execa(process.execPath, [bin, 'spec', ...args], {
      cwd: ROOT,
      input,
      reject: false,
      env: { NO_COLOR: '1' },
    });
    const lines = (): Line[] =>
      ran.stdout
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Line);
    return { code: ran.exitCode, stdout: ran.stdout, stderr: ran.stderr, lines };
  };

  it('one JSON line a file, the policy last; bad bytes, 2 MB and stdin; exit 1', async () => {
    const files = [
      file('good.yaml', GOOD),
      file('bytes.yaml', Buffer.from([0xff, 0xfe, 0x00])),
      file('big.yaml', 'a'.repeat(2_000_000)),
      example('checkout-v1.yaml'),
      '-',
    ];
    const { code, lines } = await run(
      ['check', '--json', '--policy', file('policy.yaml', POLICY), ...files],
      'id: A-1\nid: A-2\n',
    );
    const found = lines();
    expect(code).to.equal(1);
    expect(found.map(({ valid }) => valid)).to.deep.equal([true, false, false, false, false, true]);
    expect(found.map(({ detected }) => detected)).to.deep.equal(['v12', null, null, 'v1', null, 'policy.v1']);
    expect(found[0]?.diagnostics.map(({ rule }) => rule)).to.deep.equal(['arbiter.policy.out_in_zone']);
    expect(found[1]?.diagnostics[0]?.rule).to.equal('arbiter.spec.not_utf8');
    expect(found[2]?.diagnostics[0]?.rule).to.equal('arbiter.spec.too_large');
    expect(found[3]?.diagnostics.map(({ rule }) => rule)).to.include('arbiter.policy.change_budget_over');
    expect(found[4]?.diagnostics[0]).to.include({ rule: 'spec.yaml.parse_failed', line: 2, column: 1 });
    expect(found[5]?.diagnostics[0]).to.include({
      rule: 'policy.semantic.gates.critical_not_blocking',
      line: 5,
    });
    for (const line of found)
      for (const diagnostic of line.diagnostics)
        expect(diagnostic).to.have.all.keys(
          'rule',
          'severity',
          'message',
          'pointer',
          'line',
          'column',
          'repair',
        );
  });

  it('exit 2: what cannot be read, beside what can; an unknown profile', async () => {
    const good = file('good.yaml', GOOD);
    const ran = await run(['check', '--json', path.join(folder, 'none.yaml'), folder, good]);
    expect(ran.code).to.equal(2);
    expect(ran.lines().map(({ valid }) => valid)).to.deep.equal([false, false, true]);
    expect(ran.lines()[0]?.diagnostics[0]?.rule).to.equal('arbiter.spec.unreadable');
    expect(ran.stderr).to.contain('NO_SUCH_FILE').and.contain('NOT_A_FILE');
    const unknown = await run(['check', '--profile', 'v13', good]);
    expect(unknown.code).to.equal(2);
    expect(unknown.stderr).to.contain('UNKNOWN_PROFILE').and.contain('v10.2-code');
  });

  it('--strict: rules that are off otherwise', async () => {
    const twice = file(
      'twice.yaml',
      GOOD.replace('then: t}]', 'then: t}, {id: A1, given: g, when: w, then: t}]'),
    );
    expect((await run(['check', twice])).code).to.equal(0);
    const strict = await run(['check', '--strict', '--json', twice]);
    expect(strict.code).to.equal(1);
    expect(strict.lines()[0]?.diagnostics[0]).to.include({ line: 9 });
  });

  it('escape sequences in a spec do not reach the terminal', async () => {
    const { stdout } = await run(['check', file('escape.yaml', `${GOOD}"\u009b31m": 1\n`)]);
    expect(stdout).to.contain('spec.schema.violation').and.not.contain('\u009b');
  });

  it('migrate --write puts the result in place of the file, whole, with its mode, through a link; again it changes nothing', async () => {
    const target = file('old.yaml', readFileSync(example('checkout-v1.yaml')));
    chmodSync(target, 0o640);
    const link = path.join(folder, 'link.yaml');
    symlinkSync(target, link);
    const first = await run(['migrate', '--write', link, file('broken.yaml', 'id: [')]);
    expect(first.code).to.equal(1);
    expect(statSync(target).mode & 0o777).to.equal(0o640);
    const written = readFileSync(target, 'utf8');
    expect(written).to.contain('lifecycle_state: draft').and.contain('# not even with two coupons');
    expect((await run(['migrate', '--write', target])).code).to.equal(0);
    expect(readFileSync(target, 'utf8')).to.equal(written);
    expect((await run(['check', target])).code).to.equal(0);
    expect(readdirSync(folder).filter((name) => name.startsWith('.'))).to.deep.equal([]);
  });

  it('migrate --json carries the text; results of several files on stdout are misuse', async () => {
    const old = example('checkout-v1.yaml');
    const { code, lines } = await run([
      'migrate',
      '--json',
      '--state',
      'active',
      old,
      example('session-v9.yaml'),
    ]);
    expect(code).to.equal(1);
    expect(lines()[0]?.text).to.contain('lifecycle_state: active');
    expect(lines()[1]).to.include({ text: null, detected: 'v9' });
    expect((await run(['migrate', old, old])).code).to.equal(2);
    expect((await run(['migrate', '--write', '--output', 'x', old])).code).to.equal(2);
  });
});
