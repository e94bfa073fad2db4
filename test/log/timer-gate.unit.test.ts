import { expect } from 'chai';
import { createMemoryBus, type MemoryBus } from '../../src/bus/memory/index.js';
import type { BusAdmin } from '../../src/bus/port.js';
import { createEdgeGate, type EdgeGate } from '../../src/log/index.js';

const GRACE_MS = 1000;
const EDGE = 'edge';
const INBOX = 'inbox';

describe('the gate of timers', () => {
  let bus: MemoryBus;
  let gate: EdgeGate;
  let told: string[];
  let settled: number;

  const open = (owner = bus.process('owner'), change: Partial<BusAdmin> = {}): void => {
    gate = createEdgeGate({
      admin: { ...owner.admin, ...change },
      clock: owner.clock,
      edgeTopics: [EDGE],
      intakeGroup: 'intake',
      inboxTopic: INBOX,
      pollMs: 10,
      graceMs: GRACE_MS,
      onError: (error) => told.push((error as Error).message),
    });
  };

  beforeEach(() => {
    bus = createMemoryBus({ latencyMs: [1, 1] });
    for (const topic of [EDGE, INBOX])
      bus.createTopicsNow([{ topic, partitions: 1, replicationFactor: 1, config: {} }]);
    told = [];
    settled = 0;
  });

  afterEach(() => gate.close());

  const now = (): number => bus.clock.now() * 1000;
  /** The answer for a timer that is due now, asked for until the gate has one; `undefined` after `ms`. */
  const within = async (ms: number, dueAt = now()): Promise<number | undefined> => {
    const until = bus.clock.now() + ms;
    for (;;) {
      const horizon = gate.horizon(dueAt, 0, () => settled++);
      if (horizon !== undefined || bus.clock.now() >= until) return horizon;
      await bus.advance(5);
    }
  };

  it('law 7: a timer fires once the edge has been read to its end, and what it brought has been decided on', async () => {
    open();
    await bus.advance(3 * GRACE_MS);
    expect(gate.horizon(now(), 0, () => settled++)).to.equal(undefined);
    await bus.advance(20);
    expect(settled, 'notices').to.equal(1);
    expect(await within(0, now() - 20_000)).to.equal(0);
  });

  for (const { name, fails } of [
    { name: 'answered nobody', fails: false },
    { name: 'refused to answer', fails: true },
  ])
    it(`law 7: for a grace after the broker ${name} nothing fires, and then it does`, async () => {
      let away = false;
      const owner = bus.process('owner');
      open(owner, {
        endOffsets: (topic) =>
          away && fails ? Promise.reject(new Error('away')) : owner.admin.endOffsets(topic),
      });
      await bus.advance(GRACE_MS);
      away = true;
      if (!fails) bus.outage(400, 0);
      await bus.advance(400);
      away = false;
      const back = now();
      expect(await within(GRACE_MS - 100, back), 'within the grace').to.equal(undefined);
      expect(await within(300, back), 'after it').to.equal(0);
      expect(told).to.deep.equal(fails ? ['away'] : []);
    });

  it('law 7: an owner that stood still can not know, and waits, too', async () => {
    const owner = bus.process('stood still');
    open(owner);
    await bus.advance(GRACE_MS);
    owner.stop();
    await bus.advance(400);
    owner.resume();
    const back = now();
    expect(await within(GRACE_MS - 100, back)).to.equal(undefined);
    expect(await within(300, back)).to.equal(0);
  });

  it('law 7: what was due before the outage fires during it', async () => {
    open();
    const due = now();
    await bus.advance(100);
    expect(await within(50, due)).to.equal(0);
    bus.outage(400, 0);
    await bus.advance(200);
    expect(gate.horizon(due, 0, () => settled++)).to.equal(0);
  });
});
