/** What holds for every bus: run on the memory adapter and on the real broker. */
import { expect } from 'chai';
import { randomUUID } from 'node:crypto';
import {
  BusError,
  type Batch,
  type Bus,
  type Group,
  type GroupOptions,
  type LogRecord,
  type OutgoingRecord,
  type TopicPartition,
} from '../../src/bus/index.js';

export const record = (text: string, key?: string): OutgoingRecord => ({
  key: key === undefined ? null : Buffer.from(key),
  value: Buffer.from(text),
});

export const textOf = (one: LogRecord): string => one.value?.toString() ?? '';

/** Waits until `check` is true; fails with what it waited for. No figure of the wall clock is asserted. */
export const eventually = async (what: string, check: () => boolean, withinMs = 20_000): Promise<void> => {
  const giveUpAt = Date.now() + withinMs;
  while (!check()) {
    if (Date.now() > giveUpAt) throw new Error(`waited ${withinMs} ms in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};

export const rejectionOf = async (promise: Promise<unknown>): Promise<BusError> => {
  try {
    await promise;
  } catch (error) {
    expect(error).to.be.instanceOf(BusError);
    return error as BusError;
  }
  throw new Error('expected a rejection, found none');
};

export interface Followed {
  readonly batches: Batch[];
  readonly errors: { readonly error: BusError; readonly at: TopicPartition }[];
  readonly texts: () => string[];
}

/** A reader's handlers that keep what they get. */
export const keeping = (): Followed & {
  onBatch(batch: Batch): void;
  onError(error: BusError, at: TopicPartition): void;
} => {
  const batches: Batch[] = [];
  const errors: Followed['errors'] = [];
  return {
    batches,
    errors,
    texts: () => batches.flatMap((batch) => batch.records.map(textOf)),
    onBatch: (batch) => void batches.push(batch),
    onError: (error, at) => void errors.push({ error, at }),
  };
};

export interface Member {
  readonly notices: string[];
  readonly group: Group;
  owns(): string;
}

const namesOf = (partitions: readonly TopicPartition[]): string =>
  partitions
    .map(({ topic, partition }) => `${topic.slice(0, 1)}${partition}`)
    .sort()
    .join(' ');

export const joining = async (
  bus: Bus,
  options: Pick<GroupOptions, 'groupId' | 'topics'> & Partial<GroupOptions>,
): Promise<Member> => {
  const notices: string[] = [];
  const group = await bus.joinGroup({
    onAssigned: (partitions) => void notices.push(`assigned ${namesOf(partitions)}`),
    onRevoked: () => void notices.push('revoked'),
    onError: (error, fatal) => void notices.push(`error ${error.code} ${fatal}`),
    ...options,
  });
  return { notices, group, owns: () => namesOf(group.assigned) };
};

export const busContract = (openBus: () => Promise<Bus>): void => {
  let bus: Bus;
  const topicOf = async (
    prefix: string,
    partitions = 1,
    config: Record<string, string> = {},
  ): Promise<string> => {
    const topic = `${prefix}-${randomUUID()}`;
    await bus.admin.createTopics([{ topic, partitions, replicationFactor: 1, config }]);
    return topic;
  };
  const appended = async (at: TopicPartition, ...texts: string[]): Promise<number> => {
    const appender = await bus.openAppender(at);
    const outcome = await appender.append(texts.map((text) => record(text)));
    await appender.close();
    if (outcome.kind !== 'appended') throw outcome.error;
    return outcome.baseOffset;
  };
  const rangeOf = async (at: TopicPartition, from: number, to?: number): Promise<LogRecord[]> => {
    const records: LogRecord[] = [];
    for await (const batch of bus.readRange(at, from, to)) records.push(...batch.records);
    return records;
  };

  before(async () => {
    bus = await openBus();
  });
  after(() => bus.close());

  describe('append', () => {
    it('answers with the base offset, and the records stand there contiguously', async () => {
      const at = { topic: await topicOf('append'), partition: 0 };
      expect(await appended(at, 'a', 'b')).to.equal(0);
      expect(await appended(at, 'c')).to.equal(2);
      const records = await rangeOf(at, 0);
      expect(records.map((one) => [one.offset, textOf(one)])).to.deep.equal([
        [0, 'a'],
        [1, 'b'],
        [2, 'c'],
      ]);
    });

    it('keeps keys, tombstones, headers and time', async () => {
      const at = { topic: await topicOf('append'), partition: 0 };
      const appender = await bus.openAppender(at);
      const headers = { schema: Buffer.from([0, 255]), empty: Buffer.alloc(0) };
      await appender.append([
        { key: Buffer.from('k'), value: null, headers },
        { key: null, value: Buffer.alloc(0) },
      ]);
      const [first, second] = await rangeOf(at, 0);
      expect(first?.key?.toString()).to.equal('k');
      expect(first?.value).to.equal(null);
      expect(first?.headers['schema']).to.deep.equal(Buffer.from([0, 255]));
      expect(first?.headers['empty']?.length).to.equal(0);
      expect(first?.timestamp).to.be.greaterThan(1_600_000_000_000);
      expect(second?.key).to.equal(null);
      expect(second?.value?.length).to.equal(0);
    });

    it('law 4: what is too large is refused, definitely, and the appender goes on', async () => {
      const at = { topic: await topicOf('append', 1, { 'max.message.bytes': '10000' }), partition: 0 };
      const appender = await bus.openAppender(at);
      const outcome = await appender.append([{ key: null, value: Buffer.alloc(20_000, 1) }]);
      expect(outcome.kind).to.equal('refused');
      expect(outcome.kind === 'refused' && outcome.error.code).to.equal('TOO_LARGE');
      expect(await appender.append([record('small')])).to.deep.equal({ kind: 'appended', baseOffset: 0 });
    });

    it('law 4: one request in flight; a second is refused, not queued', async () => {
      const at = { topic: await topicOf('append'), partition: 0 };
      const appender = await bus.openAppender(at);
      const [first, second] = await Promise.all([
        appender.append([record('a')]),
        appender.append([record('b')]),
      ]);
      expect(first.kind).to.equal('appended');
      expect(second.kind).to.equal('refused');
    });

    it('an appender for what is not there is refused with UNKNOWN_TOPIC', async () => {
      expect(
        (await rejectionOf(bus.openAppender({ topic: `none-${randomUUID()}`, partition: 0 }))).code,
      ).to.equal('UNKNOWN_TOPIC');
      const topic = await topicOf('append');
      expect((await rejectionOf(bus.openAppender({ topic, partition: 7 }))).code).to.equal('UNKNOWN_TOPIC');
    });

    it('a closed appender refuses', async () => {
      const appender = await bus.openAppender({ topic: await topicOf('append'), partition: 0 });
      await appender.close();
      expect((await appender.append([record('a')])).kind).to.equal('refused');
    });
  });

  describe('readRange', () => {
    it('reads [from, to) and ends at the position', async () => {
      const at = { topic: await topicOf('range'), partition: 0 };
      await appended(at, ...Array.from({ length: 10 }, (_, n) => `r${n}`));
      expect((await rangeOf(at, 3, 6)).map(textOf)).to.deep.equal(['r3', 'r4', 'r5']);
      expect((await rangeOf(at, 7)).map(textOf)).to.deep.equal(['r7', 'r8', 'r9']);
      expect(await rangeOf(at, 10)).to.deep.equal([]);
      expect(await rangeOf(at, 4, 4)).to.deep.equal([]);
    });

    it('law 3: a position beyond the end is an error, never a jump', async () => {
      const at = { topic: await topicOf('range'), partition: 0 };
      await appended(at, 'only');
      expect((await rejectionOf(rangeOf(at, 5))).code).to.equal('OFFSET_OUT_OF_RANGE');
    });

    it('an unknown topic is an error', async () => {
      expect((await rejectionOf(rangeOf({ topic: `none-${randomUUID()}`, partition: 0 }, 0))).code).to.equal(
        'UNKNOWN_TOPIC',
      );
    });
  });

  describe('reader', () => {
    it('delivers once after follow, even if there is nothing', async () => {
      const at = { topic: await topicOf('reader'), partition: 0 };
      const seen = keeping();
      const reader = await bus.openReader(seen);
      reader.follow(at, 0);
      await eventually('the first batch', () => seen.batches.length > 0);
      expect(seen.batches[0]).to.deep.include({ ...at, position: 0, end: 0, records: [] });
      await reader.close();
    });

    it('follows to the end as a position, and on', async () => {
      const at = { topic: await topicOf('reader'), partition: 0 };
      await appended(at, 'a', 'b', 'c');
      const seen = keeping();
      const reader = await bus.openReader(seen);
      reader.follow(at, 1);
      await eventually('the end', () =>
        seen.batches.some((batch) => batch.position === batch.end && batch.end === 3),
      );
      expect(seen.texts()).to.deep.equal(['b', 'c']);
      await appended(at, 'd');
      await eventually('the next record', () => seen.texts().includes('d'));
      expect(seen.texts()).to.deep.equal(['b', 'c', 'd']);
      await reader.close();
    });

    it('reads many partitions, each in order', async () => {
      const topic = await topicOf('reader', 3);
      for (const partition of [0, 1, 2])
        await appended({ topic, partition }, `${partition}a`, `${partition}b`);
      const seen = keeping();
      const reader = await bus.openReader(seen);
      for (const partition of [0, 1, 2]) reader.follow({ topic, partition }, 0);
      await eventually('all records', () => seen.texts().length === 6);
      for (const partition of [0, 1, 2]) {
        const texts = seen.batches
          .filter((batch) => batch.partition === partition)
          .flatMap((batch) => batch.records.map(textOf));
        expect(texts).to.deep.equal([`${partition}a`, `${partition}b`]);
      }
      await reader.close();
    });

    it('law 9: a paused partition delivers nothing, another goes on, and nothing is lost', async () => {
      const topic = await topicOf('reader', 2);
      const slow = { topic, partition: 0 };
      const quick = { topic, partition: 1 };
      const seen = keeping();
      const reader = await bus.openReader(seen);
      reader.follow(slow, 0);
      reader.follow(quick, 0);
      await eventually('both', () => seen.batches.length >= 2);
      reader.pause(slow);
      await appended(slow, 's1', 's2');
      await appended(quick, 'q1');
      await eventually('the quick one', () => seen.texts().includes('q1'));
      await appended(quick, 'q2');
      await eventually('the quick one again', () => seen.texts().includes('q2'));
      expect(seen.texts()).to.deep.equal(['q1', 'q2']);
      reader.resume(slow);
      await eventually('the slow one', () => seen.texts().length === 4);
      expect(seen.texts()).to.deep.equal(['q1', 'q2', 's1', 's2']);
      await reader.close();
    });

    it('law 3: a position out of range ends that partition only', async () => {
      const topic = await topicOf('reader', 2);
      await appended({ topic, partition: 1 }, 'x');
      const seen = keeping();
      const reader = await bus.openReader(seen);
      reader.follow({ topic, partition: 0 }, 99);
      reader.follow({ topic, partition: 1 }, 0);
      await eventually(
        'the error and the other partition',
        () => seen.errors.length === 1 && seen.texts().length === 1,
      );
      expect(seen.errors[0]?.error.code).to.equal('OFFSET_OUT_OF_RANGE');
      expect(seen.errors[0]?.at).to.deep.equal({ topic, partition: 0 });
      await reader.close();
    });

    it('an unfollowed partition is silent; followed anew it begins where asked', async () => {
      const at = { topic: await topicOf('reader'), partition: 0 };
      const seen = keeping();
      const reader = await bus.openReader(seen);
      reader.follow(at, 0);
      await eventually('the first batch', () => seen.batches.length > 0);
      reader.unfollow(at);
      await appended(at, 'a', 'b');
      reader.follow(at, 1);
      await eventually('b', () => seen.texts().includes('b'));
      expect(seen.texts()).to.deep.equal(['b']);
      await reader.close();
    });
  });

  describe('publisher', () => {
    it('keeps the order of each partition and answers with offsets', async () => {
      const topic = await topicOf('publish', 2);
      const publisher = await bus.openPublisher();
      const sent = await Promise.all(
        Array.from({ length: 200 }, (_, n) => publisher.publish(topic, n % 2, record(`p${n}`))),
      );
      await publisher.flush();
      expect(publisher.queued).to.equal(0);
      for (const partition of [0, 1]) {
        const records = await rangeOf({ topic, partition }, 0);
        expect(records.map(textOf)).to.deep.equal(
          Array.from({ length: 100 }, (_, n) => `p${2 * n + partition}`),
        );
        records.forEach((one, n) => expect(sent[2 * n + partition]?.offset).to.equal(one.offset));
      }
      await publisher.close();
    });

    it('law 13: is bounded, over the bound QUEUE_FULL', async () => {
      const topic = await topicOf('publish');
      const publisher = await bus.openPublisher({ maxQueued: 3 });
      const sent = [1, 2, 3].map((n) => publisher.publish(topic, 0, record(`p${n}`)));
      expect((await rejectionOf(publisher.publish(topic, 0, record('one too many')))).code).to.equal(
        'QUEUE_FULL',
      );
      await Promise.all(sent);
      await publisher.publish(topic, 0, record('again'));
      await publisher.close();
    });

    it('law 13: is bounded in bytes, over the bound QUEUE_FULL', async () => {
      const topic = await topicOf('publish', 2);
      const publisher = await bus.openPublisher({ maxQueuedBytes: 2000 });
      const large = { key: null, value: Buffer.alloc(1500, 7) };
      const sent = [publisher.publish(topic, 0, large), publisher.publish(topic, 1, large)];
      const { code, message } = await rejectionOf(publisher.publish(topic, 0, record('one too many')));
      expect(code).to.equal('QUEUE_FULL');
      expect(message).to.match(/\d+ bytes are waiting, at most 2000/u);
      await Promise.all(sent);
      await publisher.publish(topic, 0, record('again'));
      await publisher.close();
    });

    it('a record that is too large is rejected, its neighbours are not', async () => {
      const topic = await topicOf('publish', 1, { 'max.message.bytes': '10000' });
      const publisher = await bus.openPublisher();
      const before = publisher.publish(topic, 0, record('before'));
      const large = rejectionOf(publisher.publish(topic, 0, { key: null, value: Buffer.alloc(20_000, 7) }));
      const after = publisher.publish(topic, 0, record('after'));
      expect((await large).code).to.equal('TOO_LARGE');
      await Promise.all([before, after]);
      expect((await rangeOf({ topic, partition: 0 }, 0)).map(textOf)).to.deep.equal(['before', 'after']);
      await publisher.close();
    });

    it('close waits for what is queued, then refuses', async () => {
      const topic = await topicOf('publish');
      const publisher = await bus.openPublisher();
      const sent = publisher.publish(topic, 0, record('last'));
      await publisher.close();
      expect(await sent).to.deep.equal({ offset: 0 });
      expect((await rejectionOf(publisher.publish(topic, 0, record('late')))).code).to.equal('CLOSED');
    });
  });

  describe('groups', () => {
    const groupOf = (): string => `group-${randomUUID()}`;

    it('assigns everything to a single member, after joinGroup has resolved', async () => {
      const topic = await topicOf('a', 3);
      const one = await joining(bus, { groupId: groupOf(), topics: [topic] });
      expect(one.notices).to.deep.equal([]);
      await eventually('an assignment', () => one.owns() === 'a0 a1 a2');
      await one.group.confirm();
      expect(one.group.lastHeartbeatAt).to.be.greaterThan(0);
      await one.group.leave();
    });

    it('co-partitions: partition p of every topic at the same member, and gives notice of every change', async () => {
      const topics = [await topicOf('a', 4), await topicOf('b', 4)];
      const groupId = groupOf();
      const one = await joining(bus, { groupId, topics });
      await eventually('the first assignment', () => one.owns() === 'a0 a1 a2 a3 b0 b1 b2 b3');
      const two = await joining(bus, { groupId, topics });
      const halves = ['a0 a2 b0 b2', 'a1 a3 b1 b3'];
      await eventually(
        'halves',
        () => halves.includes(one.owns()) && halves.includes(two.owns()) && one.owns() !== two.owns(),
      );
      expect(one.notices.slice(0, 2)).to.deep.equal(['assigned a0 a1 a2 a3 b0 b1 b2 b3', 'revoked']);
      expect(one.group.generation).to.equal(two.group.generation);
      await two.group.leave();
      await eventually('everything again', () => one.owns() === 'a0 a1 a2 a3 b0 b1 b2 b3');
      await one.group.leave();
    });

    it('law 3: commits carry (claim, seq) as metadata', async () => {
      const topic = await topicOf('a', 2);
      const groupId = groupOf();
      const one = await joining(bus, { groupId, topics: [topic] });
      await eventually('an assignment', () => one.owns() === 'a0 a1');
      await one.group.commit([{ topic, partition: 1, offset: 42, metadata: '{"claim":7,"seq":3}' }]);
      expect(await bus.admin.committed(groupId, topic)).to.deep.equal([
        undefined,
        { topic, partition: 1, offset: 42, metadata: '{"claim":7,"seq":3}' },
      ]);
      expect(
        (
          await rejectionOf(
            one.group.commit([{ topic, partition: 0, offset: 1, metadata: 'x'.repeat(1_025) }]),
          )
        ).code,
      ).to.equal('TOO_LARGE');
      await one.group.leave();
    });

    it('after leave: NOT_A_MEMBER, nothing owned, no further notice', async () => {
      const topic = await topicOf('a');
      const one = await joining(bus, { groupId: groupOf(), topics: [topic] });
      await eventually('an assignment', () => one.owns() === 'a0');
      const notices = one.notices.length;
      await one.group.leave();
      expect(one.owns()).to.equal('');
      expect(
        (await rejectionOf(one.group.commit([{ topic, partition: 0, offset: 0, metadata: '' }]))).code,
      ).to.equal('NOT_A_MEMBER');
      expect((await rejectionOf(one.group.confirm())).code).to.equal('NOT_A_MEMBER');
      expect(one.notices.length).to.equal(notices);
    });

    it('a group on an unknown topic is refused', async () => {
      expect(
        (await rejectionOf(joining(bus, { groupId: groupOf(), topics: [`none-${randomUUID()}`] }))).code,
      ).to.equal('UNKNOWN_TOPIC');
    });
  });

  describe('admin', () => {
    it('makes what is missing, leaves what exists, describes, alters without resetting the rest, deletes', async () => {
      const topic = await topicOf('admin', 2, { 'retention.ms': '-1' });
      const other = `admin-${randomUUID()}`;
      await bus.admin.createTopics([
        { topic, partitions: 9, replicationFactor: 1, config: {} },
        { topic: other, partitions: 1, replicationFactor: 1, config: {} },
      ]);
      const first = await bus.admin.describeTopic(topic);
      expect(first.partitions).to.equal(2);
      expect(first.replicationFactor).to.equal(1);
      expect(first.config['retention.ms']).to.equal('-1');
      expect(first.config['cleanup.policy']).to.equal('delete');
      await bus.admin.alterConfig(topic, { 'compression.type': 'gzip' });
      const second = await bus.admin.describeTopic(topic);
      expect(second.config['compression.type']).to.equal('gzip');
      expect(second.config['retention.ms']).to.equal('-1');
      expect(await bus.admin.listTopics()).to.include.members([topic, other]);
      await bus.admin.addPartitions(topic, 3);
      expect((await bus.admin.describeTopic(topic)).partitions).to.equal(3);
      await bus.admin.deleteTopics([other]);
      expect((await bus.admin.cluster()).brokers).to.have.length.greaterThan(0);
    });

    it('a topic that is deleted and made again has another id', async () => {
      const topic = await topicOf('admin');
      const { topicId } = await bus.admin.describeTopic(topic);
      expect(topicId).to.be.a('string');
      await bus.admin.deleteTopics([topic]);
      expect((await rejectionOf(bus.admin.describeTopic(topic))).code).to.equal('UNKNOWN_TOPIC');
      await bus.admin.createTopics([{ topic, partitions: 1, replicationFactor: 1, config: {} }]);
      expect((await bus.admin.describeTopic(topic)).topicId)
        .to.be.a('string')
        .and.not.equal(topicId);
    });

    it('tells begin and end as positions', async () => {
      const topic = await topicOf('admin', 2);
      await appended({ topic, partition: 1 }, 'a', 'b');
      expect(await bus.admin.endOffsets(topic)).to.deep.equal([0, 2]);
      expect(await bus.admin.beginOffsets(topic)).to.deep.equal([0, 0]);
      expect((await rejectionOf(bus.admin.endOffsets(`none-${randomUUID()}`))).code).to.equal(
        'UNKNOWN_TOPIC',
      );
    });
  });
};
