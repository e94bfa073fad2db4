import type { ProcessBus } from '../../../src/bus/memory/index.js';
import type { TopicPartition } from '../../../src/bus/port.js';
import {
  decodeAcceptance,
  encodeAcceptance,
  LogFollower,
  NOTHING_ACCEPTED,
  openFeeds,
  Wake,
  type Acceptance,
  type Followed,
  type LogCodec,
} from '../../../src/log/index.js';

/** A committed place: the position, and the acceptance in its metadata (law 3). */
export interface Place {
  position: number;
  metadata: string;
}

export interface ReaderOptions {
  readonly bus: ProcessBus;
  readonly codec: LogCodec;
  readonly at: TopicPartition;
  readonly place: Place;
  chance(probability: number): boolean;
  onEvents(events: readonly Followed[]): void;
  /** Says how far to commit, given what has been read; the default is everything. */
  mark?(events: readonly Followed[], end: { position: number; acceptance: Acceptance }): Place;
}

/** Reads an owned log with the product's follower from its committed place on, and commits now and then. */
export const follow = async (options: ReaderOptions): Promise<void> => {
  const { bus, codec, at, place } = options;
  const wake = new Wake(bus.clock);
  const feeds = await openFeeds(bus, 4);
  const acceptance = decodeAcceptance(place.metadata) ?? NOTHING_ACCEPTED;
  const feed = feeds.open(at, place.position, wake.notify);
  const follower = new LogFollower(feed, acceptance, codec, () => undefined);
  for (;;) {
    const events = await follower.take(3).catch((error: unknown) => {
      if ((error as { retriable?: boolean }).retriable === true) return undefined;
      throw error;
    });
    if (events === undefined) continue;
    options.onEvents(events);
    const end = follower.cursor;
    const mark = options.mark?.(events, end) ?? placeOf(end.position, end.acceptance);
    if (options.chance(0.6)) Object.assign(place, mark);
    if (feed.queued === 0 && events.length === 0) await wake.wait();
  }
};

export const placeOf = (position: number, acceptance: Acceptance): Place => ({
  position,
  metadata: encodeAcceptance(acceptance),
});

/** A reader with its position in the same transaction as what it writes: rows and place change together, or not at all. */
export class Projector {
  readonly rows: { offset: number; eventId: string }[] = [];
  readonly place: Place = { position: 0, metadata: encodeAcceptance(NOTHING_ACCEPTED) };

  /** Reads on in one transaction, compared-and-set on the place it began from. */
  async transact(bus: ProcessBus, codec: LogCodec, at: TopicPartition, crash: () => boolean): Promise<void> {
    const begun = { ...this.place };
    const feeds = await openFeeds(bus, 8);
    const wake = new Wake(bus.clock);
    const acceptance = decodeAcceptance(begun.metadata) ?? NOTHING_ACCEPTED;
    const feed = feeds.open(at, begun.position, wake.notify);
    const follower = new LogFollower(feed, acceptance, codec, () => undefined);
    await wake.wait();
    const events = await follower.take(5).catch(() => []);
    const { position, acceptance: reached } = follower.cursor;
    await feeds.close();
    if (crash() || begun.position !== this.place.position) return;
    this.rows.push(
      ...events.map(({ event }) => ({ offset: event.offset, eventId: event.body.meta.eventId })),
    );
    Object.assign(this.place, placeOf(position, reached));
  }
}
