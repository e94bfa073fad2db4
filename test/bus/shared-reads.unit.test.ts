import { expect } from 'chai';
import { openLiveMemoryBus } from '../../src/bus/index.js';
import type { Batch, Bus } from '../../src/bus/port.js';
import { withSharedReads } from '../../src/bus/shared-reads.js';
import { busContract, eventually, record, textOf } from './contract.js';

const at = { topic: 'shared', partition: 0 };

const counting = (bus: Bus): { bus: Bus; opened: () => number; follows: () => number } => {
  let opened = 0;
  let follows = 0;
  return {
    opened: () => opened,
    follows: () => follows,
    bus: {
      ...bus,
      openReader: async (handlers) => {
        opened++;
        const reader = await bus.openReader(handlers);
        const follow = reader.follow.bind(reader);
        return Object.assign(reader, {
          follow: (where: typeof at, position: number) => {
            follows++;
            follow(where, position);
          },
        });
      },
    },
  };
};

const prepared = async (bus: Bus, texts: readonly string[]): Promise<void> => {
  await bus.admin.createTopics([{ topic: 'shared', partitions: 1, replicationFactor: 1, config: {} }]);
  const appender = await bus.openAppender(at);
  if (texts.length > 0) await appender.append(texts.map((text) => record(text)));
  await appender.close();
};

const keep = (): {
  batches: Batch[];
  texts: () => string[];
  onBatch: (batch: Batch) => void;
  onError: () => void;
} => {
  const batches: Batch[] = [];
  return {
    batches,
    texts: () => batches.flatMap((batch) => batch.records.map(textOf)),
    onBatch: (batch) => batches.push(batch),
    onError: () => undefined,
  };
};

describe('shared reads keep the contract of the bus', () => {
  busContract(() => Promise.resolve(withSharedReads(openLiveMemoryBus())));
});

describe('shared reads', () => {
  it('readers at one position share one fetch', async () => {
    const plain = openLiveMemoryBus();
    await prepared(plain, ['a', 'b']);
    const counted = counting(plain);
    const bus = withSharedReads(counted.bus);
    const [one, two] = [keep(), keep()];
    (await bus.openReader(one)).follow(at, 0);
    (await bus.openReader(two)).follow(at, 0);
    await eventually('both read', () => one.texts().length === 2 && two.texts().length === 2);
    expect(counted.opened()).to.equal(1);
    expect(counted.follows()).to.equal(1);
    await bus.close();
  });

  it('a reader that is behind reads alone until it has caught up, and loses nothing', async () => {
    const plain = openLiveMemoryBus();
    await prepared(plain, ['a', 'b', 'c']);
    const counted = counting(plain);
    const bus = withSharedReads(counted.bus);
    const [ahead, behind] = [keep(), keep()];
    (await bus.openReader(ahead)).follow(at, 2);
    await eventually('the first is at the end', () => ahead.texts().length === 1);
    (await bus.openReader(behind)).follow(at, 0);
    await eventually('the second has caught up', () => behind.texts().length === 3);
    const appender = await bus.openAppender(at);
    await appender.append([record('d')]);
    await eventually(
      'both see what follows',
      () => ahead.texts().length === 2 && behind.texts().length === 4,
    );
    expect(behind.texts()).to.deep.equal(['a', 'b', 'c', 'd']);
    await bus.close();
  });

  it('law 9: a paused reader stalls nobody, and goes on where it was', async () => {
    const plain = openLiveMemoryBus();
    await prepared(plain, []);
    const bus = withSharedReads(plain);
    const [free, held] = [keep(), keep()];
    const paused = await bus.openReader(held);
    paused.follow(at, 0);
    (await bus.openReader(free)).follow(at, 0);
    await eventually('both began', () => free.batches.length > 0 && held.batches.length > 0);
    paused.pause(at);
    const appender = await bus.openAppender(at);
    for (const text of ['a', 'b', 'c']) await appender.append([record(text)]);
    await eventually('the other goes on', () => free.texts().length === 3);
    expect(held.texts()).to.deep.equal([]);
    paused.resume(at);
    await eventually('and it catches up', () => held.texts().length === 3);
    await appender.append([record('d')]);
    await eventually('both go on', () => free.texts().length === 4 && held.texts().length === 4);
    expect(held.texts()).to.deep.equal(['a', 'b', 'c', 'd']);
    await bus.close();
  });

  it('law 3: a position beyond the end is an error, although the end is not known yet when the reader comes', async () => {
    const bus = withSharedReads(openLiveMemoryBus());
    await prepared(bus, ['a']);
    const first = keep();
    const beyond = keep();
    const errors: string[] = [];
    const [one, other] = await Promise.all([
      bus.openReader(first),
      bus.openReader({ ...beyond, onError: (error) => errors.push(error.code) }),
    ]);
    one.follow(at, 0);
    other.follow(at, 5);
    await eventually('the error', () => errors.length > 0);
    expect([errors, beyond.batches]).to.deep.equal([['OFFSET_OUT_OF_RANGE'], []]);
    await eventually('the record', () => first.texts().length === 1);
    await Promise.all([one.close(), other.close()]);
    await bus.close();
  });
});
