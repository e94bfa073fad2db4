/** The memory bus as a simulation: determinism, faults, processes, and owners that claim and append run on it. */
import { expect } from 'chai';
import {
  createMemoryBus,
  type MemoryBus,
  type OutgoingRecord,
  type ProcessBus,
} from '../../../src/bus/index.js';
import { joining, keeping, record, rejectionOf, textOf } from '../contract.js';
import { STORMY } from './stormy.js';

const AT = { topic: 'log', partition: 0 };
const made = (options: Parameters<typeof createMemoryBus>[0] = {}): MemoryBus => {
  const bus = createMemoryBus(options);
  bus.createTopicsNow([{ topic: 'log', partitions: 2, replicationFactor: 1, config: {} }]);
  return bus;
};
const json = (value: unknown): OutgoingRecord => record(JSON.stringify(value));
const textsIn = (bus: MemoryBus): string[] => bus.recordsOf(AT).map(textOf);

describe('memory bus', () => {
  it('nothing happens until a step is taken', async () => {
    const bus = made();
    const appender = await bus.run(bus.openAppender(AT));
    const pending = appender.append([record('a')]);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(bus.endOf(AT)).to.equal(0);
    expect(await bus.run(pending)).to.deep.equal({ kind: 'appended', baseOffset: 0 });
    expect(await bus.step()).to.equal(false);
  });

  it('the same seed gives the same run, another seed another', async () => {
    const runOf = async (seed: number): Promise<string> => {
      const bus = made({ seed, faults: STORMY });
      const seen = keeping();
      (await bus.openReader(seen)).follow(AT, 0);
      const outcomes: string[] = [];
      for (let n = 0; n < 60; n++) {
        const appender = await bus.run(bus.openAppender(AT));
        outcomes.push((await bus.run(appender.append([record(`a${n}`)]))).kind);
        const publisher = await bus.openPublisher();
        await bus.run(publisher.publish('log', 0, record(`p${n}`)).catch(() => undefined));
      }
      await bus.drain();
      return JSON.stringify([
        outcomes,
        bus.recordsOf(AT).map((one) => [one.offset, one.timestamp, textOf(one)]),
        seen.batches.length,
        bus.clock.now(),
      ]);
    };
    expect(await runOf(7)).to.equal(await runOf(7));
    expect(await runOf(7)).not.to.equal(await runOf(8));
  });

  it('doubtful appends land at once, late, or never', async () => {
    const fates = { appendUnacknowledged: [1, 1], appendLate: [0, 1], appendLost: [0, 0] };
    for (const [fault, [atOnce, atLast]] of Object.entries(fates)) {
      const bus = made({ faults: { [fault]: 1 }, latencyMs: [0, 0], lateMs: 1_000 });
      const appender = await bus.run(bus.openAppender(AT));
      expect((await bus.run(appender.append([record('a')]))).kind).to.equal('doubtful');
      expect(bus.endOf(AT), fault).to.equal(atOnce);
      expect((await appender.append([record('b')])).kind, 'spoilt').to.equal('refused');
      await bus.drain();
      expect(bus.endOf(AT), fault).to.equal(atLast);
    }
  });

  it('a late append lands behind newer records', async () => {
    const bus = made({ faults: { appendLate: 1 }, lateMs: 5_000 });
    const first = await bus.run(bus.openAppender(AT));
    await bus.run(first.append([record('late')]));
    bus.calm();
    const second = await bus.run(bus.openAppender(AT));
    await bus.run(second.append([record('newer')]));
    await bus.drain();
    expect(textsIn(bus)).to.deep.equal(['newer', 'late']);
  });

  it('the end is a position: with holes a reader still reaches it', async () => {
    const bus = made({ faults: { hole: 1 } });
    const seen = keeping();
    (await bus.openReader(seen)).follow(AT, 0);
    const appender = await bus.run(bus.openAppender(AT));
    for (const text of ['a', 'b', 'c']) await bus.run(appender.append([record(text)]));
    await bus.drain();
    expect(seen.texts()).to.deep.equal(['a', 'b', 'c']);
    expect(seen.batches.at(-1)?.position).to.equal(bus.endOf(AT));
    expect(bus.endOf(AT)).to.be.greaterThan(3);
  });

  it('published records are repeated, but first come in order', async () => {
    const bus = made({ seed: 3, faults: { publishDuplicate: 0.5 } });
    const publisher = await bus.openPublisher();
    const sent = Array.from({ length: 100 }, (_, n) => publisher.publish('log', 0, record(`p${n}`)));
    for (let n = 100; n < 130; n++) {
      await bus.step();
      sent.push(publisher.publish('log', 0, record(`p${n}`)));
    }
    await bus.run(Promise.all(sent));
    await bus.drain();
    expect([...new Set(textsIn(bus))]).to.deep.equal(Array.from({ length: 130 }, (_, n) => `p${n}`));
    expect(textsIn(bus).length).to.be.greaterThan(130);
  });

  it('kill -9: no answer, no timer reaches the process; what it sent lands; the group learns it after the session', async () => {
    const bus = made();
    const doomed = bus.process('doomed');
    const one = await bus.run(joining(doomed, { groupId: 'g', topics: ['log'] }));
    const two = await bus.run(joining(bus, { groupId: 'g', topics: ['log'] }));
    await bus.drain();
    expect([one.owns(), two.owns()].sort()).to.deep.equal(['l0', 'l1']);
    const appender = await bus.run(doomed.openAppender(AT));
    let told = false;
    doomed.clock.schedule(10, () => (told = true));
    void appender.append([record('sent before')]).then(() => (told = true));
    doomed.kill();
    await bus.advance(5_000);
    expect(two.owns()).to.have.length(2);
    await bus.advance(5_000);
    expect(textsIn(bus)).to.deep.equal(['sent before']);
    expect(told).to.equal(false);
    expect(two.owns()).to.equal('l0 l1');
  });

  it('SIGSTOP: a stopped process believes in itself until it goes on, and its group has gone on without it', async () => {
    const bus = made();
    const zombie = bus.process('zombie');
    const one = await bus.run(joining(zombie, { groupId: 'g', topics: ['log'] }));
    const two = await bus.run(joining(bus, { groupId: 'g', topics: ['log'] }));
    await bus.drain();
    zombie.stop();
    await bus.advance(10_000);
    expect(two.owns()).to.equal('l0 l1');
    expect(one.owns(), 'it still believes').to.have.length(2);
    const confirmed = rejectionOf(one.group.confirm());
    zombie.resume();
    expect((await bus.run(confirmed)).code).to.equal('NOT_A_MEMBER');
    await bus.drain();
    expect([one.owns(), two.owns()].sort()).to.deep.equal(['l0', 'l1']);
  });

  it('a forced rebalance revokes everybody and begins a new generation', async () => {
    const bus = made();
    const one = await bus.run(joining(bus, { groupId: 'g', topics: ['log'] }));
    await bus.drain();
    const { generation } = one.group;
    bus.rebalance('g');
    await bus.drain();
    expect(one.notices).to.deep.equal(['assigned l0 l1', 'revoked', 'assigned l0 l1']);
    expect(one.group.generation).to.equal(generation + 1);
    bus.expire(one.group);
    await bus.drain();
    expect(one.owns()).to.equal('l0 l1');
  });

  it('says which seed did not come to rest', async () => {
    const bus = made({ seed: 99 });
    const forever = (): void => void bus.admin.listTopics().then(forever);
    forever();
    expect((await rejectionOf(bus.drain(100))).message).to.include('seed 99');
  });

  it('law 2-5: on hundreds of stormy seeds the accepted records are one sequential run', async function () {
    this.timeout(60_000);
    for (let seed = 1; seed <= 300; seed++) {
      const bus = made({ seed, faults: STORMY, latencyMs: [0, 3], lateMs: 60 });
      await Promise.race([contest(bus, 12), drive(bus)]);
      await bus.drain();
      expect(acceptedIn(bus), `seed ${seed}`).to.deep.equal(Array.from({ length: 12 }, (_, n) => n));
    }
  });
});

interface Line {
  readonly claim?: number;
  readonly seq?: number;
  readonly cause?: number;
  readonly previous?: number;
}

/** The acceptance fold of law 3 in its shortest form. */
const fold = (
  lines: readonly { offset: number; line: Line }[],
): { claim: number; seq: number; causes: number[] } => {
  const state = { claim: -1, seq: 0, causes: [] as number[] };
  for (const { offset, line } of lines) {
    if (line.previous !== undefined) {
      if (line.previous === state.claim) Object.assign(state, { claim: offset, seq: 0 });
    } else if (line.claim === state.claim && line.seq === state.seq) {
      state.seq++;
      state.causes.push(line.cause ?? -1);
    }
  }
  return state;
};

const linesIn = (bus: MemoryBus): { offset: number; line: Line }[] =>
  bus.recordsOf(AT).map((one) => ({ offset: one.offset, line: JSON.parse(textOf(one)) as Line }));
const acceptedIn = (bus: MemoryBus): number[] => fold(linesIn(bus)).causes;

const drive = async (bus: MemoryBus): Promise<void> => {
  while (await bus.step());
};

/** Three owners that all believe in themselves, until the work is done. */
const contest = async (bus: MemoryBus, goal: number): Promise<void> => {
  const own = async (process: ProcessBus): Promise<void> => {
    while (acceptedIn(bus).length < goal) {
      const appender = await process.openAppender(AT);
      const claim = await appender.append([json({ previous: fold(linesIn(bus)).claim })]);
      while (claim.kind === 'appended') {
        const state = fold(linesIn(bus));
        if (state.claim !== claim.baseOffset || state.causes.length >= goal) break;
        const outcome = await appender.append([
          json({ claim: state.claim, seq: state.seq, cause: (state.causes.at(-1) ?? -1) + 1 }),
        ]);
        if (outcome.kind !== 'appended') break;
      }
      await appender.close();
    }
  };
  await Promise.all(['a', 'b', 'c'].map((name) => own(bus.process(name))));
};
