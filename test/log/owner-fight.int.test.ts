import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { openKafkaBus } from '../../src/bus/kafka/index.js';
import { createRandom } from '../../src/bus/memory/random.js';
import type { Bus, LogRecord } from '../../src/bus/port.js';
import {
  LogFollower,
  NOTHING_ACCEPTED,
  decodeAcceptance,
  encodeAcceptance,
  openFeeds,
} from '../../src/log/index.js';
import { brokersUnderTest } from '../bus/brokers.js';
import { checkCounters } from './support/checks.js';
import { counters, type Fact } from './support/counter-domain.js';
import type { OwnerProcess } from './support/owner-process.js';
import { plainCodec } from './support/plain-codec.js';
import { replay } from './support/replay.js';
import { openSlowProxy, type Fate, type SlowProxy } from './support/slow-proxy.js';

const SCRIPT = fileURLToPath(new URL('./support/owner-process.ts', import.meta.url));
/** Longer by hand: FIGHT_SECONDS=300. */
const SECONDS = Number(process.env['FIGHT_SECONDS'] ?? 14);
const SESSION_MS = 2_000;

interface Owner {
  readonly options: OwnerProcess;
  child: ChildProcess;
}

describe('owners on a real broker', function () {
  this.timeout((SECONDS + 60) * 1000);
  const id = randomUUID().slice(0, 8);
  const [inbox, log] = [`fight-facts-${id}`, `fight-counters-${id}`];
  const codec = plainCodec();
  const random = createRandom(Number(process.env['FIGHT_SEED'] ?? Date.now()));
  const told: Record<string, number> = {};
  const halted: string[] = [];
  let bus: Bus;
  let storm = true;
  const owners: Owner[] = [];
  const proxies: SlowProxy[] = [];

  const fate = (): Fate => {
    const dice = storm ? random.next() : 1;
    if (dice < 0.04) return { kind: 'late', ms: 600 + random.below(1_500) };
    if (dice < 0.07) return { kind: 'unacknowledged' };
    return dice < 0.09 ? { kind: 'lost' } : { kind: 'pass' };
  };

  const spawnOwner = (options: OwnerProcess): ChildProcess => {
    const child = spawn(process.execPath, ['--import', 'tsx', SCRIPT, JSON.stringify(options)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    createInterface({ input: child.stdout }).on('line', (line) => {
      const said = JSON.parse(line) as Record<string, string | undefined>;
      for (const [key, value] of Object.entries(said)) {
        const name = key === 'doubtful' ? key : `${key} ${value ?? ''}`;
        if (key !== 'detail') told[name] = (told[name] ?? 0) + 1;
      }
      if (said['status'] === 'halted') halted.push(`${options.name}: ${said['detail'] ?? ''}`);
    });
    return child;
  };

  before(async () => {
    const brokers = await brokersUnderTest();
    bus = await openKafkaBus({ brokers, clientId: 'fight' });
    await bus.admin.createTopics(
      [inbox, log].map((topic) => ({ topic, partitions: 1, replicationFactor: 1, config: {} })),
    );
    for (const name of ['first', 'second', 'stubborn']) {
      const proxy = await openSlowProxy(brokers[0] ?? '', fate);
      proxies.push(proxy);
      const group = name === 'stubborn' ? {} : { groupId: `fight-${id}` };
      const options: OwnerProcess = { name, brokers: [proxy.address], inbox, log, ...group };
      owners.push({ options, child: spawnOwner(options) });
    }
  });

  after(async () => {
    for (const { child } of owners) child.kill('SIGKILL');
    await Promise.all(proxies.map((proxy) => proxy.close()));
    await bus.admin.deleteTopics([inbox, log]);
    await bus.close();
  });

  const readAll = async (topic: string): Promise<LogRecord[]> => {
    const records: LogRecord[] = [];
    for await (const batch of bus.readRange({ topic, partition: 0 }, 0)) records.push(...batch.records);
    return records;
  };

  /** Kills and stops owners, one trouble after the other. */
  const trouble = async (until: number): Promise<void> => {
    while (Date.now() < until) {
      await wait(700 + random.below(800));
      const owner = owners[random.below(owners.length)];
      if (owner === undefined) return;
      if (random.chance(0.5)) {
        owner.child.kill('SIGKILL');
        owner.child = spawnOwner(owner.options);
      } else {
        owner.child.kill('SIGSTOP');
        await wait(SESSION_MS + 700 + random.below(800));
        owner.child.kill('SIGCONT');
      }
    }
  };

  const publishUntil = async (until: number): Promise<number> => {
    const publisher = await bus.openPublisher();
    const ops = ['add', 'add', 'cite', 'arm', 'poke', 'poke'] as const;
    const publish = (fact: Fact): Promise<{ readonly offset: number }> =>
      publisher.publish(inbox, 0, { key: null, ...codec.encode(inbox, 'Fact', fact) });
    for (let n = 0; Date.now() < until; n++) {
      await publish({ op: ops[random.below(ops.length)] ?? 'add', counter: `c${random.below(3)}`, n });
      await wait(random.below(40));
    }
    // One that always yields an event: when it is decided on, all before it are.
    const { offset } = await publish({ op: 'arm', counter: 'c9', n: 0 });
    await publisher.close();
    return offset;
  };

  /** A component that is restarted again and again from the metadata of its commits. */
  const followWhile = async (going: () => boolean, seen: Map<number, string>): Promise<void> => {
    let place = { position: 0, metadata: encodeAcceptance(NOTHING_ACCEPTED) };
    while (going()) {
      const feeds = await openFeeds(bus);
      const feed = feeds.open({ topic: log, partition: 0 }, place.position, () => undefined);
      const follower = new LogFollower(
        feed,
        decodeAcceptance(place.metadata) ?? NOTHING_ACCEPTED,
        codec,
        () => undefined,
      );
      for (let i = 0; i < 20 && going(); i++) {
        await wait(50);
        for (const { event } of await follower.take(200)) {
          const id = seen.get(event.offset);
          expect(id ?? event.body.meta.eventId).to.equal(event.body.meta.eventId);
          seen.set(event.offset, event.body.meta.eventId);
        }
        const { position, acceptance } = follower.cursor;
        if (i < 15) place = { position, metadata: encodeAcceptance(acceptance) };
      }
      await feeds.close();
    }
  };

  it('laws 2-5: under kill -9, SIGSTOP and delayed requests the log is one sequential run of the inbox', async () => {
    const until = Date.now() + SECONDS * 1000;
    const seen = new Map<number, string>();
    let following = true;
    const follower = followWhile(() => following, seen);
    const [last] = await Promise.all([publishUntil(until), trouble(until)]);
    storm = false;
    for (const { child } of owners) child.kill('SIGCONT');

    const decidedAll = async (): Promise<boolean> => {
      const fold = replay(counters, codec, await readAll(log), Infinity);
      return fold.cause >= last && fold.state.index.due.size === 0;
    };
    const deadline = Date.now() + 25_000;
    while (!(await decidedAll())) {
      expect(halted).to.deep.equal([]);
      expect(Date.now(), `not decided in time; ${JSON.stringify(told)}`).to.be.below(deadline);
      await wait(300);
    }
    for (const { child } of owners) child.kill('SIGKILL');
    await wait(500);

    const records = await readAll(log);
    const { accepted, heard } = checkCounters(await readAll(inbox), records, codec);
    while (Math.max(-1, ...seen.keys()) < (accepted.at(-1)?.offset ?? -1) && Date.now() < deadline)
      await wait(50);
    following = false;
    await follower;
    expect([...seen].sort(([a], [b]) => a - b)).to.deep.equal(
      accepted.map(({ offset, body }) => [offset, body.meta.eventId]),
    );
    expect(halted).to.deep.equal([]);
    const claims = heard.filter(({ name }) => name === 'Claimed').length;
    expect(claims, 'claims accepted').to.be.greaterThan(3);
    const fates = proxies.map(({ counts }) => counts);
    console.log(
      `      ${accepted.length} events of ${last + 1} inputs under ${claims} claims; ${records.length - heard.length} records void; ${JSON.stringify({ told, fates })}`,
    );
  });
});
