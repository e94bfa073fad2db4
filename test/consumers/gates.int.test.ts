import { expect } from 'chai';
import { readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import pLimit from 'p-limit';
import type { GateAnswer } from '../../src/consumers/gates/run-gate.js';
import { TEST_RESULT } from '../../src/gates/index.js';
import { GateInterrupted } from '../../src/runners/gate-command/index.js';
import { generateKeyPair, IN_TOTO, sign } from '../../src/verdicts/index.js';
import { gateStage, type GateStage, type RunMore } from './support/gate-stage.js';

const JUNIT_OK = '<testsuite name="s" tests="1"><testcase classname="s" name="A1: works"/></testsuite>';
const gates = (command: readonly string[], more = ''): string => `version: 1
gates:
  unit:
    command: ${JSON.stringify(command)}
    timeout_seconds: 20
    memory_mb: 1024
    evidence:
      - { kind: tests, format: junit, path: reports/junit.xml }
${more}`;
const sh = (script: string): string => gates(['sh', '-c', script]);
const WRITE = `mkdir -p reports && printf '%s' '${JUNIT_OK}' > reports/junit.xml`;
const result = (answer: GateAnswer, id: string): string | undefined =>
  answer.clauses.find((clause) => clause.id === id)?.result;
const rules = (answer: GateAnswer): string[] => answer.violations.map(({ rule }) => rule);
const TESTS = 'arbiter.gate.unit.tests';

describe('gates on a real repository', () => {
  let stage: GateStage;
  let plain: string;
  before(async () => {
    stage = await gateStage({
      'src/a.js': 'exports.a = (x) => (x ? 1 : 2);\n',
      'check.js': 'process.exit(1);\n',
      'package.json': '{"dependencies":{"left":"1.0.0"}}\n',
      'api.yaml': 'openapi: 3.1.0\n',
    });
    plain = stage.commit({ 'src/b.js': 'exports.b = 1;\n' });
  });
  after(() => stage.close());

  it('R-302: a command in a sandbox leaves its report, which is stored by its digest and decides', async () => {
    const answer = await stage.run(plain, sh(WRITE));
    expect(answer).to.include({ outcome: 'PASS', failureClass: null, exitCode: 0, gate: 'unit' });
    expect(answer.measured).to.include({ 'tests.total': 1, 'tests.failed': 0 });
    const [main] = answer.clauses;
    expect(main?.observed).to.include({ 'held.sandbox': 'bubblewrap', 'held.network': 'none' });
    const sha256 = answer.evidence[0]?.sha256 ?? '';
    const kept = path.join(stage.state, 'evidence', sha256.slice(0, 2), sha256);
    expect(readFileSync(kept, 'utf8')).to.equal(JUNIT_OK);
    expect(statSync(path.join(stage.state, 'evidence', sha256.slice(0, 2))).mode & 0o077).to.equal(0);
    expect(statSync(kept).mode & 0o077).to.equal(0);
  });

  it('R-313: the same evidence gives the same answer, twice', async () => {
    const [a, b] = [await stage.run(plain, sh(WRITE)), await stage.run(plain, sh(WRITE))];
    expect({ ...a, durationMs: 0 }).to.deep.equal({ ...b, durationMs: 0 });
  });

  it('D-15: a command that ends with 0 and leaves nothing is not evaluated, and that fails', async () => {
    const answer = await stage.run(plain, sh('true'));
    expect(answer.outcome).to.equal('FAIL');
    expect(result(answer, TESTS)).to.equal('NOT_EVALUATED');
    expect(rules(answer)).to.include('arbiter.evidence.missing');
  });

  it('evidence that the agent has committed does not count, nor behind a link in its tree', async () => {
    const committed = stage.commit({ 'reports/junit.xml': JUNIT_OK });
    expect(rules(await stage.run(committed, sh('true')))).to.include('arbiter.evidence.missing');
    const linked = stage.commit({ 'behind/junit.xml': JUNIT_OK });
    rmSync(path.join(stage.repository, 'reports'), { recursive: true, force: true });
    symlinkSync('behind', path.join(stage.repository, 'reports'));
    stage.git('add', '-A', '-f');
    stage.git('commit', '-qm', 'link');
    const behind = stage.git('rev-parse', 'HEAD');
    expect(behind).to.not.equal(linked);
    expect(rules(await stage.run(behind, sh('true')))).to.include('arbiter.evidence.not_a_file');
  });

  it('a report that is a link, a pipe, a folder or huge is none', async () => {
    for (const [script, rule] of [
      ['mkdir reports && ln -s /etc/passwd reports/junit.xml', 'not_a_file'],
      [`mkdir real && printf '%s' '${JUNIT_OK}' > real/junit.xml && ln -s real reports`, 'not_a_file'],
      ['mkdir reports && mkfifo reports/junit.xml', 'not_a_file'],
      ['mkdir -p reports/junit.xml', 'not_a_file'],
      [`mkdir reports && printf '%s' '${JUNIT_OK}' > x && ln x reports/junit.xml`, 'not_a_file'],
      ['mkdir reports && truncate -s 100M reports/junit.xml', 'too_large'],
      ['mkdir reports && : > reports/junit.xml', 'empty'],
      ['mkdir reports && echo "<testsuite tests=\'0\'/>" > reports/junit.xml', 'empty'],
      ['mkdir reports && echo "<testsuite>" > reports/junit.xml', 'unparsable'],
    ] as const) {
      const answer = await stage.run(plain, sh(script));
      expect(result(answer, TESTS), script).to.equal('NOT_EVALUATED');
      expect(rules(answer), script).to.include(`arbiter.evidence.${rule}`);
      expect(answer.outcome, script).to.equal('FAIL');
    }
  });

  it('a command that ends with 1 has not passed, whatever its report says', async () => {
    const answer = await stage.run(plain, sh(`${WRITE}; exit 1`));
    expect([answer.outcome, answer.exitCode]).to.deep.equal(['FAIL', 1]);
    expect(result(answer, TESTS)).to.equal('PASS');
    expect(result(answer, 'arbiter.gate.unit')).to.equal('FAIL');
  });

  it('a command that forks, ignores SIGTERM and does not end is killed with all it started', async () => {
    const mark = '987.654';
    const text = sh(`trap '' TERM; (trap '' TERM; setsid sleep ${mark}) & sleep ${mark}; ${WRITE}`);
    const began = Date.now();
    const answer = await stage.run(plain, text.replace('timeout_seconds: 20', 'timeout_seconds: 1'));
    expect(answer.outcome).to.equal('ERROR');
    expect(answer.failureClass, 'the agent’s code, not our surroundings').to.equal('CONSTITUTION');
    expect(rules(answer)).to.include.members([
      'arbiter.gate.command.timed_out',
      'arbiter.evidence.not_ended',
    ]);
    expect(Date.now() - began).to.be.lessThan(15_000);
    const left = readdirSync('/proc').filter((pid) => {
      try {
        return /^\d+$/u.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(mark);
      } catch {
        return false;
      }
    });
    expect(left).to.deep.equal([]);
  });

  it('more memory than allowed: stopped, and said so', async () => {
    const code = 'const a=[];setInterval(()=>a.push(Buffer.alloc(4e7,1)),20)';
    const text = gates([process.execPath, '-e', code]).replace('memory_mb: 1024', 'memory_mb: 200');
    const answer = await stage.run(plain, text);
    expect(rules(answer)).to.include('arbiter.gate.command.out_of_memory');
    expect(answer.outcome).to.equal('ERROR');
  });

  it('given a command that fills /tmp or /dev/shm, when it passes its memory, then it is stopped as for any other memory', async () => {
    for (const place of ['/tmp', '/dev/shm']) {
      const text = sh(`head -c 200M /dev/zero > ${place}/x; sleep 10; ${WRITE}`);
      const answer = await stage.run(plain, text.replace('memory_mb: 1024', 'memory_mb: 128'));
      expect(rules(answer), place).to.include('arbiter.gate.command.out_of_memory');
    }
    const within = sh(`head -c 50M /dev/zero > /tmp/x; sleep 0.5; ${WRITE}`);
    expect((await stage.run(plain, within)).outcome).to.equal('PASS');
  });

  it('no network: not even this machine’s own ports', async () => {
    const server = createServer((socket) => socket.end()).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    try {
      const { port } = server.address() as { port: number };
      const code = `require('net').connect(${port},'127.0.0.1').on('connect',()=>process.exit(1)).on('error',()=>process.exit(0))`;
      expect((await stage.run(plain, gates([process.execPath, '-e', code]))).exitCode).to.equal(0);
    } finally {
      server.close();
    }
    const asks = sh(WRITE).replace('    timeout', '    network: true\n    timeout');
    const refused = await stage.run(plain, asks);
    expect(rules(refused)).to.include('arbiter.gate.command.refused');
    expect(refused.failureClass).to.equal('INFRASTRUCTURE');
    const allowed = await stage.run(plain, asks, { options: { network: true } });
    expect(allowed.clauses[0]?.observed['held.network']).to.equal('shared');
  });

  it('Arbiter’s state, secrets of its environment and the machine’s files are out of reach', async () => {
    writeFileSync(path.join(stage.state, 'key.pem'), 'SECRET-KEY');
    process.env['ARBITER_TEST_SECRET'] = 'SECRET-VARIABLE';
    try {
      const look = `cat '${stage.state}/key.pem'; env; echo hole > /etc/arbiter-hole; echo hole > '${stage.repository}/hole'; ${WRITE}`;
      const answer = await stage.run(plain, sh(look));
      expect(answer.outcome).to.equal('PASS');
      expect(answer.output).to.not.match(/SECRET-KEY|SECRET-VARIABLE/u);
      expect(answer.output).to.include('ARBITER_GATE=unit');
    } finally {
      delete process.env['ARBITER_TEST_SECRET'];
    }
  });

  it('without bubblewrap nothing is run, unless the operator says so', async () => {
    const support = {
      available: false,
      reason: 'bubblewrap (bwrap) is not on the PATH: install it',
    } as const;
    const refused = await stage.run(plain, sh(WRITE), { options: { support } });
    expect(refused).to.include({ outcome: 'ERROR', failureClass: 'INFRASTRUCTURE', exitCode: null });
    expect(refused.violations[0]?.repair).to.include('Install bubblewrap');
    const off = await stage.run(plain, sh(WRITE), { options: { support, sandbox: 'off' } });
    expect(off.outcome).to.equal('PASS');
    expect(off.clauses[0]?.observed['held.sandbox']).to.equal('none');
  });

  it('from_base: files of the base are run, not what the result makes of them', async () => {
    const bent = stage.commit({
      'check.js': 'process.exit(0);\n',
      'check.more.js': '1\n',
      'src/c.js': '1\n',
    });
    const text = gates(['sh', '-c', `${WRITE}; ls check*; test -e src/c.js && node check.js`]);
    expect((await stage.run(bent, text)).exitCode).to.equal(0);
    const held = text.replace('    timeout', '    from_base: ["check*.js"]\n    timeout');
    const answer = await stage.run(bent, held);
    expect(answer.exitCode).to.equal(1);
    expect(answer.output).to.not.include('check.more.js');
  });

  it('setup runs first, and its failure is the gate’s', async () => {
    const text = sh('test -f made && ' + WRITE).replace(
      '    timeout',
      '    setup: [[sh, -c, "echo 1 > made"]]\n    timeout',
    );
    expect((await stage.run(plain, text)).outcome).to.equal('PASS');
    const bad = await stage.run(plain, text.replace('echo 1 > made', 'exit 3'));
    expect(rules(bad)).to.include('arbiter.gate.command.setup_failed');
  });

  it('secrets, dependencies and contracts are Arbiter’s own findings, of its own diff', async () => {
    const token = `ghp_${'a1B2'.repeat(9)}`;
    const hidden = Buffer.concat([Buffer.from([0]), Buffer.from(`\nconst t = "${token}"\n`)]);
    const commit = stage.commit({
      'src/odd "name\t.js': `// secretlint-disable\nconst t = "${token}";\n`,
      'src/hidden.js': hidden,
      'package.json': '{"dependencies":{"left":"2.0.0","evil":"git+ssh://host/evil.git"}}\n',
      'api.yaml': 'openapi: 3.1.0\ninfo: {}\n',
    });
    const text = `version: 1
gates:
  own:
    evidence:
      - { kind: secrets, format: diff }
      - { kind: dependencies, format: manifests, thresholds: { foreign: 0 } }
      - { kind: contracts, format: files }
`;
    const contracts = [
      { name: 'api', type: 'api', path: 'api.yaml' },
      { name: 'gone', type: 'api', path: 'no.yaml' },
    ] as const;
    const answer = await stage.run(commit, text, { spec: { contracts, mode: 'fix' } });
    expect(answer.outcome).to.equal('FAIL');
    expect(answer.measured).to.include({
      'secrets.secrets': 2,
      'dependencies.added': 1,
      'dependencies.changed': 1,
      'dependencies.foreign': 1,
      'contracts.errors': 2,
    });
    expect(JSON.stringify(answer)).to.not.include(token);
    const clean = await stage.run(plain, text, { spec: { contracts: contracts.slice(0, 1) } });
    expect(clean.outcome).to.equal('PASS');
  });

  it('an attestation counts with a trusted key, and for this commit only', async () => {
    const [trusted, stranger] = [generateKeyPair(), generateKeyPair()];
    const text = `version: 1
trusted_keys: { ci: ${JSON.stringify(trusted.publicKeyPem)} }
gates:
  ci: { timeout_seconds: 1, evidence: [{ kind: tests, format: attestation }] }
`;
    const attest = async (key: string, commit: string, outcome: string, gate = 'ci'): Promise<GateAnswer> => {
      const statement = {
        _type: 'https://in-toto.io/Statement/v1',
        subject: [{ name: 'result', digest: { gitCommit: commit } }],
        predicateType: TEST_RESULT,
        predicate: {
          result: outcome,
          configuration: [{ name: gate }],
          passedTests: ['A1: works'],
          failedTests: [],
        },
      };
      const envelope = sign(IN_TOTO, Buffer.from(JSON.stringify(statement)), key);
      stage.git('checkout', '-qf', '--orphan', `attest-${Math.random().toString(36).slice(2)}`);
      stage.git('rm', '-rqf', '.');
      writeFileSync(path.join(stage.repository, 'ci.json'), JSON.stringify(envelope));
      stage.git('add', 'ci.json');
      stage.git('commit', '-qm', 'attest');
      stage.git('update-ref', `refs/arbiter-attestations/${plain}`, 'HEAD');
      return stage.run(plain, text);
    };
    const missing = await stage.run(plain, text);
    expect(rules(missing)).to.include('arbiter.evidence.missing');
    const passed = await attest(trusted.privateKeyPem, plain, 'PASSED');
    expect(passed.outcome).to.equal('PASS');
    expect(result(passed, 'arbiter.gate.ci.acceptance')).to.equal('PASS');
    const other = await attest(trusted.privateKeyPem, plain, 'PASSED', 'lint');
    expect(rules(other), 'a pass of another gate').to.include('arbiter.evidence.other_gate');
    expect((await attest(trusted.privateKeyPem, plain, 'FAILED')).outcome).to.equal('FAIL');
    expect((await attest(trusted.privateKeyPem, plain, 'WARNED')).outcome).to.equal('FAIL');
    expect(rules(await attest(stranger.privateKeyPem, plain, 'PASSED'))).to.include(
      'arbiter.evidence.untrusted',
    );
    expect(rules(await attest(trusted.privateKeyPem, stage.base(), 'PASSED'))).to.include(
      'arbiter.evidence.stale',
    );
  });

  it('given a gate that waits for its attestation, when there is one slot, then a command runs meanwhile', async () => {
    const text = `version: 1
trusted_keys: { ci: ${JSON.stringify(generateKeyPair().publicKeyPem)} }
gates:
  ci: { timeout_seconds: 600, evidence: [{ kind: tests, format: attestation }] }
`;
    const signed = stage.commit({ 'src/c.js': 'exports.c = 1;\n' });
    const slot: RunMore['slot'] = pLimit(1);
    const stopping = new AbortController();
    const waiting = stage
      .run(signed, text, { slot, signal: stopping.signal })
      .catch((error: unknown) => error);
    expect(await stage.run(signed, sh(WRITE), { slot })).to.include({ outcome: 'PASS' });
    stopping.abort();
    expect(await waiting).to.be.instanceOf(GateInterrupted);
  });

  it('Arbiter stops: what runs is killed, and nothing is answered', async () => {
    const stopping = new AbortController();
    setTimeout(() => stopping.abort(), 300);
    const began = Date.now();
    let error: unknown;
    await stage.run(plain, sh('sleep 100'), { signal: stopping.signal }).catch((e: unknown) => (error = e));
    expect(error).to.be.instanceOf(GateInterrupted);
    expect(Date.now() - began).to.be.lessThan(10_000);
  });

  it('nothing of the runs is left on disk but the evidence', () => {
    const [own] = readdirSync(path.join(stage.state, 'gates'));
    expect(readdirSync(path.join(stage.state, 'gates', own ?? ''))).to.deep.equal(['owner.json']);
  });
});
