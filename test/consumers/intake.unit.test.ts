import { expect } from 'chai';
import { pino } from 'pino';
import { openLiveMemoryBus } from '../../src/bus/index.js';
import { BusError, type Bus } from '../../src/bus/port.js';
import { EDGE_TOPICS, startIntake } from '../../src/consumers/intake/index.js';
import { TOPICS } from '../../src/events/topics.js';
import { systemClock } from '../../src/log/index.js';
import type { ComponentContext } from '../../src/platform/component.js';
import { createMetrics } from '../../src/platform/metrics.js';
import { createDeadLetters } from '../../src/producers/dead-letters.js';
import { createFactPublisher } from '../../src/producers/facts.js';
import { testCodec } from '../runners/support/assignments.js';

const contextOn = async (bus: Bus): Promise<ComponentContext> => {
  const codec = await testCodec();
  const publisher = await bus.openPublisher();
  const common = { publisher, codec, clock: systemClock };
  const identity = { component: 'intake', instance: 'i', build: 'b' };
  return {
    ...common,
    ...identity,
    name: 'intake',
    bus,
    random: Math.random,
    partitions: 1,
    facts: createFactPublisher({ ...common, ...identity, partitions: 1 }),
    deadLetters: createDeadLetters({ ...common, component: 'intake', partitions: 1 }),
    checkpoints: {} as ComponentContext['checkpoints'],
    logger: pino({ level: 'silent' }),
    metrics: createMetrics(),
    sessionTimeoutMs: 6000,
  };
};

describe('intake', function () {
  this.timeout(20_000);

  it('an assignment that comes while the broker is still coming back is begun as soon as it can be', async () => {
    const bus = openLiveMemoryBus();
    const topics = [...EDGE_TOPICS, TOPICS.facts, TOPICS.deadLetters];
    await bus.admin.createTopics(
      topics.map((topic) => ({ topic, partitions: 1, replicationFactor: 1, config: {} })),
    );
    let refused = 0;
    const admin = Object.assign(Object.create(bus.admin) as Bus['admin'], {
      committed: (groupId: string, topic: string) =>
        refused++ < 2
          ? Promise.reject(new BusError('BROKER', 'not the leader for that topic-partition', true))
          : bus.admin.committed(groupId, topic),
    });
    const intake = await startIntake(await contextOn(Object.assign(Object.create(bus) as Bus, { admin })));
    const publisher = await bus.openPublisher();
    await publisher.publish(TOPICS.taskRequests, 0, { key: null, value: Buffer.from('no Avro') });
    for (const until = Date.now() + 15_000; (await bus.admin.endOffsets(TOPICS.deadLetters))[0] !== 1;) {
      expect(Date.now()).to.be.lessThan(until);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(refused).to.be.greaterThan(2);
    await intake.stop();
    await bus.close();
  });
});
