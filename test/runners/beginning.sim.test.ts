import { expect } from 'chai';
import { createMemoryBus } from '../../src/bus/index.js';
import { TOPICS } from '../../src/events/topics.js';
import type { Manifest } from '../../src/log/checkpoint-form.js';
import { NOTHING_ACCEPTED } from '../../src/log/index.js';
import { beginnings } from '../../src/runners/beginning.js';
import { dispatcherOn, PARTITIONS, testCodec } from './support/assignments.js';

const HASH = 'a'.repeat(64);

describe('where a worker begins to read', () => {
  it('law 3: at the newest checkpoint of the owner with its (claim, seq), at 0 without one that fits', async () => {
    const bus = createMemoryBus({ seed: 3 });
    const codec = await testCodec();
    const dispatcher = await bus.run(dispatcherOn(bus, codec, () => bus.clock.now()));
    await bus.run(
      bus.admin.createTopics([
        { topic: TOPICS.checkpoints, partitions: 1, replicationFactor: 1, config: {} },
      ]),
    );
    for (let n = 0; n < 20; n++) await bus.run(dispatcher.offer(`T-${n}`, n, 'w'));
    const { topicId } = await bus.run(bus.admin.describeTopic(TOPICS.assignments));
    const publisher = await bus.run(bus.openPublisher());
    const put = (partition: number, position: number, changes: object = {}): Promise<unknown> => {
      const manifest: Manifest = {
        position,
        claim: 0,
        seq: position - 1,
        cause: 0,
        foldVersion: 1,
        lastHash: HASH,
        chunks: [HASH],
        indexChunks: 1,
        logTopicId: topicId,
        inboxTopicId: null,
        ...changes,
      };
      const key = Buffer.from(`${TOPICS.assignments}/${partition}/${position}/manifest`);
      return bus.run(
        publisher.publish(TOPICS.checkpoints, 0, { key, value: Buffer.from(JSON.stringify(manifest)) }),
      );
    };
    await put(0, 3);
    await put(0, 5);
    await put(0, 4, { claim: 'x' });
    await put(1, 3, { logTopicId: 'another' });
    await put(1, 9999);
    const zero = { position: 0, acceptance: NOTHING_ACCEPTED };
    expect(await bus.run(beginnings(bus, 10))).to.deep.equal([
      { position: 5, acceptance: { claim: 0, seq: 4 } },
      zero,
    ]);
    expect(await bus.run(beginnings(bus))).to.deep.equal(Array.from({ length: PARTITIONS }, () => zero));
  });
});
