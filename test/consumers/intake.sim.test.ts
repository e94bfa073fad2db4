import { expect } from 'chai';
import { pino } from 'pino';
import { createMemoryBus, type MemoryBus } from '../../src/bus/memory/index.js';
import { BusError, type Bus } from '../../src/bus/port.js';
import { EDGE_TOPICS, INTAKE_GROUP, startIntake } from '../../src/consumers/intake/index.js';
import { TOPICS } from '../../src/events/topics.js';
import type { Component, ComponentContext } from '../../src/platform/component.js';
import { createMetrics, type Metrics } from '../../src/platform/metrics.js';
import { createDeadLetters, createFactPublisher } from '../../src/producers/index.js';
import { plainCodec } from '../log/support/plain-codec.js';
import type { LogCodec } from '../../src/log/index.js';
import { readExposition } from '../support/exposition.js';

const command = (i: number, over: object = {}) => ({
  commandId: `c-${i}`,
  taskId: 'T-1',
  tenant: 't',
  reason: '',
  ifToken: null,
  ifVersion: null,
  actor: 'a',
  traceparent: null,
  ...over,
});

const plain = plainCodec();
/** Facts have no hash of the record before. */
const codec: LogCodec = {
  ...plain,
  encode: (topic, name, record) => {
    const { meta } = record as { meta?: object };
    return plain.encode(
      topic,
      name,
      meta === undefined ? record : { ...record, meta: { prevHash: Buffer.alloc(0), ...meta } },
    );
  },
};

describe('intake on the memory bus', () => {
  let bus: MemoryBus;
  let metrics: Metrics;
  beforeEach(() => {
    bus = createMemoryBus({ seed: 3 });
    metrics = createMetrics();
    const config = { 'max.message.bytes': '1000000' };
    for (const topic of [...EDGE_TOPICS, TOPICS.facts, TOPICS.deadLetters])
      bus.createTopicsNow([{ topic, partitions: 1, replicationFactor: 1, config }]);
  });

  const start = async (around: (bus: Bus) => Bus = (b) => b): Promise<Component> => {
    const process = bus.process('p');
    const seen = around(process);
    const publisher = await bus.run(process.openPublisher());
    const common = { publisher, codec, clock: process.clock };
    const context = {
      name: 'intake',
      instance: 'i',
      build: 'b',
      bus: seen,
      ...common,
      random: Math.random,
      partitions: 1,
      facts: createFactPublisher({
        ...common,
        component: 'intake',
        instance: 'i',
        build: 'b',
        partitions: 1,
      }),
      deadLetters: createDeadLetters({ ...common, component: 'intake', partitions: 1 }),
      logger: pino({ level: 'silent' }),
      metrics,
      sessionTimeoutMs: 6000,
    } as unknown as ComponentContext;
    return bus.run(startIntake(context));
  };
  const send = async (from: number, to: number, over: object = {}): Promise<void> => {
    const publisher = await bus.run(bus.openPublisher());
    for (let i = from; i < to; i++)
      await bus.run(
        publisher.publish(TOPICS.commands, 0, {
          key: null,
          ...codec.encode(TOPICS.commands, 'CancelTask', command(i, over)),
        }),
      );
  };
  const committed = async (): Promise<number | undefined> =>
    (await bus.run(bus.admin.committed(INTAKE_GROUP, TOPICS.commands)))[0]?.offset;
  const facts = (): string[] =>
    bus.recordsOf({ topic: TOPICS.facts, partition: 0 }).map((record) => {
      const decoded = codec.decode(record) as { record?: { commandId?: string } };
      return decoded.record?.commandId ?? '';
    });

  it('law 7: offsets are committed behind acknowledged facts, in order', async () => {
    const intake = await start();
    await send(0, 40);
    await bus.advance(2000);
    expect(facts()).to.deep.equal(Array.from({ length: 40 }, (_, i) => `c-${i}`));
    expect(await committed()).to.equal(40);
    expect(intake.readiness().ready).to.equal(true);
    await bus.run(intake.stop());
  });

  it('hazard, law 7: a commit that fails is tried again, though nothing follows it: timers wait for it', async () => {
    let refusals = 3;
    const intake = await start((b) => ({
      ...b,
      admin: b.admin,
      openReader: (h) => b.openReader(h),
      joinGroup: async (options) => {
        const group = await b.joinGroup(options);
        const commit = group.commit.bind(group);
        group.commit = (offsets) =>
          refusals-- > 0
            ? Promise.reject(new BusError('NOT_A_MEMBER', 'a rebalance', true))
            : commit(offsets);
        return group;
      },
    }));
    await send(0, 3);
    await bus.advance(5000);
    expect(refusals).to.be.lessThan(0);
    expect(await committed()).to.equal(3);
    await bus.run(intake.stop());
  });

  it('hazard: an assignment whose offsets can not be read is tried again, not left unread', async () => {
    let failures = 2;
    const intake = await start((b) => ({
      ...b,
      openReader: (h) => b.openReader(h),
      joinGroup: (o) => b.joinGroup(o),
      admin: {
        ...b.admin,
        beginOffsets: (topic) => b.admin.beginOffsets(topic),
        committed: (group, topic) =>
          failures-- > 0
            ? Promise.reject(new BusError('UNREACHABLE', 'away', true))
            : b.admin.committed(group, topic),
      },
    }));
    await send(0, 1);
    await bus.advance(5000);
    expect(facts()).to.deep.equal(['c-0']);
    await bus.run(intake.stop());
  });

  it('law 13: a record whose fact is refused for good is put aside, and the others go on', async () => {
    bus.createTopicsNow([]);
    const intake = await start();
    await send(0, 1);
    await bus.run(bus.admin.alterConfig(TOPICS.facts, { 'max.message.bytes': '700' }));
    await send(1, 2, { reason: 'x'.repeat(1500) });
    await send(2, 3);
    await bus.advance(5000);
    expect(facts()).to.deep.equal(['c-0', 'c-2']);
    expect(bus.endOf({ topic: TOPICS.deadLetters, partition: 0 })).to.equal(1);
    expect(await committed()).to.equal(3);
    const families = readExposition(await metrics.registry.metrics());
    const handled = families
      .get('arbiter_requests_total')
      ?.samples.map(({ labels, value }) => [labels, value]);
    const of = { component: 'intake', operation: TOPICS.commands };
    expect(handled, 'told as what became of them').to.deep.include.members([
      [{ ...of, outcome: 'taken' }, 2],
      [{ ...of, outcome: 'put_aside' }, 1],
      [{ ...of, outcome: 'failed' }, 1],
    ]);
    await bus.run(intake.stop());
  });

  it('law 13: stop of a lane under publisher time-outs ends within its bound', async () => {
    const intake = await start();
    await send(0, 1);
    bus.setFaults({ publishTimeout: 1 });
    await bus.advance(100);
    let stopped = false;
    const stopping = intake.stop().then(() => (stopped = true));
    await bus.advance(5000);
    expect(stopped, 'waits for what is under way').to.equal(false);
    await bus.advance(10_000);
    expect(stopped).to.equal(true);
    await stopping;
    expect(await committed()).to.not.equal(1);
  });

  it('law 13: duplicates and give-ups of the publisher lose nothing and keep first occurrences in order within a batch', async () => {
    const intake = await start();
    await send(0, 30);
    bus.setFaults({ publishDuplicate: 0.3, publishTimeout: 0.2 });
    await bus.advance(20_000);
    bus.calm();
    await bus.advance(10_000);
    expect(new Set(facts()).size).to.equal(30);
    expect(await committed()).to.equal(30);
    await bus.run(intake.stop());
  });
});
