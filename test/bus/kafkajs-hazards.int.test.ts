/** One test for each known hazard of kafkajs 2.2.4, named after it. */
import { expect } from 'chai';
import kafkajs from 'kafkajs';
import { randomUUID } from 'node:crypto';
import {
  openKafkaBus,
  type Bus,
  type KafkaBusOptions,
  type LogRecord,
  type TopicPartition,
} from '../../src/bus/index.js';
import { brokersUnderTest } from './brokers.js';
import { eventually, joining, keeping, record, textOf } from './contract.js';
import { openTcpProxy, PRODUCE, type TcpProxy } from './tcp-proxy.js';

describe('kafkajs 2.2.4 hazards', function () {
  this.timeout(60_000);
  let brokers: string[];
  let bus: Bus;
  const endings: (() => Promise<void>)[] = [];

  before(async () => {
    brokers = await brokersUnderTest();
    bus = await openKafkaBus({ brokers, clientId: 'hazards' });
  });
  afterEach(async () => {
    for (const end of endings.splice(0).reverse()) await end();
  });
  after(() => bus.close());

  const topicOf = async (partitions = 1, config: Record<string, string> = {}): Promise<string> => {
    const topic = `hazard-${randomUUID()}`;
    await bus.admin.createTopics([{ topic, partitions, replicationFactor: 1, config }]);
    return topic;
  };
  const appended = async (at: TopicPartition, ...texts: string[]): Promise<void> => {
    const appender = await bus.openAppender(at);
    const outcome = await appender.append(texts.map((text) => record(text)));
    await appender.close();
    if (outcome.kind !== 'appended') throw outcome.error;
  };
  const allOf = async (at: TopicPartition): Promise<LogRecord[]> => {
    const records: LogRecord[] = [];
    for await (const batch of bus.readRange(at, 0)) records.push(...batch.records);
    return records;
  };
  const behindProxy = async (
    options: Partial<KafkaBusOptions> = {},
  ): Promise<{ proxy: TcpProxy; bus: Bus }> => {
    const [first] = (await bus.admin.cluster()).brokers;
    if (first === undefined) throw new Error('the cluster names no broker');
    const proxy = await openTcpProxy(first);
    const through = await openKafkaBus({
      brokers: [proxy.address],
      clientId: 'proxied',
      requestTimeoutMs: 1_000,
      ...options,
    });
    endings.push(
      () => proxy.close(),
      () => through.close(),
    );
    return { proxy, bus: through };
  };
  const kafkaOf = (): InstanceType<typeof kafkajs.Kafka> =>
    new kafkajs.Kafka({ brokers, clientId: 'foreign', logLevel: kafkajs.logLevel.NOTHING });

  it('no assign(): a reader follows any partition from any position, without a group', async () => {
    expect(kafkaOf().consumer({ groupId: 'unused' })).not.to.have.property('assign');
    const topic = await topicOf(2);
    await appended({ topic, partition: 1 }, 'a', 'b', 'c');
    const seen = keeping();
    const reader = await bus.openReader(seen);
    reader.follow({ topic, partition: 1 }, 2);
    await eventually('the record', () => seen.texts().length > 0);
    expect(seen.texts()).to.deep.equal(['c']);
    await reader.close();
  });

  it('fetcher deadlock: work that waits for another record of the same reader gets it', async () => {
    const topic = await topicOf(2);
    const seen = keeping();
    const work: Promise<void>[] = [];
    const reader = await bus.openReader({
      ...seen,
      onBatch: (batch) => {
        seen.onBatch(batch);
        if (batch.records.some((one) => textOf(one) === 'question')) {
          work.push(
            appended({ topic, partition: 1 }, 'answer').then(() =>
              eventually('the answer', () => seen.texts().includes('answer')),
            ),
          );
        }
      },
    });
    reader.follow({ topic, partition: 0 }, 0);
    reader.follow({ topic, partition: 1 }, 0);
    await appended({ topic, partition: 0 }, 'question');
    await eventually('the question', () => work.length === 1);
    await Promise.all(work);
    await reader.close();
  });

  it('one slow partition stalls the rest: a paused backlog of 5 MiB does not', async () => {
    const topic = await topicOf(2);
    const slow = { topic, partition: 0 };
    for (let n = 0; n < 8; n++) await appended(slow, 'x'.repeat(640 * 1024));
    const seen = keeping();
    const reader = await bus.openReader(seen);
    reader.follow(slow, 0);
    reader.pause(slow);
    reader.follow({ topic, partition: 1 }, 0);
    for (let n = 0; n < 5; n++) await appended({ topic, partition: 1 }, `quick ${n}`);
    await eventually('the quick partition', () => seen.texts().length === 5);
    reader.resume(slow);
    await eventually('the slow partition', () => seen.texts().length === 13);
    await reader.close();
  });

  it('five internal retries: an append whose answer is lost is doubtful and reached the broker once', async () => {
    const at = { topic: await topicOf(), partition: 0 };
    const { proxy, bus: through } = await behindProxy({ requestTimeoutMs: 300 });
    const appender = await through.openAppender(at);
    proxy.swallow(true);
    const outcome = await appender.append([record('once')]);
    proxy.swallow(false);
    expect(outcome.kind).to.equal('doubtful');
    expect(outcome.kind === 'doubtful' && outcome.error.code).to.equal('TIMEOUT');
    expect((await appender.append([record('never')])).kind, 'the appender is spoilt').to.equal('refused');
    await appender.close();
    expect(proxy.requests(PRODUCE)).to.equal(1);
    expect((await allOf(at)).map(textOf)).to.deep.equal(['once']);
  });

  it('five internal retries: an append whose connection breaks is doubtful and not sent again', async () => {
    const at = { topic: await topicOf(), partition: 0 };
    const { proxy, bus: through } = await behindProxy();
    const appender = await through.openAppender(at);
    proxy.swallow(true);
    const pending = appender.append([record('once')]);
    await eventually('the request', () => proxy.requests(PRODUCE) === 1);
    proxy.cut();
    expect((await pending).kind).to.equal('doubtful');
    expect(proxy.requests(PRODUCE)).to.equal(1);
  });

  it('five internal retries: closing an appender leaves what is in flight in doubt, at once', async () => {
    const at = { topic: await topicOf(), partition: 0 };
    const { proxy, bus: through } = await behindProxy({ requestTimeoutMs: 60_000 });
    const appender = await through.openAppender(at);
    proxy.swallow(true);
    const pending = appender.append([record('once')]);
    await eventually('the request', () => proxy.requests(PRODUCE) === 1);
    await appender.close();
    expect((await pending).kind).to.equal('doubtful');
  });

  it('silent stalls: a publisher sends again on a new connection, in order', async () => {
    const topic = await topicOf();
    const { proxy, bus: through } = await behindProxy({ requestTimeoutMs: 300 });
    const publisher = await through.openPublisher();
    await publisher.publish(topic, 0, record('p0'));
    proxy.swallow(true);
    const sent = ['p1', 'p2', 'p3'].map((text) => publisher.publish(topic, 0, record(text)));
    await eventually('a second attempt', () => proxy.requests(PRODUCE) >= 3);
    proxy.swallow(false);
    proxy.cut();
    await Promise.all(sent);
    await publisher.publish(topic, 0, record('p4'));
    const firsts = [...new Set((await allOf({ topic, partition: 0 })).map(textOf))];
    expect(firsts).to.deep.equal(['p0', 'p1', 'p2', 'p3', 'p4']);
    await publisher.close();
  });

  it('silent stalls: a publisher gives up after the delivery time-out', async () => {
    const topic = await topicOf();
    const { proxy, bus: through } = await behindProxy({ requestTimeoutMs: 300 });
    const publisher = await through.openPublisher({ deliveryTimeoutMs: 800 });
    await publisher.publish(topic, 0, record('p0'));
    proxy.swallow(true);
    const error = await publisher.publish(topic, 0, record('p1')).then(
      () => undefined,
      (caught: unknown) => caught,
    );
    expect(error).to.have.property('code', 'DELIVERY_TIMEOUT');
    expect(publisher.queued).to.equal(0);
  });

  it('silent stalls: a reader whose connection falls silent or breaks goes on where it was', async () => {
    const at = { topic: await topicOf(), partition: 0 };
    const { proxy, bus: through } = await behindProxy();
    const seen = keeping();
    const reader = await through.openReader(seen);
    reader.follow(at, 0);
    await appended(at, 'before');
    await eventually('the first record', () => seen.texts().length === 1);
    proxy.swallow(true);
    await appended(at, 'silent');
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    proxy.swallow(false);
    await eventually('the second record', () => seen.texts().length === 2);
    proxy.cut();
    await appended(at, 'after');
    await eventually('the third record', () => seen.texts().length === 3);
    expect(seen.texts()).to.deep.equal(['before', 'silent', 'after']);
    expect(seen.errors).to.deep.equal([]);
  });

  it('silent stalls: a range is read on a new connection, whether or not the leader is known', async () => {
    const [known, unknown] = [await topicOf(), await topicOf()];
    for (const topic of [known, unknown]) await appended({ topic, partition: 0 }, 'a', 'b');
    const { proxy, bus: through } = await behindProxy({ requestTimeoutMs: 500 });
    const read = async (topic: string): Promise<number> => {
      let count = 0;
      for await (const { records } of through.readRange({ topic, partition: 0 }, 0)) count += records.length;
      return count;
    };
    expect(await read(known)).to.equal(2);
    proxy.silence();
    const begun = Date.now();
    expect(await read(known), 'its leader is known, its end is not').to.equal(2);
    proxy.silence();
    expect(await read(unknown), 'its leader has to be asked for').to.equal(2);
    expect(Date.now() - begun, 'not the bound of all attempts').to.be.lessThan(30_000);
  });

  it('silent stalls: a reader that must ask for a leader asks on a new connection', async () => {
    const [first, second] = [await topicOf(), await topicOf()];
    for (const topic of [first, second]) await appended({ topic, partition: 0 }, topic);
    const { proxy, bus: through } = await behindProxy({ requestTimeoutMs: 500 });
    const seen = keeping();
    const reader = await through.openReader(seen);
    reader.follow({ topic: first, partition: 0 }, 0);
    await eventually('the first topic', () => seen.texts().includes(first));
    reader.unfollow({ topic: first, partition: 0 });
    proxy.silence();
    reader.follow({ topic: second, partition: 0 }, 0);
    await eventually('the second topic', () => seen.texts().includes(second));
    expect(seen.errors).to.deep.equal([]);
    await reader.close();
  });

  it('silent stalls: a group whose coordinator falls silent is revoked, rebuilds itself and is assigned again', async () => {
    const topic = await topicOf(2);
    const { proxy, bus: through } = await behindProxy();
    const one = await joining(through, {
      groupId: `group-${randomUUID()}`,
      topics: [topic],
      sessionTimeoutMs: 2_000,
    });
    await eventually('an assignment', () => one.owns() === 'h0 h1');
    proxy.swallow(true);
    await eventually('the loss of membership', () => one.notices.includes('revoked'));
    expect(one.owns()).to.equal('');
    proxy.swallow(false);
    await eventually('an assignment', () => one.owns() === 'h0 h1');
    await one.group.confirm();
    await one.group.leave();
  });

  it('eager RoundRobin ignores subscriptions: members with different topics get only their own', async () => {
    const topics = [await topicOf(2), await topicOf(2)] as const;
    const groupId = `group-${randomUUID()}`;
    const one = await joining(bus, { groupId, topics: [topics[0]] });
    const two = await joining(bus, { groupId, topics: [topics[1]] });
    const owned = (member: typeof one): string[] => [
      ...new Set(member.group.assigned.map(({ topic }) => topic)),
    ];
    await eventually(
      'both assigned',
      () => one.group.assigned.length === 2 && two.group.assigned.length === 2,
    );
    expect(owned(one)).to.deep.equal([topics[0]]);
    expect(owned(two)).to.deep.equal([topics[1]]);
    await Promise.all([one.group.leave(), two.group.leave()]);
  });

  for (const codec of ['lz4', 'snappy', 'zstd']) {
    it(`unknown codec: ${codec} ends its partition with UNSUPPORTED_CODEC, the others go on`, async () => {
      const odd = { topic: await topicOf(1, { 'compression.type': codec }), partition: 0 };
      const plain = { topic: await topicOf(1, { 'compression.type': 'gzip' }), partition: 0 };
      await appended(odd, 'unreadable '.repeat(50));
      await appended(plain, 'one '.repeat(50));
      const seen = keeping();
      const reader = await bus.openReader(seen);
      reader.follow(odd, 0);
      reader.follow(plain, 0);
      await eventually(
        'the error and the record',
        () => seen.errors.length === 1 && seen.texts().length === 1,
      );
      expect(seen.errors[0]?.error.code).to.equal('UNSUPPORTED_CODEC');
      expect(seen.errors[0]?.error.message).to.include(codec);
      expect(seen.errors[0]?.at).to.deep.equal(odd);
      await appended(plain, 'two');
      await eventually('the next record', () => seen.texts().length === 2);
      await reader.close();
    });
  }

  it('the end is a position: a control record at the tail is moved over, aborted records are not delivered', async () => {
    const at = { topic: await topicOf(), partition: 0 };
    const producer = kafkaOf().producer({
      transactionalId: `tx-${randomUUID()}`,
      maxInFlightRequests: 1,
      idempotent: true,
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    });
    await producer.connect();
    const send = async (text: string, commit: boolean): Promise<void> => {
      const transaction = await producer.transaction();
      await transaction.send({ topic: at.topic, messages: [{ partition: 0, value: text }] });
      await (commit ? transaction.commit() : transaction.abort());
    };
    const seen = keeping();
    const reader = await bus.openReader(seen);
    reader.follow(at, 0);
    await send('kept', true);
    await send('aborted', false);
    await send('kept too', true);
    await producer.disconnect();
    await eventually('the end', () => seen.batches.some((batch) => batch.end === 6 && batch.position === 6));
    expect(seen.texts()).to.deep.equal(['kept', 'kept too']);
    expect(await bus.admin.endOffsets(at.topic)).to.deep.equal([6]);
    const ranges: number[] = [];
    for await (const batch of bus.readRange(at, 0)) ranges.push(batch.position);
    expect(ranges.at(-1)).to.equal(6);
    const positions: number[] = [];
    for await (const batch of bus.readRange(at, 5)) positions.push(batch.position);
    expect(positions, 'only a control record').to.deep.equal([6]);
    await reader.close();
  });
});
