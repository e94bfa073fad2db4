import { createHash, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { execa } from 'execa';
import { openKafkaBus } from '../../src/bus/index.js';
import { uuidv7 } from '../../src/producers/index.js';
import { detectSandbox } from '../../src/runners/index.js';
import { testStack } from '../support/stack.js';
import { arbiterCli, type ArbiterCli, type Service } from './arbiter-cli.js';

const SPEC = `id: CLI-1
title: Add a file
risk_tier: 3
mode: feature
lifecycle_state: active
blast_radius: {modules: [a], data_migration: false}
scope: {in: [src/x.ts], out: []}
invariants: [i]
acceptance: [{id: A1, given: g, when: w, then: t}]
non_functional: {security: [s]}
contracts: []
`;

describe('arbiter, the command line', function () {
  this.timeout(120_000);
  const folder = mkdtempSync(join(tmpdir(), 'arbiter-cli-'));
  const home = join(folder, 'home');
  const key = join(home, 'keys', 'verdicts.pub.pem');
  const spec = join(folder, 'spec.yaml');
  const repo = join(folder, 'repo');
  const agent = `cli-${uuidv7(Date.now()).slice(-12)}`;
  const services: Service[] = [];
  let cli: ArbiterCli;
  let run: ArbiterCli['run'];
  let arbiter: Service;
  let taskId = '';

  const textOf = (value: unknown): string => {
    expect(value).to.be.a('string');
    return value as string;
  };

  before(async function () {
    this.timeout(240_000);
    writeFileSync(spec, SPEC);
    await execa('git', ['init', '-q', repo]);
    writeFileSync(join(repo, 'README.md'), 'a\n');
    await execa('git', ['add', '.'], { cwd: repo });
    await execa('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', 'commit', '-qm', 'first'], {
      cwd: repo,
    });
    cli = await arbiterCli(home);
    run = (...args) => cli.run(...args);
    const up = await run('up', '--json');
    expect(up.code, up.stderr).to.equal(0);
    arbiter = await cli.start('run', '--json');
    services.push(arbiter);
  });

  after(async () => {
    await Promise.all(services.map((service) => service.stop('SIGKILL')));
    rmSync(folder, { recursive: true, force: true });
  });

  it('status --json has the promised shape; people see no password', async () => {
    const { code, lines } = await run('status', '--json');
    expect(code).to.equal(0);
    expect(Object.keys(lines[0] ?? {}).slice(0, 6)).to.deep.equal([
      'bus',
      'kafka_version',
      'brokers',
      'schema_registry_url',
      'database_url',
      'public_key_path',
    ]);
    const { databaseUrl, brokers } = await testStack();
    expect(lines[0]).to.include({ bus: 'kafka', brokers, database_url: databaseUrl, public_key_path: key });
    const human = await run('status');
    const { password } = new URL(databaseUrl);
    if (password !== '') expect(human.stdout.toString()).to.not.contain(password);
  });

  it('run --json says when it is ready, and answers on its port', async () => {
    expect(arbiter.ready).to.include({ event: 'ready' });
    expect(arbiter.ready['instance']).to.be.a('string');
    const port = Number(arbiter.ready['metrics_port']);
    const answer = await fetch(`http://127.0.0.1:${port}/health/ready`);
    expect(answer.status).to.equal(200);
    const taken = await run('run', '--only', 'registrar', '--metrics-port', String(port), '--json');
    expect([taken.code, taken.stderr.includes('PORT_TAKEN')]).to.deep.equal([2, true]);
  });

  it('agents: every order waits for the decision; refused is exit 1', async () => {
    const add = (...more: string[]): ReturnType<typeof run> => run('agents', 'add', agent, '--json', ...more);
    const added = await add('--capability', agent, '--concurrency', '2');
    expect([added.code, added.lines[0]?.['decision']], added.stderr).to.deep.equal([0, 'AgentRegistered']);
    const again = await add('--capability', agent, '--concurrency', '2');
    expect([again.code, again.lines[0]?.['code']]).to.deep.equal([0, 'UNCHANGED']);
    const other = await add('--concurrency', '3');
    expect([other.code, other.stderr.includes('ALREADY_REGISTERED'), other.stdout.length]).to.deep.equal([
      1,
      true,
      0,
    ]);
    const listed = (await run('agents', 'list', '--json')).lines.find((line) => line['agent_id'] === agent);
    expect(listed).to.include({
      status: 'AVAILABLE',
      max_concurrency: 2,
      active_tasks: 0,
      success_rate: 0.5,
    });
  });

  it('agents: words, terms, find with pages, and a card that goes out signed and comes in checked', async () => {
    const [word, name] = [`w${agent.slice(4)}`, `${agent}-2`];
    const add = (): ReturnType<typeof run> =>
      run('agents', 'add', name, '--specialisation', word, '--language', 'rust', '--price-in', '3', '--json');
    const unknown = await add();
    expect([unknown.code, unknown.stderr.includes('UNKNOWN_WORD')]).to.deep.equal([1, true]);
    const words = await run('agents', 'vocabulary', 'add', 'specialisation', word, '--json');
    expect([words.code, words.lines[0]?.['decision']], words.stderr).to.deep.equal([0, 'WordsAdded']);
    expect((await add()).code).to.equal(0);
    const terms = await run('agents', 'terms', name, '--quota', '100tasks/5h', '--json');
    expect(terms.lines[0], terms.stderr).to.deep.include({
      terms_version: 2,
      quotas: [{ unit: 'TASKS', amount: 100, windowMs: 18_000_000, resetAt: null }],
    });
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const [own, others, card] = ['own.pem', 'others.pem', 'card.json'].map((file) => join(folder, file));
    writeFileSync(textOf(own), privateKey.export({ type: 'pkcs8', format: 'pem' }));
    writeFileSync(textOf(others), publicKey.export({ type: 'spki', format: 'pem' }));
    const url = ['--url', 'https://agents.example.com'];
    const exported = await run('agents', 'export', name, ...url, '--sign', textOf(own));
    writeFileSync(textOf(card), exported.stdout);
    const again = ['agents', 'import', textOf(card), '--name', `${name}-copy`, '--json'];
    expect((await run(...again)).stderr).to.contain('CARD_KEY_NEEDED');
    const imported = await run(...again, '--key', textOf(others));
    expect(imported.lines[0], imported.stderr).to.deep.include({
      specialisations: [word],
      languages: ['rust'],
    });
    const find = async (...more: string[]): Promise<Record<string, unknown>> =>
      (await run('agents', 'find', '--specialisation', word, '--limit', '1', '--json', ...more)).lines[0] ??
      {};
    const first = await find();
    const second = await find('--page', textOf(first['next']));
    const idsOf = ({ agents }: Record<string, unknown>): unknown[] =>
      (agents as { agent_id: string }[]).map(({ agent_id }) => agent_id);
    expect([...idsOf(first), ...idsOf(second)]).to.deep.equal([name, `${name}-copy`]);
    expect(second['next']).to.equal(null);
    expect((await run('agents', 'find', '--specialisation', `${word}-none`)).code).to.equal(1);
  });

  it('submit --wait: from a spec to a completed task, with the promised shape', async () => {
    const sandbox = await detectSandbox();
    const boxed = sandbox.available && sandbox.networkIsolation ? [] : ['--no-sandbox'];
    const script = 'mkdir -p src && echo "export const x = 1;" > src/x.ts';
    services.push(await cli.start('worker', '--agent', agent, '--json', ...boxed, '--', 'sh', '-c', script));
    const done = await run(
      'submit',
      spec,
      '--repo',
      repo,
      '--capability',
      agent,
      '--wait',
      '--timeout',
      '60s',
      '--json',
    );
    expect(done.code, done.stderr).to.equal(0);
    const [document = {}] = done.lines;
    expect(Object.keys(document).slice(0, 8)).to.deep.equal([
      'task_id',
      'state',
      'agent_id',
      'attempts',
      'result',
      'violations',
      'timeline',
      'verdicts',
    ]);
    expect(document).to.include({ state: 'completed', agent_id: agent, attempts: 1, title: 'Add a file' });
    expect(Object.keys(document['result'] as object)).to.deep.equal([
      'commit',
      'files',
      'insertions',
      'deletions',
    ]);
    expect(document['result']).to.include({ files: 1, insertions: 1, deletions: 0 });
    taskId = textOf(document['task_id']);
    expect(taskId).to.match(/^CLI-1-[0-9a-f]{12}$/);
    const shown = await run('tasks', 'show', taskId, '--json');
    expect([shown.code, shown.lines[0]]).to.deep.equal([0, document]);
  });

  it('verdicts get: byte for byte what was digested; verify: 0 passed, 1 tampered, 2 misuse', async () => {
    const [shown = {}] = (await run('tasks', 'show', taskId, '--json')).lines;
    const verdicts = shown['verdicts'] as readonly {
      phase: string;
      outcome: string;
      envelope_sha256: string;
    }[];
    expect(verdicts.map(({ phase, outcome }) => `${phase} ${outcome}`)).to.deep.equal([
      'PRE PASSED',
      'FINAL PASSED',
    ]);
    const { stdout: envelope } = await run('verdicts', 'get', taskId, '--json', '--phase', 'final');
    expect(createHash('sha256').update(envelope).digest('hex')).to.equal(verdicts[1]?.envelope_sha256);
    const file = join(folder, 'verdict.json');
    writeFileSync(file, envelope);
    const commit = (shown['result'] as { commit: string }).commit;
    const about = await run(
      'verify',
      file,
      '--key',
      key,
      '--phase',
      'final',
      '--subject',
      `gitCommit:${commit}`,
      '--json',
    );
    expect([about.code, about.lines[0]?.['passed']], about.stderr).to.deep.equal([0, true]);
    expect((await run('verify', file, '--key', key, '--phase', 'pre')).code).to.equal(1);
    const { payload, ...rest } = JSON.parse(readFileSync(file, 'utf8')) as { payload: string };
    const altered = Buffer.from(Buffer.from(payload, 'base64').toString('utf8').replace('PASSED', 'FAILED'));
    writeFileSync(file, JSON.stringify({ ...rest, payload: altered.toString('base64') }));
    const tampered = await run('verify', file, '--key', key, '--json');
    expect([tampered.code, tampered.lines[0]?.['code']]).to.deep.equal([1, 'SIGNATURE_INVALID']);
    expect((await run('verify', file, '--key', join(home, 'keys', 'verdicts.key.pem'))).code).to.equal(2);
    expect((await run('verdicts', 'get', 'no-such-task')).code).to.equal(1);
  });

  it('a spec that is not YAML is rejected with its violation: exit 1', async () => {
    const bad = join(folder, 'bad.yaml');
    writeFileSync(bad, 'a: [');
    const { code, lines } = await run('submit', bad, '--wait', '--timeout', '60s', '--json');
    expect([code, lines[0]?.['state']]).to.deep.equal([1, 'rejected']);
    expect(lines[0]?.['violations']).to.have.length.greaterThan(0);
  });

  it('bad input is refused before anything is published: exit 2', async () => {
    const huge = join(folder, 'huge.yaml');
    writeFileSync(huge, `id: X\n# ${'x'.repeat(300 * 1024)}\n`);
    for (const [args, code] of [
      [['submit', spec, '--id', '../x'], 'INVALID_REQUEST'],
      [['submit', spec, '--repo', join(folder, 'nowhere')], 'NO_SUCH_REPOSITORY'],
      [['submit', join(folder, 'nowhere.yaml')], 'NO_SUCH_FILE'],
      [['submit', huge], 'INVALID_REQUEST'],
      [['submit', spec, spec, '--id', 'a'], 'BAD_INPUT'],
      [['worker', '--agent', agent, '--', 'no-such-program'], 'NO_SUCH_PROGRAM'],
      [['worker', '--agent', agent, '--', './no-such-program'], 'NO_SUCH_PROGRAM'],
    ] as const) {
      const [command, ...rest] = args;
      const ran = await run(command, '--json', ...rest);
      const { error } = JSON.parse(ran.stderr) as { error: { code: string } };
      expect([ran.code, error.code, ran.stdout.length], args.join(' ')).to.deep.equal([2, code, 0]);
    }
  });

  it('an id once used is refused; the same request again is the same task', async () => {
    const id = `cli-${uuidv7(Date.now())}`;
    const submit = (request: string): ReturnType<typeof run> =>
      run(
        'submit',
        join(folder, 'bad.yaml'),
        '--id',
        id,
        '--request-id',
        request,
        '--wait',
        '--timeout',
        '30s',
        '--json',
      );
    const first = await submit(`${id}-1`);
    const again = [await submit(`${id}-1`), await submit(`${id}-1`)];
    const other = await submit(`${id}-2`);
    expect([first.code, first.lines[0]?.['state'], first.lines[0]?.['request_id']]).to.deep.equal([
      ...[1, 'rejected', `${id}-1`],
    ]);
    for (const { code, lines } of again) expect([code, lines]).to.deep.equal([1, first.lines]);
    expect([other.code, other.lines[0]?.['code']]).to.deep.equal([1, 'DUPLICATE_TASK']);
  });

  it('suspend, resume, cancel, watch, and a command for a finished task', async () => {
    const { lines } = await run('submit', spec, '--capability', `nobody-${agent}`, '--json');
    const id = textOf(lines[0]?.['task_id']);
    expect(lines[0]).to.include.keys('request_id', 'topic', 'partition', 'offset');
    const order = async (name: string): Promise<unknown> => {
      const { code, lines: answers, stderr } = await run('tasks', name, id, '--json', '--reason', 'test');
      return code === 0 ? answers[0]?.['decision'] : [code, stderr.includes('ALREADY_FINISHED')];
    };
    expect(await order('suspend')).to.equal('TaskSuspended');
    expect(await order('resume')).to.equal('TaskResumed');
    expect(await order('cancel')).to.equal('CancellationAccepted');
    const watched = await run('tasks', 'watch', id, '--json', '--timeout', '20s');
    expect([watched.code, watched.lines.at(-1)?.['state']]).to.deep.equal([1, 'cancelled']);
    expect(await order('cancel')).to.deep.equal([1, true]);
  });

  it('retry is a new task with retryOf', async () => {
    const { code, lines, stderr } = await run(
      'tasks',
      'retry',
      taskId,
      '--wait',
      '--timeout',
      '60s',
      '--json',
    );
    expect([code, lines[0]?.['retry_of'], lines[0]?.['state']], stderr).to.deep.equal([
      0,
      taskId,
      'completed',
    ]);
  });

  it('events dump goes through acceptance; --raw is the bytes', async () => {
    const { code, lines } = await run('events', 'dump', 'tasks', '--task', taskId, '--json');
    expect(code).to.equal(0);
    expect(lines.map(({ status }) => status)).to.satisfy((all: unknown[]) =>
      all.every((one) => one === 'accepted'),
    );
    expect([lines[0]?.['type'], lines.at(-1)?.['type']]).to.deep.equal(['TaskReceived', 'TaskCompleted']);
    const raw = (
      await run('events', 'dump', 'arbiter.tasks', '--task', taskId, '--raw', '--limit', '1', '--json')
    ).lines[0];
    expect(raw).to.include.keys('key', 'value', 'headers');
    expect((await run('events', 'dump', 'nonsense')).code).to.equal(2);
  });

  it('bytes that are not Avro become a dead letter, which can be published again', async () => {
    const { brokers } = await testStack();
    const bus = await openKafkaBus({ brokers: brokers.split(','), clientId: 'cli-test' });
    const publisher = await bus.openPublisher();
    const garbage = Buffer.from(`not avro ${agent}`);
    const { offset } = await publisher.publish('arbiter.commands', 0, { key: null, value: garbage });
    await publisher.close();
    await bus.close();
    const letter = async (at: number): Promise<Record<string, unknown>> => {
      for (let attempt = 0; attempt < 10; attempt++) {
        const { lines } = await run('dead-letters', 'list', '--json');
        const found = lines.find(({ source }) => {
          const place = source as { topic: string; partition: number; offset: number };
          return place.topic === 'arbiter.commands' && place.partition === 0 && place.offset === at;
        });
        if (found) return found;
      }
      throw new Error('no dead letter');
    };
    const first = await letter(offset);
    const shown = await run('dead-letters', 'show', textOf(first['id']), '--json');
    expect(Buffer.from(textOf(shown.lines[0]?.['value']), 'base64')).to.deep.equal(garbage);
    const again = await run('dead-letters', 'redrive', textOf(first['id']), '--json');
    expect([again.code, again.lines[0]?.['topic']]).to.deep.equal([0, 'arbiter.commands']);
    const second = await letter(Number(again.lines[0]?.['offset']));
    const headers = (await run('dead-letters', 'show', textOf(second['id']), '--json')).lines[0]?.[
      'headers'
    ] as Record<string, string>;
    expect(Buffer.from(headers['redrive-of'] ?? '', 'base64').toString()).to.equal(first['id']);
    expect((await run('dead-letters', 'redrive', 'no-such-letter')).code).to.equal(1);
  });

  it('projections, schemas and doctor', async () => {
    const rebuilt = await run('projections', 'rebuild', 'agents', '--json');
    expect([rebuilt.code, rebuilt.lines[0]?.['projection']], rebuilt.stderr).to.deep.equal([0, 'agents']);
    expect((await run('projections', 'rebuild', 'nonsense')).code).to.equal(2);
    const views = (await run('projections', 'list', '--json')).lines.map(({ projection }) => projection);
    expect(views).to.include.members(['tasks', 'agents', 'assignments', 'outcomes', 'verdicts']);
    expect((await run('schemas', 'check', '--json')).code).to.equal(0);
    const [found = {}] = (await run('doctor', '--json')).lines;
    const checks = found['checks'] as readonly { check: string; status: string }[];
    expect(checks.find(({ check }) => check === 'keys')?.status).to.equal('ok');
    expect(checks.find(({ check }) => check === 'topics')?.status).to.equal('ok');
  });

  it('R-625: SIGTERM stops in order; then nobody takes requests in, and --wait says so', async () => {
    expect(await arbiter.stop()).to.equal(0);
    // Nobody has the capability: whoever takes it in later gives it to no worker.
    const ran = await run(
      'submit',
      spec,
      '--capability',
      `nobody-${agent}`,
      '--wait',
      '--timeout',
      '2s',
      '--json',
    );
    expect([ran.code, ran.stderr.includes('arbiter run')]).to.deep.equal([2, true]);
  });
});
