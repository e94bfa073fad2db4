import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import type { CommandRefused, RequestRefused } from '../../src/events/generated/events.js';
import { TOPICS } from '../../src/events/topics.js';
import { requestOf, SPEC, Stage } from './support.js';
import { sendCompressed } from './stored-batches.js';

const bomb = [
  'a: &a [x, x, x, x, x, x, x, x, x]',
  ...'bcdefghi'.split('').map((name, i) => {
    const before = 'abcdefgh'[i] ?? 'a';
    return `${name}: &${name} [${Array(9).fill(`*${before}`).join(', ')}]`;
  }),
].join('\n');

describe('bad input: requests and records', function () {
  this.timeout(400_000);
  let stage: Stage;
  before(async () => {
    stage = await Stage.open('requests');
    await stage.start({ capableGraceMs: 3000, capableRetryMs: 500 });
    await stage.work('worker');
    await stage.goesOn('first');
  });
  after(() => stage.close());

  const id = (name: string): string => `${name}-${randomUUID().slice(0, 8)}`;

  it('not-YAML spec: rejected, the violation names rule, line and repair', async () => {
    const taskId = id('not-yaml');
    await stage.submit(taskId, { spec: 'id: [unclosed\n\t- {' });
    const task = await stage.final(taskId);
    expect([task.state, task.outcome]).to.deep.equal(['rejected', 'FAILED']);
    expect(task.violations).to.have.length.greaterThan(0);
    const [first] = task.violations;
    expect(first?.rule).to.be.a('string').and.match(/yaml/i);
    expect(`${first?.path} ${first?.message}`).to.match(/line 2\b/);
    expect(first?.repair).to.be.a('string').and.not.equal('');
    await stage.goesOn('not-yaml');
  });

  it('oversized spec: put aside as INVALID_REQUEST with limit and size; no task', async () => {
    const taskId = id('oversized');
    const spec = `${SPEC}\n# ${'x'.repeat(256 * 1024)}`;
    const at = await stage.edge.publish(
      TOPICS.taskRequests,
      'TaskRequested',
      taskId,
      requestOf(taskId, { spec }),
    );
    const letter = await stage.letter(at);
    expect(letter.code).to.equal('INVALID_REQUEST');
    expect(letter.message).to.match(/spec: expected at most 262144 bytes, found \d+ bytes/);
    await stage.goesOn('oversized');
    expect(await stage.queries.findTask(taskId)).to.equal(undefined);
  });

  it('YAML bomb: rejected with a limit, at once', async () => {
    const taskId = id('bomb');
    await stage.submit(taskId, { spec: bomb });
    const task = await stage.final(taskId);
    expect(task.state).to.equal('rejected');
    expect(JSON.stringify(task.violations)).to.match(/alias|limit/i);
    await stage.goesOn('bomb');
  });

  it('unknown capability: waits for an agent, then fails and names what is missing', async () => {
    const taskId = id('capability');
    await stage.submit(taskId, { requiredCapabilities: ['work', 'telepathy'] });
    const task = await stage.seen(taskId, ({ state }) => state === 'queued' || state === 'failed');
    expect(['NO_CAPABLE_AGENT', null]).to.include(task.queueReason);
    await stage.goesOn('capability');
    const failed = await stage.final(taskId);
    expect(failed.state).to.equal('failed');
    expect(failed.reason).to.match(/telepathy|capab/);
    expect(failed.attempts).to.equal(0);
  });

  it('repeated taskId: the same request is one task, another is refused DUPLICATE_TASK', async () => {
    const taskId = id('repeated');
    await stage.submit(taskId);
    await stage.submit(taskId);
    await stage.submit(taskId, { requestId: 'another-request', title: 'another task' });
    const refused = await stage.logged<RequestRefused>('RequestRefused', (one) => one.taskId === taskId);
    expect([refused.requestId, refused.code]).to.deep.equal(['another-request', 'DUPLICATE_TASK']);
    expect((await stage.final(taskId)).title).to.equal(taskId);
    const events = await stage.events(taskId);
    expect(events.filter((name) => name === 'TaskReceived')).to.have.length(1);
    expect(events.filter((name) => name === 'TaskRouted')).to.have.length(1);
    await stage.goesOn('repeated');
  });

  it('taskId with path characters: dead letter INVALID_TASK_ID', async () => {
    for (const taskId of ['../../etc/passwd', 'a/b', 'a\u0000b', '.hidden', 'x'.repeat(129)]) {
      const at = await stage.edge.publish(TOPICS.taskRequests, 'TaskRequested', 'k', requestOf(taskId));
      const letter = await stage.letter(at);
      expect(letter.code, taskId).to.equal('INVALID_TASK_ID');
      expect(letter.message).to.contain('expected /^');
      expect(letter.value?.length).to.be.greaterThan(100);
    }
    await stage.goesOn('path');
  });

  it('deadline in the past: sealed as failed before anything is done', async () => {
    const taskId = id('deadline');
    await stage.submit(taskId, { deadline: Date.now() * 1000 - 1 });
    const task = await stage.final(taskId);
    expect([task.state, task.attempts]).to.deep.equal(['failed', 0]);
    expect(task.reason).to.match(/deadline/i);
    expect(await stage.events(taskId))
      .to.include('DeadlineExceeded')
      .and.not.include('TaskRouted');
    await stage.goesOn('deadline');
  });

  it('bytes that are not Avro, on each edge topic: dead letters with the bytes', async () => {
    const value = Buffer.from('certainly not Avro');
    for (const topic of [TOPICS.taskRequests, TOPICS.commands, TOPICS.agentReports, TOPICS.agentCommands]) {
      const letter = await stage.letter(await stage.raw(topic, value));
      expect(letter.code, topic).to.match(/^[A-Z_]+$/);
      expect(letter.message).to.contain('expected');
      expect(letter.value?.equals(value)).to.equal(true);
    }
    await stage.goesOn('not-avro');
  });

  it('unknown schema id: dead letter that names the id', async () => {
    const value = Buffer.from([0, 0x7f, 0xff, 0xff, 0xf0, 1, 2, 3]);
    const letter = await stage.letter(await stage.raw(TOPICS.taskRequests, value));
    expect(letter.message).to.contain(String(0x7ffffff0));
    await stage.goesOn('schema-id');
  });

  it('a known schema id with a body that does not fit: dead letter', async () => {
    const good = stage.connection.codec.encode(TOPICS.taskRequests, 'TaskRequested', requestOf('body'));
    const value = Buffer.concat([good.value.subarray(0, 5), Buffer.alloc(40, 0xff)]);
    const letter = await stage.letter(await stage.raw(TOPICS.taskRequests, value));
    expect(letter.value?.equals(value)).to.equal(true);
    await stage.goesOn('body');
  });

  for (const how of ['lz4', 'zstd', 'gzip'] as const) {
    it(`a batch in ${how} by a foreign producer: read, for the broker compresses edge topics anew`, async () => {
      const taskId = id(how);
      const { codec } = stage.connection;
      const { value } = codec.encode(TOPICS.taskRequests, 'TaskRequested', requestOf(taskId));
      const { brokers } = stage.endpoints;
      await sendCompressed(brokers, TOPICS.taskRequests, how, { key: Buffer.from(taskId), value });
      expect((await stage.final(taskId)).state).to.equal('completed');
      await stage.goesOn(how);
    });

    it(`a command and a report in ${how} by a foreign producer: taken in as any other`, async () => {
      const taskId = id(`${how}-strange`);
      const { codec } = stage.connection;
      const head = { taskId, tenant: 'test', occurredAt: Date.now() * 1000, traceparent: null };
      const asked = { commandId: randomUUID(), reason: '', actor: 'test', ifToken: null, ifVersion: null };
      const run = { agentId: 'worker', workerInstance: randomUUID(), token: 0, number: 0 };
      const cancel = codec.encode(TOPICS.commands, 'CancelTask', { ...head, ...asked });
      const reported = { ...head, ...run, reportId: randomUUID() };
      const accepted = codec.encode(TOPICS.agentReports, 'AssignmentAccepted', reported);
      for (const [topic, { value }] of [
        [TOPICS.commands, cancel],
        [TOPICS.agentReports, accepted],
      ] as const) {
        const record = { key: Buffer.from(taskId), value };
        const at = await sendCompressed(stage.endpoints.brokers, topic, how, record);
        expect((await stage.factOf(at)).taskId, topic).to.equal(taskId);
      }
      await stage.goesOn(`${how}-strange`);
    });
  }

  it('law 13: a batch that unpacks to more than 64 MiB: dead letter, and its partition goes on', async () => {
    const { brokers } = stage.endpoints;
    const key = Buffer.from(id('bomb'));
    const value = Buffer.alloc(70 * 1024 * 1024);
    for (const topic of [TOPICS.taskRequests, TOPICS.agentCommands]) {
      const at = await sendCompressed(brokers, topic, 'gzip', { key, value });
      const letter = await stage.letter(at);
      expect(letter.message).to.contain('67108864');
    }
    for (let n = 0; n < 4; n++) await stage.goesOn(`bomb-${n}`);
    await stage.work('after-the-bomb');
  });

  it('cancel before the request: remembered, and applied when the task comes', async () => {
    const taskId = id('early-cancel');
    await stage.command('CancelTask', taskId);
    await stage.logged<{ taskId: string }>('CommandRemembered', (one) => one.taskId === taskId);
    await stage.submit(taskId);
    const task = await stage.final(taskId);
    expect([task.state, task.attempts]).to.deep.equal(['cancelled', 0]);
    await stage.goesOn('early-cancel');
  });

  it('cancel after `verified`: refused with a code, the task stays completed', async () => {
    const taskId = id('late-cancel');
    await stage.submit(taskId);
    await stage.final(taskId);
    const commandId = await stage.command('CancelTask', taskId);
    const refused = await stage.logged<CommandRefused>(
      'CommandRefused',
      (one) => one.commandId === commandId,
    );
    expect(refused.code).to.equal('ALREADY_FINISHED');
    await stage.goesOn('late-cancel');
    expect((await stage.final(taskId)).state).to.equal('completed');
  });
});
