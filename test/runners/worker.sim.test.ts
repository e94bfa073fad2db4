import { expect } from 'chai';
import { pino } from 'pino';
import { createMemoryBus, type MemoryBus } from '../../src/bus/index.js';
import type { LogCodec } from '../../src/log/index.js';
import { createEdgePublisher } from '../../src/producers/index.js';
import {
  startWorker,
  RunAborted,
  type Run,
  type Worker,
  type WorkerOptions,
} from '../../src/runners/index.js';
import { dispatcherOn, testCodec, type Dispatcher } from './support/assignments.js';

const never: Run = (_, { signal }) =>
  new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));

describe('worker protocol', () => {
  let codec: LogCodec;
  let bus: MemoryBus;
  let dispatcher: Dispatcher;
  before(async () => {
    codec = await testCodec();
  });
  beforeEach(async () => {
    bus = createMemoryBus({ seed: 7 });
    dispatcher = await bus.run(dispatcherOn(bus, codec, () => bus.clock.now()));
  });

  const start = async (run: Run, changes: Partial<WorkerOptions> = {}): Promise<Worker> => {
    const process = bus.process(changes.instance ?? 'w');
    const publisher = await bus.run(process.openPublisher({ deliveryTimeoutMs: 2000 }));
    const edge = await bus.run(createEdgePublisher(publisher, codec, process.admin));
    return bus.run(
      startWorker({
        bus: process,
        codec,
        publisher: edge,
        clock: process.clock,
        agentId: 'coder',
        instance: 'w',
        slots: 2,
        build: 'test',
        run,
        ...changes,
      }),
    );
  };
  const names = async (taskId?: string): Promise<string[]> =>
    (await bus.run(dispatcher.said(taskId))).map(({ name }) => name);
  const offer = (...args: Parameters<Dispatcher['offer']>): Promise<void> =>
    bus.run(dispatcher.offer(...args));

  it('an offer is accepted, run and reported once, with token, instance and running numbers', async () => {
    const worker = await start(() => Promise.resolve({ kind: 'done', resultSha256: 'a'.repeat(64) }));
    await offer('T-1', 41, 'w');
    await bus.advance(500);
    const said = await bus.run(dispatcher.said());
    expect(said.map(({ name }) => name)).to.deep.equal(['AssignmentAccepted', 'ResultSubmitted']);
    for (const [number, { record }] of said.entries()) {
      expect(record).to.deep.include({
        taskId: 'T-1',
        token: 41,
        agentId: 'coder',
        workerInstance: 'w',
        number,
      });
      expect(record['traceparent']).to.match(/^00-1+-2+-01$/);
    }
    expect(new Set(said.map(({ record }) => record.reportId)).size).to.equal(2);
    expect(worker.active).to.equal(0);
    await bus.run(worker.stop());
  });

  it('shows itself at once, every 2 s, soon after a change, and when it leaves', async () => {
    const worker = await start(never);
    await bus.advance(100);
    await offer('T-1', 1, 'w');
    await bus.advance(100);
    expect((await bus.run(dispatcher.seen())).map(({ freeSlots }) => freeSlots)).to.deep.equal([2, 1]);
    await bus.advance(4100);
    expect(await bus.run(dispatcher.seen())).to.have.length(4);
    await bus.run(worker.stop(0));
    expect((await bus.run(dispatcher.seen())).at(-1)).to.deep.include({
      leaving: true,
      freeSlots: 0,
      slots: 2,
    });
  });

  it('no slot free: declined as busy; a run that answers "declined" at once declines for the agent', async () => {
    const worker = await start(({ taskId }, controls) =>
      taskId === 'T-9' ? { kind: 'declined', reason: 'not for me' } : never({} as never, controls),
    );
    await offer('T-9', 1, 'w');
    await bus.advance(100);
    for (const [n, task] of ['T-1', 'T-2', 'T-3'].entries()) await offer(task, n + 2, 'w');
    await bus.advance(100);
    const declined = (await bus.run(dispatcher.said())).filter(({ name }) => name === 'AssignmentDeclined');
    expect(declined.map(({ record }) => [record.taskId, record['busy']])).to.have.deep.members([
      ['T-9', false],
      ['T-3', true],
    ]);
    await bus.run(worker.stop(0));
  });

  it('law 3: offers of a zombie, for other instances, overdue, revoked or repeated start nothing', async () => {
    const begun: string[] = [];
    const partition = await start(
      ({ taskId }, controls) => {
        begun.push(taskId);
        return never({} as never, controls);
      },
      { slots: 10 },
    );
    await offer('T-1', 1, 'w');
    for (const p of [0, 1]) await bus.run(dispatcher.claim(p));
    await bus.run(dispatcher.zombieOffer('T-1', 7, 'w'));
    await offer('T-2', 2, 'other');
    await offer('T-3', 3, 'w', { acceptBy: (bus.clock.now() - 1) * 1000 });
    await offer('T-1', 1, 'w');
    await bus.run(dispatcher.revoke('T-4', 4, 'w'));
    await offer('T-4', 4, 'w');
    await bus.advance(500);
    expect(begun).to.deep.equal(['T-1']);
    expect(await names()).to.deep.equal(['AssignmentAccepted']);
    await bus.run(partition.stop(0));
  });

  it('equal tokens of two tasks are two runs', async () => {
    const worker = await start(() => Promise.resolve({ kind: 'done' }));
    for (const task of ['T-1', 'T-2', 'T-3']) await offer(task, 5, 'w');
    await bus.advance(500);
    expect((await names()).filter((name) => name === 'ResultSubmitted')).to.have.length(3);
    await bus.run(worker.stop());
  });

  it('a revoked run is aborted and nothing more is said of it', async () => {
    let reason: unknown;
    const worker = await start(async (a, controls) => {
      await (never(a, controls) as Promise<never>).catch((error: unknown) => (reason = error));
      return { kind: 'done' };
    });
    await offer('T-1', 1, 'w', { leaseMs: 900 });
    await bus.advance(100);
    await bus.run(dispatcher.revoke('T-1', 1, 'w', 'cancelled by a person'));
    await bus.advance(3000);
    expect(reason).to.be.instanceOf(RunAborted).with.property('code', 'REVOKED');
    expect(await names()).to.deep.equal(['AssignmentAccepted']);
    expect(worker.active).to.equal(0);
    await bus.run(worker.stop());
  });

  it('heartbeats come every third of a lease with the size of the change; progress at most once a second', async () => {
    const worker = await start((a, controls) => {
      controls.diff({ files: 1, insertions: 2, deletions: 3 });
      for (let i = 0; i < 100; i++) controls.progress(`step ${i}`, i * 2);
      return never(a, controls);
    });
    await offer('T-1', 1, 'w', { leaseMs: 3000 });
    await bus.advance(6000);
    const said = await bus.run(dispatcher.said());
    const beats = said.filter(({ name }) => name === 'Heartbeat');
    expect(beats).to.have.length.within(5, 8);
    expect(beats[0]?.record['diff']).to.deep.equal({ files: 1, insertions: 2, deletions: 3 });
    const progress = said.filter(({ name }) => name === 'ProgressReported');
    expect(progress.map(({ record }) => [record['message'], record['percent']])).to.deep.equal([
      ['step 99', 100],
    ]);
    await bus.run(worker.stop(0));
  });

  it('fencing: a lease without any acknowledgement ends the run, and its failure is told when the broker is back', async () => {
    const worker = await start(never);
    await offer('T-1', 1, 'w', { leaseMs: 900 });
    await bus.advance(200);
    bus.setFaults({ publishTimeout: 1 });
    await bus.advance(2000);
    bus.calm();
    await bus.advance(8000);
    const last = (await bus.run(dispatcher.said())).at(-1);
    expect(last?.name).to.equal('ExecutionFailed');
    expect(last?.record).to.deep.include({ failureClass: 'INFRASTRUCTURE' });
    expect(last?.record['reason']).to.contain('lease lost');
    expect(worker.active).to.equal(0);
    await bus.run(worker.stop());
  });

  it('a deadline that passes is a TIME_LIMIT; an exception is the agent’s failure', async () => {
    const worker = await start((a, controls) => {
      if (a.taskId === 'T-2') throw new Error('\u001b[31mboom');
      return never(a, controls);
    });
    await offer('T-1', 1, 'w', { offer: { deadline: (bus.clock.now() + 1000) * 1000 } });
    await offer('T-2', 2, 'w');
    await bus.advance(3000);
    const failed = (await bus.run(dispatcher.said())).filter(({ name }) => name === 'ExecutionFailed');
    expect(failed.map(({ record: r }) => [r.taskId, r['failureClass']])).to.have.deep.members([
      ['T-1', 'TIME_LIMIT'],
      ['T-2', 'AGENT'],
    ]);
    expect(failed.find(({ record }) => record.taskId === 'T-2')?.record['reason']).to.equal('\ufffd[31mboom');
    await bus.run(worker.stop());
  });

  it('a run that does not heed the abort is reported without it', async () => {
    const worker = await start(() => new Promise(() => undefined), { graceMs: 1000 });
    await offer('T-1', 1, 'w', { offer: { deadline: (bus.clock.now() + 500) * 1000 } });
    await bus.advance(4000);
    expect(await names()).to.deep.equal(['AssignmentAccepted', 'ExecutionFailed']);
    expect(worker.active).to.equal(1);
    await bus.run(worker.stop(0));
  });

  it('stop waits for the runs, then ends them and reports INFRASTRUCTURE; offers meanwhile are declined', async () => {
    const worker = await start(never);
    await offer('T-1', 1, 'w');
    await bus.advance(100);
    const stopped = worker.stop(1000);
    await bus.advance(200);
    await offer('T-2', 2, 'w');
    await bus.run(stopped);
    const said = await bus.run(dispatcher.said());
    expect(said.map(({ name, record }) => `${record.taskId} ${name}`)).to.have.members([
      'T-1 AssignmentAccepted',
      'T-2 AssignmentDeclined',
      'T-1 ExecutionFailed',
    ]);
    expect(said.find(({ name }) => name === 'ExecutionFailed')?.record['failureClass']).to.equal(
      'INFRASTRUCTURE',
    );
  });

  it('R-625: a stop ends within its limit, whether runs heed it or not and whether the broker answers or not', async () => {
    for (const broker of ['there', 'away']) {
      bus = createMemoryBus({ seed: 11 });
      dispatcher = await bus.run(dispatcherOn(bus, codec, () => bus.clock.now()));
      let toldAt = 0;
      const worker = await start((_, { signal }) => {
        signal.addEventListener('abort', () => (toldAt = bus.clock.now()));
        return new Promise(() => undefined);
      });
      await offer('T-1', 1, 'w');
      await bus.advance(100);
      if (broker === 'away') bus.setFaults({ publishTimeout: 1 });
      const begun = bus.clock.now();
      await bus.run(worker.stop());
      expect(bus.clock.now() - begun, broker).to.be.at.most(30_000);
      expect(toldAt - begun, 'what is left then is the grace and the reports').to.equal(15_000);
      bus.calm();
      if (broker === 'there') expect(await names()).to.include('ExecutionFailed');
    }
  });

  it('R-626: what begins and ends is in the log at level info, with task, token and trace', async () => {
    const lines: Record<string, unknown>[] = [];
    const logger = pino(
      { base: null, timestamp: false },
      { write: (line) => lines.push(JSON.parse(line) as never) },
    );
    const worker = await start(
      ({ taskId }, controls) => {
        if (taskId === 'T-1') return { kind: 'done' };
        if (taskId === 'T-2') return { kind: 'declined', reason: 'not for me' };
        if (taskId === 'T-3') throw new Error('boom');
        return never({} as never, controls);
      },
      { logger, slots: 10 },
    );
    for (const [n, taskId] of ['T-1', 'T-2', 'T-3', 'T-4'].entries()) await offer(taskId, n, 'w');
    await bus.advance(500);
    await bus.run(dispatcher.revoke('T-4', 3, 'w'));
    await bus.advance(500);
    await bus.run(worker.stop());
    const runs = lines.filter(({ msg }) => msg === 'run begins' || msg === 'run ended');
    for (const line of runs) expect(line).to.include({ level: 30, trace_id: '1'.repeat(32) });
    const said = runs.map(({ taskId, token, msg, outcome }) => [taskId, token, msg, outcome]);
    expect(said).to.have.deep.members([
      ...['T-1', 'T-2', 'T-3', 'T-4'].map((taskId, token) => [taskId, token, 'run begins', undefined]),
      ['T-1', 0, 'run ended', 'done'],
      ['T-2', 1, 'run ended', 'declined'],
      ['T-3', 2, 'run ended', 'failed'],
      ['T-4', 3, 'run ended', 'revoked'],
    ]);
    expect(runs.find(({ outcome }) => outcome === 'failed')).to.include({
      failureClass: 'AGENT',
      reason: 'boom',
    });
  });

  it('law 3: records of the log that do not count are told, and not one by one', async () => {
    const warned: Record<string, unknown>[] = [];
    const logger = pino({ base: null }, { write: (line) => warned.push(JSON.parse(line) as never) });
    const worker = await start(never, { logger });
    await offer('T-1', 1, 'w');
    for (const p of [0, 1]) await bus.run(dispatcher.claim(p));
    for (let n = 0; n < 25; n++) await bus.run(dispatcher.zombieOffer('T-1', 7, 'w'));
    await bus.advance(500);
    const told = warned.filter(({ msg }) => msg === 'records that do not count');
    expect(told.map(({ level, topic, count }) => [level, topic, count])).to.deep.equal([
      [40, 'arbiter.assignments', 1],
      [40, 'arbiter.assignments', 10],
    ]);
    await bus.run(worker.stop(0));
  });

  it('a result that can not be written is told as a failure', async () => {
    const worker = await start(() =>
      Promise.resolve({ kind: 'done', usage: { inputTokens: Number.NaN, outputTokens: 0, costMicros: 0 } }),
    );
    await offer('T-1', 1, 'w');
    await bus.advance(500);
    expect(await names()).to.deep.equal(['AssignmentAccepted', 'ExecutionFailed']);
    await bus.run(worker.stop());
  });

  it('a failure whose numbers can not be written is told without them', async () => {
    const worker = await start(() =>
      Promise.resolve({ kind: 'failed', failureClass: 'QUOTA', reason: 'wait', quotaResetsAt: 2 ** 60 }),
    );
    await offer('T-1', 1, 'w');
    await bus.advance(500);
    const last = (await bus.run(dispatcher.said())).at(-1);
    expect(last?.name).to.equal('ExecutionFailed');
    expect(last?.record).to.deep.include({ failureClass: 'QUOTA', reason: 'wait', quotaResetsAt: null });
    await bus.run(worker.stop());
  });

  it('every final report arrives, once in effect, over publishes that are given up, doubled and late', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      bus = createMemoryBus({ seed });
      dispatcher = await bus.run(dispatcherOn(bus, codec, () => bus.clock.now()));
      const worker = await start(() => Promise.resolve({ kind: 'done' }), { slots: 50 });
      bus.setFaults({ publishTimeout: 0.3, publishDuplicate: 0.3 });
      for (let n = 0; n < 20; n++) {
        bus.calm();
        await offer(`T-${n}`, n, 'w');
        bus.setFaults({ publishTimeout: 0.3, publishDuplicate: 0.3 });
        await bus.advance(50);
      }
      bus.calm();
      await bus.advance(30_000);
      const results = (await bus.run(dispatcher.said())).filter(({ name }) => name === 'ResultSubmitted');
      expect(new Set(results.map(({ record }) => record.taskId)).size, `seed ${seed}`).to.equal(20);
      expect(new Set(results.map(({ record }) => record.reportId)).size, `seed ${seed}`).to.equal(20);
      expect(worker.active).to.equal(0);
      await bus.run(worker.stop());
    }
  });

  it('a thousand slots, a thousand instant runs', async function () {
    this.timeout(20_000);
    const worker = await start(() => ({ kind: 'done', resultSha256: 'b'.repeat(64) }), { slots: 1000 });
    for (let n = 0; n < 1000; n++) await offer(`T-${n}`, n, 'w');
    await bus.advance(2000);
    expect((await names()).filter((name) => name === 'ResultSubmitted')).to.have.length(1000);
    await bus.run(worker.stop());
  });
});
