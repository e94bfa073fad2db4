import { createMemoryBus } from '../../src/bus/memory/index.js';
import { createRandom } from '../../src/bus/memory/random.js';
import { openGate, OWNER_LIMITS, silentObserver, startOwners } from '../../src/log/index.js';
import { STORMY } from '../bus/memory/stormy.js';
import { checkCounters } from './support/checks.js';
import { counters, type Fact } from './support/counter-domain.js';
import { plainCodec } from './support/plain-codec.js';
import { replay } from './support/replay.js';
import { violated } from './support/sequential-run.js';
import { runSeeds, seedCount } from './support/seeds.js';

const codec = plainCodec();
const PARTITIONS = 2;

/** Three processes share the partitions of one group, which rebalances all the time. */
const shareOut = async (seed: number): Promise<void> => {
  const faults = { ...STORMY, rebalance: 0.01, expire: 0.01 };
  const bus = createMemoryBus({ seed, faults, latencyMs: [0, 3], lateMs: 150 });
  const random = createRandom(seed + 77);
  const halted: string[] = [];
  for (const topic of ['facts', 'counters'])
    bus.createTopicsNow([{ topic, partitions: PARTITIONS, replicationFactor: 1, config: {} }]);
  const join = async (name: string) => {
    const process = bus.process(name);
    const joining = startOwners({
      owner: 'counters',
      instance: name,
      build: 'test',
      bus: process,
      codec,
      clock: process.clock,
      random: () => random.next(),
      inboxOwned: false,
      partitions: PARTITIONS,
      domain: counters,
      gate: openGate,
      limits: { ...OWNER_LIMITS, maxInputs: 4, graceMs: 20, backoffMs: 10 },
      observer: {
        ...silentObserver,
        status: (_at, status, detail) => {
          if (status === 'halted') halted.push(detail ?? '');
        },
      },
      groupId: 'counters',
      inboxTopic: 'facts',
      logTopic: 'counters',
      sessionTimeoutMs: 300,
    });
    return { process, owners: await bus.run(joining) };
  };
  const members = [await join('a'), await join('b'), await join('c')];
  const publisher = await bus.process('clients').openPublisher();
  const ops = ['add', 'add', 'cite', 'arm', 'poke'] as const;
  const publish = (partition: number, op: Fact['op'], counter: string, n: number): void => {
    const record = { key: null, ...codec.encode('facts', 'Fact', { op, counter, n }) };
    publisher.publish('facts', partition, record).catch(() => undefined);
  };
  for (let step = 0; step < 900; step++) {
    await bus.step();
    if (random.chance(0.04))
      publish(random.below(PARTITIONS), ops[random.below(5)] ?? 'add', `c${random.below(3)}`, step);
    if (!random.chance(0.004)) continue;
    const index = random.below(members.length);
    members[index]?.process.kill();
    members[index] = await join(`again-${step}`);
  }
  bus.calm();
  await bus.advance(1_000);
  for (let p = 0; p < PARTITIONS; p++) publish(p, 'arm', 'c9', 0);
  await bus.advance(3_000);
  if (halted.length > 0) violated('halted', halted);
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const log = bus.recordsOf({ topic: 'counters', partition });
    const inbox = bus.recordsOf({ topic: 'facts', partition });
    checkCounters(inbox, log, codec);
    const fold = replay(counters, codec, log, Infinity, undefined, PARTITIONS);
    if (fold.cause < (inbox.at(-1)?.offset ?? -1))
      violated('not at the end', { partition, cause: fold.cause });
  }
  const owned = members.flatMap(({ owners }) => [...owners.statuses().keys()]).sort();
  if (owned.join() !== '0,1') violated('after the calm every partition has one owner', owned);
  await bus.run(Promise.all(members.map(({ owners }) => owners.stop())));
};

describe('owners in a group that rebalances', function () {
  this.timeout(600_000);

  it('law 2: whoever holds a partition owns its log, and nothing is decided twice', async () => {
    await runSeeds('rebalance', seedCount(80), shareOut);
  });
});
