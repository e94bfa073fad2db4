import { expect } from 'chai';
import { createMemoryBus, type MemoryBus } from '../../src/bus/memory/index.js';
import { TOPICS } from '../../src/events/topics.js';
import { startAsker, type Ask } from '../../src/log/index.js';
import { plainCodec } from '../log/support/plain-codec.js';

const codec = plainCodec();

describe('asks on the memory bus (law 6)', () => {
  const topic = TOPICS.tasks;
  let bus: MemoryBus;
  let seq = 0;
  let claim = -1;
  beforeEach(() => {
    bus = createMemoryBus({ seed: 5 });
    bus.createTopicsNow([{ topic, partitions: 1, replicationFactor: 1, config: {} }]);
    seq = 0;
    claim = -1;
  });
  const put = async (name: string, record: object): Promise<number> => {
    const appender = await bus.run(bus.openAppender({ topic, partition: 0 }));
    const done = await bus.run(appender.append([{ key: null, ...codec.encode(topic, name, record) }]));
    if (done.kind !== 'appended') throw new Error('not appended');
    return done.baseOffset;
  };
  const own = async (): Promise<void> => {
    claim = await put('Claimed', { previousClaim: claim });
    seq = 0;
  };
  const event = (
    name: string,
    taskId: string,
    data: object = {},
    dueIn: number | null = 60_000,
  ): Promise<number> => {
    const dueAt = dueIn === null ? null : (bus.clock.now() + dueIn) * 1000;
    const meta = {
      claim,
      seq,
      eventId: `e-${claim}-${seq++}`,
      dueAt,
      traceparent: null,
      prevHash: Buffer.alloc(32),
    };
    return put(name, { meta, taskId, ...data });
  };
  const begin = async (
    process: string,
    onAsk: (taskId: string, ask: Ask) => Promise<void> = () => Promise.resolve(),
    maxBodies = 100,
  ) => {
    const b = bus.process(process);
    const handled: string[] = [];
    const errors: unknown[] = [];
    const asker = await bus.run(
      startAsker({
        bus: b,
        codec,
        clock: b.clock,
        groupId: 'g',
        topic,
        asks: ['RoutingStarted'],
        kinds: ['ROUTE'],
        neutral: ['AskRepeated'],
        concurrency: 4,
        maxBodies,
        handle: (ask) => {
          handled.push(`${ask.taskId}@${ask.ref.offset}`);
          return onAsk(ask.taskId, ask);
        },
        onRejected: () => undefined,
        onError: (error) => errors.push(error),
      }),
    );
    await bus.advance(1000);
    return { asker, handled, errors, process: b };
  };
  const mark = async () => (await bus.run(bus.admin.committed('g', topic)))[0];

  it('reads to the end before it acts: what is no longer pending or overdue is never started', async () => {
    await own();
    await event('RoutingStarted', 'T-over', {}, -1);
    await event('RoutingStarted', 'T-ended');
    await event('TaskQueued', 'T-ended', {}, null);
    const wanted = await event('RoutingStarted', 'T-wanted');
    const { asker, handled } = await begin('p');
    expect(handled).to.deep.equal([`T-wanted@${wanted}`]);
    expect(asker.ready()).to.equal(true);
    await bus.run(asker.stop());
  });

  it('given work that waits before it begins, when its task has gone on or its time is over, then it is wanted no more', async () => {
    await own();
    const asks = new Map<string, Ask>();
    await begin('p', (_taskId, ask) => {
      asks.set(ask.taskId, ask);
      return new Promise(() => undefined);
    });
    await event('RoutingStarted', 'T-ended');
    await event('RoutingStarted', 'T-late', {}, 3000);
    await event('RoutingStarted', 'T-wanted');
    await bus.advance(1000);
    const wanted = (): readonly string[] =>
      [...asks.values()].filter((ask) => ask.isWanted()).map(({ taskId }) => taskId);
    expect(wanted()).to.deep.equal(['T-ended', 'T-late', 'T-wanted']);
    await event('TaskQueued', 'T-ended', {}, null);
    await bus.advance(4000);
    expect(wanted()).to.deep.equal(['T-wanted']);
  });

  it('an AskRepeated for an ask whose body is not in memory is answered from the log, for the first ask', async () => {
    await own();
    const ask = await event('RoutingStarted', 'T-1', {}, 10);
    await bus.advance(1000);
    const { asker, handled } = await begin('p', undefined, 0);
    expect(handled).to.deep.equal([]);
    await event('AskRepeated', 'T-1', { ask: { offset: ask, eventId: 'x' }, kind: 'ROUTE', number: 1 });
    await event('AskRepeated', 'T-1', { ask: { offset: ask, eventId: 'x' }, kind: 'VERIFY', number: 2 });
    await bus.advance(1000);
    expect(handled).to.deep.equal([`T-1@${ask}`]);
    expect(asker.bodies).to.equal(0);
    await bus.run(asker.stop());
  });

  it('commits the low-water mark of its unfinished asks with (claim, seq); a restart starts them again, and no others', async () => {
    await own();
    const first = await event('RoutingStarted', 'T-1');
    const stuck = await event('RoutingStarted', 'T-2');
    await event('RoutingStarted', 'T-3');
    const a = await begin('p', (taskId) =>
      taskId === 'T-2' ? new Promise(() => undefined) : Promise.resolve(),
    );
    expect(a.handled).to.have.length(3);
    expect(await mark()).to.deep.include({ offset: stuck, metadata: `${claim}:${stuck - first}` });
    a.process.kill();
    await bus.advance(10_000);
    const b = await begin('q');
    await bus.advance(10_000);
    expect(b.handled).to.include(`T-2@${stuck}`).and.not.include(`T-1@${first}`);
    await bus.run(b.asker.stop());
    expect((await mark())?.offset).to.equal(bus.endOf({ topic, partition: 0 }));
  });

  it('law 3: a log that has been written by a stranger halts the partition for good and is not ready', async () => {
    await own();
    const { asker, handled, errors } = await begin('p');
    expect(asker.ready()).to.equal(true);
    seq += 5;
    await event('RoutingStarted', 'T-1');
    await own();
    await event('RoutingStarted', 'T-2');
    await bus.advance(10_000);
    expect(handled).to.deep.equal([]);
    expect(errors).to.have.length(1);
    expect(asker.ready()).to.equal(false);
    expect(asker.halted().get(0)).to.contain('doctor');
    await bus.run(asker.stop());
  });

  it('law 13: answered asks leave their bodies', async () => {
    await own();
    for (let i = 0; i < 20; i++) await event('RoutingStarted', `T-${i}`);
    const { asker, handled } = await begin('p');
    expect([handled.length, asker.bodies, asker.pending]).to.deep.equal([20, 0, 20]);
    await bus.run(asker.stop());
  });
});
