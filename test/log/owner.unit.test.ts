import { expect } from 'chai';
import { createMemoryBus, type MemoryBus } from '../../src/bus/memory/index.js';
import { BusError, type LogRecord, type TopicPartition } from '../../src/bus/port.js';
import type { LogMeta } from '../../src/events/generated/events.js';
import {
  createCheckpointStore,
  NO_HASH,
  openFeeds,
  openGate,
  OWNER_LIMITS,
  PartitionOwner,
  silentObserver,
  type CheckpointStore,
  type OwnerLimits,
  type OwnerObserver,
} from '../../src/log/index.js';
import { counters, type Counter, type Fact } from './support/counter-domain.js';
import { outsider } from './support/outsider.js';
import { plainCodec } from './support/plain-codec.js';
import type { TimersAndFinished } from './support/timers.js';

const LOG: TopicPartition = { topic: 'log', partition: 0 };
const INBOX: TopicPartition = { topic: 'inbox', partition: 0 };
const codec = plainCodec();

interface Told {
  halted: string[];
  parked: string[];
  streams: string[];
  rejected: string[];
}

const TOPIC_IDS = { log: 'log-id', inbox: 'inbox-id' };

describe('owner of a partition', () => {
  let bus: MemoryBus;
  let told: Told;

  beforeEach(() => {
    bus = createMemoryBus({ latencyMs: [0, 0] });
    told = { halted: [], parked: [], streams: [], rejected: [] };
    for (const topic of ['log', 'inbox', 'checkpoints'])
      bus.createTopicsNow([
        { topic, partitions: 1, replicationFactor: 1, config: { 'max.message.bytes': '6000' } },
      ]);
  });

  const put = async (at: TopicPartition, name: string, ...records: object[]): Promise<void> => {
    const appender = await bus.run(bus.openAppender(at));
    for (const record of records)
      await bus.run(appender.append([{ key: null, ...codec.encode(at.topic, name, record) }]));
  };
  const facts = (...list: Partial<Fact>[]): Promise<void> =>
    put(INBOX, 'Fact', ...list.map((fact, n) => ({ op: 'arm', counter: 'c0', n, ...fact })));

  const own = async (
    options: {
      partitions?: number;
      store?: CheckpointStore;
      limits?: Partial<OwnerLimits>;
      inboxId?: string;
      observer?: Partial<OwnerObserver>;
    } = {},
    domain = counters,
  ): Promise<PartitionOwner<Counter, TimersAndFinished, Fact>> => {
    const owner = new PartitionOwner({
      owner: 'counters',
      instance: 'unit',
      build: 'test',
      bus,
      codec,
      clock: bus.clock,
      random: () => 0.5,
      log: LOG,
      inbox: INBOX,
      inboxOwned: false,
      partitions: options.partitions ?? 1,
      topicIds: { ...TOPIC_IDS, inbox: options.inboxId ?? TOPIC_IDS.inbox },
      domain,
      feeds: await openFeeds(bus),
      gate: openGate,
      limits: { ...OWNER_LIMITS, graceMs: 60_000, checkpointEvery: 1, ...options.limits },
      ...(options.store === undefined ? {} : { checkpoints: options.store }),
      observer: {
        ...silentObserver,
        status: (_at, status, detail) => {
          if (status === 'halted') told.halted.push(detail ?? '');
        },
        parked: (_at, _input, error) => told.parked.push(String(error)),
        streamParked: (_at, streamId) => told.streams.push(streamId),
        rejected: (_at, reason) => told.rejected.push(reason),
        ...options.observer,
      },
      confirmMembership: () => Promise.resolve(),
    });
    void owner.run();
    await bus.advance(20);
    return owner;
  };
  const accepted = (): string[] => outsider(bus.recordsOf(LOG)).map(({ name }) => name);

  it('law 13: an input that can not be decided or written is parked, others go on', async () => {
    await facts({ op: 'poison' }, { op: 'huge' }, { op: 'arm' });
    const owner = await own();
    expect(told.halted).to.deep.equal([]);
    expect(told.parked).to.have.length(2);
    expect(accepted()).to.deep.equal(['Claimed', 'Armed']);
    expect(owner.fold.cause).to.equal(2);
  });

  it('law 13: nothing behind a record that can not be read is decided before that is put aside', async () => {
    await facts({ counter: 'c0' });
    const appender = await bus.run(bus.openAppender(INBOX));
    await bus.run(appender.append([{ key: null, value: Buffer.from('?') }]));
    await facts({ counter: 'c1' });
    const tries: number[] = [];
    let broken = true;
    const undecodable: OwnerObserver['undecodable'] = (record) => {
      tries.push(record.offset);
      if (broken) return Promise.reject(new BusError('DELIVERY_TIMEOUT', 'no letter today', true));
      return Promise.resolve();
    };
    const owner = await own({ observer: { undecodable } });
    await bus.advance(1000);
    expect(accepted()).to.deep.equal(['Claimed']);
    broken = false;
    await bus.advance(1000);
    expect(accepted().slice(0, 3)).to.deep.equal(['Claimed', 'Armed', 'Armed']);
    expect(new Set(tries)).to.deep.equal(new Set([1]));
    expect(owner.status).to.equal('owning');
    expect(told.halted).to.deep.equal([]);
  });

  it('law 4: decisions too large together are appended apart', async () => {
    await facts(...Array.from({ length: 40 }, (_, i) => ({ counter: `c${i}` })));
    await own({ limits: { maxBytes: 1_000_000 } });
    expect(told.parked).to.deep.equal([]);
    expect(accepted().filter((name) => name === 'Armed')).to.have.length(40);
  });

  it('law 13: an event that breaks the fold parks its stream, others go on', async () => {
    await facts({ counter: 'c0' }, { counter: 'c1' });
    (await own()).stop();
    await bus.advance(10);
    await facts({ op: 'cite', counter: 'c0' }, { op: 'cite', counter: 'c1' });
    const broken: typeof counters = {
      ...counters,
      evolve: (value, event) => {
        if (event.body.meta.streamId === 'counter/c0') throw new Error('not known');
        return counters.evolve(value, event);
      },
    };
    const owner = await own({}, broken);
    expect(told.streams).to.deep.equal(['counter/c0']);
    expect(told.halted).to.deep.equal([]);
    expect(accepted().filter((name) => name === 'Cited')).to.have.length(1);
    expect([...owner.fold.state.index.due.keys()]).to.deep.equal(['counter/c1']);
  });

  it('law 13: a timer that can not be decided parks its stream, others fire', async () => {
    await facts({ counter: 'c0' }, { counter: 'c1' });
    const broken: typeof counters = {
      ...counters,
      decide: (view, input, context) => {
        if (input.kind === 'timer' && input.streamId === 'counter/c0') throw new Error('no');
        return counters.decide(view, input, context);
      },
    };
    await own({}, broken);
    await bus.advance(500);
    expect(told.halted).to.deep.equal([]);
    expect(told.streams).to.deep.equal(['counter/c0']);
    expect(accepted().filter((name) => name === 'Fired')).to.have.length(1);
  });

  it('law 12: a type that this build does not know moves seq, cause and the version of its stream', async () => {
    await facts({});
    (await own()).stop();
    await bus.advance(10);
    const last = outsider(bus.recordsOf(LOG)).at(-1);
    const { meta } = last?.record as { meta: LogMeta };
    const prevHash = codec.hash({ value: last?.value ?? null, headers: {} });
    await put(LOG, 'FutureThing', { meta: { ...meta, seq: 1, streamVersion: 2, prevHash } });
    await facts({ op: 'cite' });
    const owner = await own();
    expect(told.rejected).to.include('UNKNOWN_TYPE');
    expect(told.halted).to.deep.equal([]);
    expect(owner.fold.state.version('counter/c0')).to.equal(3);
  });

  const claimed = (change: object) => ({
    previousClaim: -1,
    foldedTo: 0,
    prevHash: NO_HASH,
    partitions: 1,
    inboxEnd: 0,
    logTopicId: 'log-id',
    inboxTopicId: 'inbox-id',
    ...change,
  });

  it('law 3: another number of partitions, a topic made anew, a cut inbox, a cut log: it halts and says so', async () => {
    await put(LOG, 'Claimed', claimed({}));
    await own({ partitions: 2 });
    await own({ inboxId: 'another' });
    await put(LOG, 'Event', {
      meta: { claim: 0, seq: 0, cause: 5, streamId: 's/1', streamVersion: 1, prevHash: NO_HASH },
    });
    await own();
    await put(LOG, 'Event', {
      meta: { claim: 0, seq: 7, cause: 5, streamId: 's/1', streamVersion: 1, prevHash: NO_HASH },
    });
    await own();
    expect(told.halted.map((message) => message.split(' ')[0])).to.deep.equal([
      'PARTITIONS_CHANGED',
      'TOPIC_REPLACED',
      'CAUSE_BEYOND_INBOX',
      'LOG_BROKEN',
    ]);
  });

  it('law 3: a record that was altered below a claim is seen by its hash', async () => {
    await facts({}, {});
    (await own()).stop();
    await bus.advance(10);
    const records = bus.recordsOf(LOG) as LogRecord[];
    const last = records.at(-1);
    if (last?.value == null) throw new Error('nothing was written');
    const altered = Buffer.from(last.value.toString().replace('"v":1', '"v":2'));
    records[records.length - 1] = { ...last, value: altered };
    await own({});
    const claim = bus.recordsOf(LOG).at(-1);
    expect(claim?.offset).to.be.greaterThan(last.offset);
    // The claim was made over the altered record; who knew the true one has written its hash before.
    records[records.length - 2] = last;
    await own({});
    expect(told.halted.join()).to.match(/LOG_BROKEN .*removed or altered/);
  });

  describe('checkpoints', () => {
    const store = async (): Promise<CheckpointStore> =>
      createCheckpointStore({
        bus,
        publisher: await bus.openPublisher(),
        topic: 'checkpoints',
        partitions: 1,
        pause: () => Promise.resolve(),
        onError: (error) => told.parked.push(String(error)),
      });
    const write = async (): Promise<void> => {
      await facts({}, { op: 'finish' }, { counter: 'c1' });
      (await own({ store: await store() })).stop();
      await bus.advance(10);
    };
    const latest = async (other: Partial<typeof TOPIC_IDS> = {}, foldVersion = 1) =>
      bus.run((await store()).latest(LOG, { foldVersion, topicIds: { ...TOPIC_IDS, ...other } }));

    it('law 1: the newest whole one of this fold and this topic is read back', async () => {
      await write();
      expect(await latest()).to.include({ position: bus.endOf(LOG), cause: 2, foldVersion: 1 });
      expect(await latest({ log: 'another topic' })).to.equal(undefined);
      expect(await latest({ inbox: 'another topic' }), 'the inbox was deleted and made anew').to.equal(
        undefined,
      );
      expect(await latest(undefined, 2)).to.equal(undefined);
    });

    it('law 13: whatever is in the topic, a bad one is none', async () => {
      await write();
      const good = await latest();
      const publisher = await bus.openPublisher();
      for (const value of ['{', '7', '{"position":"x"}', '{"position":99,"chunks":["zz"]}'])
        await bus.run(
          publisher.publish('checkpoints', 0, {
            key: Buffer.from('log/0/99/manifest'),
            value: Buffer.from(value),
          }),
        );
      expect(await latest()).to.deep.equal(good);
      await bus.run(
        publisher.publish('checkpoints', 0, {
          key: Buffer.from(`log/0/${good?.position}/0`),
          value: Buffer.from('other bytes'),
        }),
      );
      expect(await latest()).to.equal(undefined);
    });

    it('law 9: a large one is written and read in pieces, others run in between; the cut stays what it was', async () => {
      await write();
      const good = await latest();
      if (good === undefined) throw new Error('nothing was written');
      const streams = Array.from({ length: 4000 }, (_, i) => [`c${i}`, i, 'v'.repeat(300)] as const);
      let pauses = 0;
      const s = createCheckpointStore({
        bus,
        publisher: await bus.openPublisher(),
        topic: 'checkpoints',
        partitions: 1,
        onError: (error) => told.parked.push(String(error)),
        pause: () => Promise.resolve(pauses++),
      });
      const index = { finished: ['a'] };
      const written = s.write(LOG, { ...good, streams, index, position: good.position + 1 });
      index.finished.push('later');
      await bus.run(written);
      expect(pauses).to.be.greaterThan(4);
      const { foldVersion, topicIds } = good;
      const read = await bus.run(s.latest(LOG, { foldVersion, topicIds }));
      expect(read?.streams).to.deep.equal(streams);
      expect(read?.index).to.deep.equal({ finished: ['a'] });
      expect(told.parked).to.deep.equal([]);
    });

    it('law 1: a write that the broker refuses half-way costs a longer restore, and never the process', async () => {
      await write();
      const good = await latest();
      if (good === undefined) throw new Error('nothing was written');
      const publisher = await bus.openPublisher();
      await bus.run(publisher.close());
      let pauses = 0;
      const s = createCheckpointStore({
        bus,
        publisher,
        topic: 'checkpoints',
        partitions: 1,
        onError: (error) => told.parked.push(String(error)),
        // A whole turn of the event loop: a rejection that nobody has seen to by then ends the process.
        pause: () => new Promise((resolve) => setImmediate(() => resolve(pauses++))),
      });
      const unseen: unknown[] = [];
      const onUnseen = (reason: unknown): void => void unseen.push(reason);
      process.on('unhandledRejection', onUnseen);
      try {
        const index = { finished: 'x'.repeat(2_000_000) };
        await s.write(LOG, { ...good, index, position: good.position + 1 });
      } finally {
        process.off('unhandledRejection', onUnseen);
      }
      expect(unseen).to.deep.equal([]);
      expect(told.parked).to.have.length(1);
      expect(pauses, 'what can not become whole is not made to its end').to.equal(1);
      expect(await latest()).to.deep.equal(good);
    });

    it('law 3: a checkpoint beyond the end of the log means that the log has been cut', async () => {
      await write();
      (bus.recordsOf(LOG) as LogRecord[]).length = 0;
      const good = await latest();
      const s = await store();
      if (good !== undefined) await bus.run(s.write(LOG, { ...good, position: 99 }));
      await own({ store: s });
      expect(told.halted.join()).to.match(/LOG_BROKEN .*the log has been cut/);
    });
  });
});
