import { expect } from 'chai';
import { execa } from 'execa';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { envelopeBytes, generateKeyPair, IN_TOTO, loadSigningKey, sign } from '../../src/verdicts/index.js';

const BIN = fileURLToPath(new URL('../../bin/arbiter.js', import.meta.url));

describe('exit codes and streams', function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), 'arbiter-streams-'));
  const envelope = join(folder, 'verdict.json');
  const key = join(folder, 'key.pem');
  before(() => {
    const own = loadSigningKey(generateKeyPair().privateKeyPem);
    writeFileSync(key, generateKeyPair().publicKeyPem);
    writeFileSync(envelope, envelopeBytes(sign(IN_TOTO, Buffer.from('{}'), own)));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** `arbiter …` in a shell that tells the exit code of the first command of a pipe. */
  const shell = async (command: string): Promise<{ code: number | undefined; stderr: string }> => {
    const { exitCode, stderr } = await execa('bash', ['-c', `set -o pipefail; ${command}`], {
      reject: false,
      env: { NO_COLOR: '1', ARBITER_UNDER_TEST: BIN, NODE: process.execPath },
    });
    return { code: exitCode, stderr };
  };
  const verify = `"$NODE" "$ARBITER_UNDER_TEST" verify ${envelope} --key ${key}`;

  it('R-610: a verdict that does not hold is exit 1, also when nobody reads the answer', async () => {
    expect((await shell(`${verify} --json`)).code).to.equal(1);
    for (const json of ['', '--json'])
      expect((await shell(`${verify} ${json} | true`)).code, json).to.equal(1);
  });

  it('R-628: an answer that can not be written is a failure, exit 2, in words', async () => {
    const { code, stderr } = await shell(`${verify} --json > /dev/full`);
    expect([code, stderr.split('\n').length], stderr).to.deep.equal([2, 1]);
    expect(JSON.parse(stderr)).to.have.nested.property('error.code', 'ENOSPC');
  });

  it('R-532: a name that no worker can serve is no agent, and nothing is published: exit 2', async () => {
    for (const name of ['_x', "'bad id'", '.x', 'x'.repeat(129)]) {
      const { code, stderr } = await shell(`"$NODE" "$ARBITER_UNDER_TEST" agents add --json -- ${name}`);
      expect(code, stderr).to.equal(2);
      expect(JSON.parse(stderr)).to.have.nested.property('error.code', 'BAD_AGENT_ID');
      expect(stderr).to.contain('A-Za-z0-9._-');
    }
  });

  it('R-628: misuse with --json is one JSON line on stderr, exit 2; without it, words', async () => {
    const arbiter = '"$NODE" "$ARBITER_UNDER_TEST"';
    for (const [args, said] of [
      ['status --bogus', "unknown option '--bogus'"],
      ['tasks show', "missing required argument 'task-id'"],
      ['tasks list --limit 0', 'expected a whole number from 1 to 1000'],
      ['bogus', "unknown command 'bogus'"],
      ['verify x', "required option '--key <file>' not specified"],
      ['status more', 'too many arguments'],
    ] as const) {
      const { code, stderr } = await shell(`${arbiter} ${args} --json`);
      expect([code, stderr.split('\n').length], stderr).to.deep.equal([2, 1]);
      const { error } = JSON.parse(stderr) as { error: Record<string, string> };
      expect(error['code']).to.equal('MISUSE');
      expect(error['message'])
        .to.contain(said)
        .and.not.match(/^error:/u);
      expect(error['repair']).to.equal('see: --help');
    }
    const { code, stderr } = await shell(`${arbiter} status --bogus`);
    expect([code, stderr]).to.deep.equal([2, "error: unknown option '--bogus'\n(see: --help)"]);
  });

  it('R-532: a worker needs a program that can be executed: exit 2 before it takes a task', async () => {
    const plain = join(folder, 'plain.sh');
    writeFileSync(plain, 'true\n', { mode: 0o644 });
    for (const [program, found] of [
      [plain, 'no file that may be executed'],
      [`${folder}/`, 'no file that may be executed'],
      [join(folder, 'nowhere'), 'no such file'],
    ] as const) {
      const worker = '"$NODE" "$ARBITER_UNDER_TEST" worker --agent a --json';
      const { code, stderr } = await shell(`${worker} -- ${program}`);
      expect(code, stderr).to.equal(2);
      const { error } = JSON.parse(stderr) as { error: Record<string, string> };
      expect([error['code'], error['found']]).to.deep.equal(['NO_SUCH_PROGRAM', found]);
    }
  });
});
