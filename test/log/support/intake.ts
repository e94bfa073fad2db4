import type { ProcessBus } from '../../../src/bus/memory/index.js';
import { openFeeds, Wake } from '../../../src/log/index.js';
import { EDGE, FACTS, type Simulation } from './simulation.js';

/** Stands in for intake: passes on what the edge holds, at least once, and commits only what is acknowledged (law 7). */
export class IntakeStandIn {
  process: ProcessBus | undefined;

  constructor(private readonly world: Simulation) {}

  start(): void {
    this.process = this.world.process('intake');
    this.#run(this.process).catch(this.world.fail);
  }

  restart(): void {
    this.process?.kill();
    this.start();
  }

  async #run(bus: ProcessBus): Promise<void> {
    const { intakePlace: place, random } = this.world;
    const wake = new Wake(bus.clock);
    const feeds = await openFeeds(bus, 4);
    const publisher = await bus.openPublisher();
    const feed = feeds.open(EDGE, place.position, wake.notify);
    for (;;) {
      for (const { offset, value } of feed.take(3)) {
        const named = Buffer.from(String(value).replace('{', `{"edge":${offset},`));
        const record = { key: null, value: named };
        const publish = (): Promise<unknown> =>
          publisher.publish(FACTS.topic, FACTS.partition, record).catch(publish);
        await publish();
      }
      if (this.world.calm || random.chance(0.5)) place.position = Math.max(place.position, feed.position);
      if (feed.queued === 0) await wake.wait();
    }
  }
}
