import { expect } from 'chai';
import { randomUUID } from 'node:crypto';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { UNDECLARED } from '../../src/aggregates/agent/index.js';
import { micros, systemClock } from '../../src/log/index.js';
import { createEdgePublisher } from '../../src/producers/index.js';
import { commandRunner, startWorker, type Worker } from '../../src/runners/index.js';
import type { Arbiter, Connection } from '../../src/runtime/index.js';
import type { Fleet } from './support/fleet.js';
import { makeRepository, type TestRepository } from './support/repository.js';
import { startRunning } from './support/running.js';

describe('a race of two command agents on the real stack (R-225)', function () {
  this.timeout(90_000);
  const root = realpathSync(mkdtempSync(path.join(tmpdir(), 'arbiter-race-')));
  const workers: Worker[] = [];
  let connection: Connection;
  let arbiter: Arbiter;
  let fleet: Fleet;
  let repository: TestRepository;

  before(async function () {
    this.timeout(120_000);
    const limits = { rivals: 2 };
    ({ connection, arbiter, fleet } = await startRunning(path.join(root, 'arbiter'), { limits }));
    repository = makeRepository({ 'src/a.txt': 'a\n' });
  });
  after(async function () {
    this.timeout(60_000);
    await Promise.all(workers.map((worker) => worker.stop(0)));
    await fleet.close();
    await arbiter.stop();
    await connection.close();
    await repository.remove();
    rmSync(root, { recursive: true, force: true });
  });

  /** An agent that is a script, with a price and one worker; resolves to its id. */
  const agent = async (capability: string, name: string, script: string): Promise<string> => {
    const { bus, logCodec: codec } = connection;
    const agentId = `${capability}-${name}`;
    const publisher = await createEdgePublisher(await bus.openPublisher(), codec, bus.admin);
    await publisher.publish('arbiter.agent-commands', 'RegisterAgent', agentId, {
      commandId: randomUUID(),
      agentId,
      displayName: name,
      modelFamily: '',
      version: '',
      capabilities: [capability],
      taskTypes: [],
      maxConcurrency: 1,
      costPerTaskMicros: 1000,
      ...UNDECLARED,
      tags: {},
      ifVersion: null,
      tenant: 'default',
      actor: 'test',
      occurredAt: micros(systemClock),
      traceparent: null,
    });
    const stateFolder = path.join(root, agentId);
    const run = await commandRunner({
      argv: ['sh', '-c', script],
      stateFolder,
      sandbox: 'off',
      graceMs: 200,
    });
    const common = { bus, codec, publisher, clock: systemClock };
    workers.push(await startWorker({ ...common, agentId, slots: 1, build: 'test', stateFolder, run }));
    return agentId;
  };

  const submit = async (capability: string): Promise<string> => {
    const taskId = `T-${randomUUID()}`;
    await fleet.submit(taskId, {
      requiredCapabilities: [capability],
      repository: repository.folder,
      baseRevision: repository.base,
      maxAttempts: 1,
      race: { agents: 2, costCapMicros: 2000 },
    });
    return taskId;
  };
  const count = (taskId: string, type: string): number =>
    fleet.of(taskId).events.filter((event) => event.type === type).length;

  it('a fast bad result is dropped, and the slower good one wins in the same attempt', async () => {
    const capability = `c${randomUUID().slice(0, 8)}`;
    const go = path.join(root, 'go');
    await agent(capability, 'hasty', 'mkdir lib && echo x > lib/elsewhere.txt');
    const good = await agent(
      capability,
      'steady',
      `until test -e ${go}; do sleep 0.05; done; echo b > src/a.txt`,
    );
    const taskId = await submit(capability);
    await fleet.event(taskId, 'VerificationFailed');
    writeFileSync(go, '');
    await fleet.event(taskId, 'TaskCompleted');
    const seal = await fleet.event(taskId, 'VerdictRequested');
    expect(seal.body).to.deep.include({ ending: 'COMPLETED', agentId: good, attempt: 1 });
    expect((await fleet.verdict(taskId)).outcome).to.equal('PASSED');
    expect(
      ['RoutingStarted', 'RivalRouted', 'VerdictRequested'].map((type) => count(taskId, type)),
    ).to.deep.equal([1, 1, 1]);
    expect(fleet.of(taskId).offers.map(({ agentId }) => agentId)).to.have.members([
      good,
      `${capability}-hasty`,
    ]);
  });

  it('a fast good result wins, and the slower run is called back: its process is ended, nothing of it is left', async () => {
    const capability = `c${randomUUID().slice(0, 8)}`;
    const pid = path.join(root, 'pid');
    const loser = await agent(capability, 'slow', `echo $$ > ${pid}; exec sleep 600`);
    const winner = await agent(
      capability,
      'quick',
      `until test -s ${pid}; do sleep 0.05; done; echo c > src/a.txt`,
    );
    const taskId = await submit(capability);
    await fleet.event(taskId, 'TaskCompleted');
    const seal = await fleet.event(taskId, 'VerdictRequested');
    expect(seal.body).to.deep.include({ ending: 'COMPLETED', agentId: winner });
    const lost = await fleet.event(taskId, 'RivalEnded');
    expect(lost.body).to.deep.include({ agentId: loser, failureClass: 'OUTRUN' });
    const { offers, revoked } = fleet.of(taskId);
    const token = offers.find(({ agentId }) => agentId === loser)?.token;
    await fleet.until('called back', () => revoked.find((one) => one === token));
    const process_ = `/proc/${readFileSync(pid, 'utf8').trim()}`;
    await fleet.until('ended', () => (existsSync(process_) ? undefined : true));
    await fleet.until('idle', () => (workers.every(({ active }) => active === 0) ? true : undefined));
    const runs = readdirSync(path.join(root, loser, 'runs'), { recursive: true }).map(String);
    expect(runs.filter((name) => name.includes('work'))).to.deep.equal([]);
    expect(fleet.of(taskId).events.at(-1)?.type).to.equal('TaskCompleted');
  });
});
