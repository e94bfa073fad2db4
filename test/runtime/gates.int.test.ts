import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { GateFinished, VerdictRequested } from '../../src/events/generated/events.js';
import { COMPONENT_NAMES, type Arbiter, type Connection } from '../../src/runtime/index.js';
import type { Fleet } from './support/fleet.js';
import { startRunning } from './support/running.js';

const GATES = `version: 1
gates:
  unit:
    command: [sh, test.sh]
    from_base: [test.sh]
    timeout_seconds: 20
    evidence:
      - { kind: tests, format: tap, path: src/out.tap }
      - { kind: coverage, format: lcov, path: lcov.info }
  own: { evidence: [{ kind: secrets, format: diff }] }
`;
/** The "tests" of a small repository: src/ok must be there, and every line of it counts as covered. */
const TEST_SH = `printf '1..1\\n' > src/out.tap
if [ -e src/ok ]; then printf 'ok 1 - A1: works\\n' >> src/out.tap; else printf 'not ok 1 - A1: works\\n' >> src/out.tap; fi
printf 'SF:src/ok\\nDA:1,1\\nend_of_record\\n' > lcov.info
`;

describe('gates in the whole flow on the real stack', function () {
  this.timeout(120_000);
  let connection: Connection;
  let arbiter: Arbiter;
  let fleet: Fleet;
  let repository: string;
  const git = (...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], {
      cwd: repository,
      encoding: 'utf8',
    }).trim();
  const commit = (branch: string, files: Readonly<Record<string, string>>): string => {
    if (branch !== 'main') git('checkout', '-qf', '-b', branch, 'main');
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(repository, name)), { recursive: true });
      writeFileSync(path.join(repository, name), text);
    }
    git('add', '-A', '-f');
    git('commit', '-qm', branch);
    return git('rev-parse', 'HEAD');
  };

  before(async function () {
    this.timeout(180_000);
    const folder = mkdtempSync(path.join(tmpdir(), 'arbiter-gates-flow-'));
    repository = path.join(folder, 'repository');
    mkdirSync(repository);
    git('init', '-q', '-b', 'main');
    commit('main', { '.caws/arbiter.yaml': GATES, 'test.sh': TEST_SH, 'src/a': 'a\n' });
    const judging = COMPONENT_NAMES.filter((name) => name !== 'projections');
    ({ connection, arbiter, fleet } = await startRunning(path.join(folder, 'state'), {}, judging));
  });
  after(async function () {
    this.timeout(60_000);
    await fleet.close();
    await arbiter.stop();
    await connection.close();
    rmSync(path.dirname(repository), { recursive: true, force: true });
  });

  const judged = async (branch: string, result: string) => {
    const capability = `c${randomUUID().slice(0, 8)}`;
    await fleet.agent(capability);
    const taskId = `T-${randomUUID()}`;
    const over = { requiredCapabilities: [capability], repository, baseRevision: 'main', maxAttempts: 1 };
    await fleet.submit(taskId, over);
    const offer = await fleet.offer(taskId);
    await fleet.report('ResultSubmitted', offer, {
      result: {
        commit: result,
        ref: `refs/heads/${branch}`,
        resultSha256: null,
        exitCode: 0,
        output: 'all tests pass, believe me',
        usage: { inputTokens: 0, outputTokens: 0, costMicros: 0 },
        evidence: [],
      },
    });
    const verdict = await fleet.until(
      'final verdict',
      () => fleet.of(taskId).verdicts.find((v) => v.phase === 'FINAL'),
      60_000,
    );
    const events = fleet.of(taskId).events;
    const gates = events
      .filter(({ type }) => type === 'GateFinished')
      .map(({ body }) => body as unknown as GateFinished);
    const sealed = events.find(({ type }) => type === 'VerdictRequested')
      ?.body as unknown as VerdictRequested;
    return { verdict, gates, clauses: sealed.clauses, types: events.map(({ type }) => type) };
  };

  it('R-302, R-311: each gate is a step with its events; the verdict passes with clauses of facts and gates', async () => {
    const { verdict, gates, clauses, types } = await judged('good', commit('good', { 'src/ok': 'ok\n' }));
    expect(gates.map(({ gate, outcome }) => [gate, outcome])).to.deep.equal([
      ['unit', 'PASS'],
      ['own', 'PASS'],
    ]);
    expect(types.filter((type) => type === 'GateStarted')).to.have.length(2);
    expect(verdict.outcome).to.equal('PASSED');
    const results = Object.fromEntries(clauses.map(({ id, result }) => [id, result]));
    expect(results).to.include({
      'caws.scope': 'PASS',
      'arbiter.gate.unit': 'PASS',
      'arbiter.gate.unit.tests': 'PASS',
      'arbiter.gate.unit.coverage': 'PASS',
      'arbiter.gate.unit.acceptance': 'PASS',
      'arbiter.gate.own.secrets': 'PASS',
    });
    expect(gates[0]?.evidence.map(({ name }) => name)).to.deep.equal(['unit.tests', 'unit.coverage']);
    for (const { sha256 } of gates[0]?.evidence ?? []) expect(sha256).to.match(/^[0-9a-f]{64}$/u);
  });

  it('D-15: what the agent says of its tests does not count; nor does the report it commits', async () => {
    const files = { 'src/b': 'b\n', 'src/out.tap': '1..1\nok 1 - A1: works\n' };
    const { verdict, clauses } = await judged('bad', commit('bad', files));
    expect(verdict.outcome).to.equal('FAILED');
    const tests = clauses.find(({ id }) => id === 'arbiter.gate.unit.tests');
    expect(tests?.result).to.equal('FAIL');
  });
});
