import type { ProcessBus } from '../../../src/bus/memory/index.js';
import { encodeAcceptance, NOTHING_ACCEPTED, type Cursor, type Followed } from '../../../src/log/index.js';
import { plainCodec } from './plain-codec.js';
import { follow, placeOf, type Place } from './readers.js';
import { COUNTERS, EDGE, type Simulation } from './simulation.js';

/**
 * An asynchronous component: reads the counters' log, answers `Armed` with renewals through the edge, and commits the
 * low-water mark of what it has not answered yet, with the acceptance at that mark (law 6).
 */
export class Worker {
  readonly place: Place = { position: 0, metadata: encodeAcceptance(NOTHING_ACCEPTED) };
  /** Offset → eventId of everything it has ever seen. */
  readonly seen = new Map<number, string>();
  reached = 0;
  #process: ProcessBus | undefined;

  constructor(private readonly world: Simulation) {}

  start(): void {
    const { world } = this;
    const bus = (this.#process = world.process('worker'));
    const unanswered = new Map<number, Cursor>();
    const codec = plainCodec(() => !world.calm && world.random.chance(0.01));
    follow({
      bus,
      codec,
      at: COUNTERS,
      place: this.place,
      chance: (probability) => world.calm || world.random.chance(probability),
      onEvents: (events) => events.forEach((one) => this.#take(one, bus, unanswered)),
      mark: (_events, end) => {
        this.reached = Math.max(this.reached, end.position);
        const low = [...unanswered.values()].reduce((a, b) => (b.position < a.position ? b : a), end);
        const { acceptance } = world.schedule.doubles?.markAtEnd === true ? end : low;
        return placeOf(low.position, acceptance);
      },
    }).catch(world.fail);
  }

  restart(): void {
    this.#process?.kill();
    this.start();
  }

  #take({ event, before }: Followed, bus: ProcessBus, unanswered: Map<number, Cursor>): void {
    const { offset, body, type } = event;
    const known = this.seen.get(offset);
    if (known !== undefined && known !== body.meta.eventId)
      this.world.fail(new Error(`two events at offset ${offset}: ${known}, ${body.meta.eventId}`));
    this.seen.set(offset, body.meta.eventId);
    if (type !== 'Armed' || this.world.calm) return;
    unanswered.set(offset, before);
    const beats = 1 + this.world.random.below(3);
    for (let i = 1; i <= beats; i++) {
      bus.clock.schedule(i * (5 + this.world.random.below(45)), () => {
        if (i === beats) unanswered.delete(offset);
        const counter = body.meta.streamId.slice(8);
        if (!this.world.calm) this.world.publish(EDGE, { op: 'renew', counter, n: i, token: offset });
      });
    }
  }
}
