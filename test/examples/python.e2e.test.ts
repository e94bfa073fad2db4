import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { execa } from 'execa';
import { accept, NOTHING_ACCEPTED, type Acceptance } from '../../src/log/acceptance.js';
import { uuidv7 } from '../../src/producers/index.js';
import { arbiterCli, type ArbiterCli, type Service } from '../cli/arbiter-cli.js';
import {
  generateKeyPair,
  IN_TOTO,
  loadSigningKey,
  sign,
  verdictStatement,
} from '../../src/verdicts/index.js';
import { testStack } from '../support/stack.js';
import { verdictInput } from '../verdicts/example.js';
import { PYTHON_EXAMPLES, pythonVenv } from './python-venv.js';

const TASKS = path.join(PYTHON_EXAMPLES, '..', 'tasks');

interface Verdict {
  readonly task_id: string;
  readonly phase: string;
  readonly result: string;
  readonly verified: boolean;
}

describe('a Python program publishes tasks and reads verdicts', function () {
  this.timeout(240_000);
  const folder = mkdtempSync(path.join(tmpdir(), 'arbiter-python-'));
  const home = path.join(folder, 'home');
  const key = path.join(home, 'keys', 'verdicts.pub.pem');
  const services: Service[] = [];
  let python = '';
  let cli: ArbiterCli;
  let env: Record<string, string> = {};

  before(async function () {
    const found = await pythonVenv();
    if ('missing' in found) {
      process.stderr.write(`skipped, no virtual environment with confluent-kafka: ${found.missing}\n`);
      this.skip();
    }
    python = found.python;
    const { brokers, schemaRegistryUrl } = await testStack();
    env = { KAFKA_BROKERS: brokers, SCHEMA_REGISTRY_URL: schemaRegistryUrl };
    cli = await arbiterCli(home);
    const up = await cli.run('up', '--json');
    expect(up.code, up.stderr).to.equal(0);
    services.push(await cli.start('run', '--json'));
  });

  after(async () => {
    await Promise.all(services.map((service) => service.stop()));
    rmSync(folder, { recursive: true, force: true });
  });

  const script = async (
    name: string,
    ...args: string[]
  ): Promise<{ code: number; lines: readonly string[] }> => {
    const file = path.join(PYTHON_EXAMPLES, name);
    const ran = await execa(python, [file, ...args], { env, reject: false, stdin: 'ignore' });
    expect(ran.stderr, `${name} ${args.join(' ')}`).to.equal('');
    return { code: ran.exitCode ?? -1, lines: ran.stdout.split('\n').filter((line) => line !== '') };
  };
  const publish = async (...args: string[]): Promise<string> => {
    const { code, lines } = await script('publish_task.py', ...args);
    expect(code).to.equal(0);
    return lines[0] ?? '';
  };
  const verdictsOf = async (taskId: string): Promise<{ code: number; verdicts: readonly Verdict[] }> => {
    const { code, lines } = await script('read_verdicts.py', '--key', key, '--task', taskId);
    return { code, verdicts: lines.map((line) => JSON.parse(line) as Verdict) };
  };

  it('R-501: a request by AvroSerializer, with librdkafka’s partitioner and lz4, becomes a task; its verdict is PASSED', async () => {
    const agent = `python-${uuidv7(Date.now()).slice(-12)}`;
    const added = await cli.run('agents', 'add', agent, '--capability', agent);
    expect(added.code, added.stderr).to.equal(0);
    // No sandbox: it is not what is looked at here, and /bin/echo does no harm.
    services.push(
      await cli.start('worker', '--json', '--agent', agent, '--no-sandbox', '--', '/bin/echo', 'done'),
    );
    const taskId = await publish(path.join(TASKS, '01-slugify.yaml'), '--capability', agent);
    const { code, verdicts } = await verdictsOf(taskId);
    expect(verdicts.every(({ verified, task_id }) => verified && task_id === taskId)).to.equal(true);
    expect(verdicts.at(-1)).to.include({ phase: 'FINAL', result: 'PASSED' });
    expect(code).to.equal(0);
  });

  it('law 10: a refused spec ends in a verdict that is signed and says FAILED; the same request again is no second task', async () => {
    const taskId = `PY-${uuidv7(Date.now())}`;
    const ids = ['--task-id', taskId, '--request-id', taskId];
    await publish(path.join(TASKS, '12-misspelt.yaml'), ...ids);
    await publish(path.join(TASKS, '12-misspelt.yaml'), ...ids);
    const { code, verdicts } = await verdictsOf(taskId);
    expect(code).to.equal(1);
    expect(verdicts.at(-1)).to.include({ phase: 'FINAL', result: 'FAILED', verified: true });
    expect(verdicts.filter(({ phase }) => phase === 'FINAL')).to.have.length(1);
  });

  it('law 3: the acceptance fold in Python agrees with ours on logs with zombies, lost races, cuts and strangers', async () => {
    const logs = Array.from({ length: 400 }, (_none, seed) => randomLog(seed + 1));
    const program = [
      'import json, sys',
      `sys.path.insert(0, ${JSON.stringify(PYTHON_EXAMPLES)})`,
      'from acceptance import Acceptance, LogBroken',
      'for line in sys.stdin:',
      '    fold, out = Acceptance(), []',
      '    for offset, record in enumerate(json.loads(line)):',
      '        try: out.append("accepted" if fold.takes(offset, record) else "no event")',
      '        except LogBroken: out.append("broken"); break',
      '    print(json.dumps(out))',
    ].join('\n');
    const input = logs.map((log) => `${JSON.stringify(log)}\n`).join('');
    const { stdout } = await execa(python, ['-c', program], { input });
    const answers = stdout.split('\n').map((line) => JSON.parse(line) as string[]);
    expect(answers).to.deep.equal(logs.map(ours));
    expect(new Set(answers.flat())).to.deep.equal(new Set(['accepted', 'no event', 'broken']));
  });

  it('R-610: what the example believes is the signed payload: a good verdict under the name of another task is none', async () => {
    const keys = generateKeyPair();
    const payload = verdictStatement(verdictInput({ taskId: 'EASY', phase: 'PRE' }));
    const { signatures, payloadType } = sign(IN_TOTO, payload, loadSigningKey(keys.privateKeyPem));
    const program = [
      'import sys, json, base64',
      `sys.path.insert(0, ${JSON.stringify(PYTHON_EXAMPLES)})`,
      'from read_verdicts import judged',
      'from cryptography.hazmat.primitives.serialization import load_pem_public_key',
      'given = json.load(sys.stdin)',
      "key = load_pem_public_key(given['key'].encode())",
      "sig = [{'sig': base64.b64decode(one)} for one in given['signatures']]",
      "base = {'payload': base64.b64decode(given['payload']), 'payloadType': given['type'], 'signatures': sig}",
      "print(json.dumps([judged(key, {**base, **label})['verified'] for label in given['labels']]))",
    ].join('\n');
    const input = JSON.stringify({
      key: keys.publicKeyPem,
      payload: payload.toString('base64'),
      type: payloadType,
      signatures: signatures.map(({ sig }) => sig),
      labels: [
        { taskId: 'EASY', phase: 'PRE' },
        { taskId: 'VICTIM', phase: 'FINAL' },
        { taskId: 'EASY', phase: 'FINAL' },
      ],
    });
    const ran = await execa(python, ['-c', program], { input, env, reject: false });
    expect([ran.stderr, JSON.parse(ran.stdout)]).to.deep.equal(['', [true, false, false]]);
  });
});

type LoggedRecord =
  { readonly previousClaim: number } | { readonly meta: { readonly claim: number; readonly seq: number } };

/** Mostly what owners write, with old claims, lost races and, now and then, something that must not be there. */
const randomLog = (seed: number): readonly LoggedRecord[] => {
  let state = seed;
  const random = (): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return state / 0x7fffffff;
  };
  let at: Acceptance = NOTHING_ACCEPTED;
  return Array.from({ length: 30 }, (_none, offset): LoggedRecord => {
    const kind = at.claim < 0 ? 0 : random();
    const stale = Math.max(-1, at.claim - 1 - Math.floor(random() * 3));
    let record: LoggedRecord;
    if (kind < 0.15) record = { previousClaim: at.claim };
    else if (kind < 0.22) record = { previousClaim: stale };
    else if (kind < 0.4) record = { meta: { claim: stale, seq: Math.floor(random() * 5) } };
    else if (kind < 0.98) record = { meta: { claim: at.claim, seq: at.seq } };
    else record = random() < 0.5 ? { previousClaim: offset } : { meta: { claim: at.claim, seq: at.seq + 1 } };
    const result = accept(at, stampOf(record), offset);
    if (result.kind === 'accepted') at = result.next;
    return record;
  });
};

const stampOf = (record: LoggedRecord): Parameters<typeof accept>[1] =>
  'meta' in record
    ? { kind: 'event', ...record.meta }
    : { kind: 'claim', previousClaim: record.previousClaim };

const ours = (log: readonly LoggedRecord[]): string[] => {
  let at: Acceptance = NOTHING_ACCEPTED;
  const out: string[] = [];
  for (const [offset, record] of log.entries()) {
    const result = accept(at, stampOf(record), offset);
    if (result.kind === 'broken') return [...out, 'broken'];
    if (result.kind === 'accepted') at = result.next;
    out.push(result.kind === 'accepted' && 'meta' in record ? 'accepted' : 'no event');
  }
  return out;
};
