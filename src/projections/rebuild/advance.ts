import type { Bus } from '../../bus/port.js';
import type { LogCodec } from '../../log/codec.js';
import { LogFollower, type Cursor } from '../../log/follow.js';
import { RangeFeed } from '../../log/range-feed.js';
import { MAX_BATCH } from '../engine/batch-size.js';
import { countingUnknown } from '../engine/counting-codec.js';
import type { Pool } from '../engine/database.js';
import { openFolder } from '../engine/folder.js';
import type { Projection } from '../engine/projection.js';
import { PositionMoved, type Folder } from '../engine/write-batch.js';
import { writeAroundPoison } from '../engine/write-around-poison.js';
import type { Place, ProjectorObserver } from '../observer.js';

export interface AdvanceOptions {
  readonly bus: Bus;
  readonly codec: LogCodec;
  readonly pool: Pool;
  readonly projection: Projection;
  readonly version: number;
  readonly observer: ProjectorObserver;
  /** Aborting stops between two batches; what is committed stays. */
  readonly signal?: AbortSignal;
  /** How many offsets were passed, and how many events among them. */
  readonly onProgress?: (offsets: number, events: number) => void;
}

/** More than a projector keeps: a load has one partition's whole history to go through. */
const CACHED_ROWS = 16_384;
const MAX_LOST = 100;

/**
 * Brings one partition of one version to exactly `to` (or leaves it, if it is further). Somebody else may be at the same
 * partition: then it goes on from where that one came to.
 */
export const advance = async (options: AdvanceOptions, partition: number, to: number): Promise<void> => {
  for (let lost = 0; lost < MAX_LOST; lost++) {
    try {
      await advanceOnce(options, partition, to);
      return;
    } catch (error) {
      if (!(error instanceof PositionMoved)) throw error;
    }
  }
  throw new Error(
    `CONTENDED: ${options.projection.name}/${partition}: the position moved ${MAX_LOST} times under the rebuild; stop the other one`,
  );
};

const advanceOnce = async (options: AdvanceOptions, partition: number, to: number): Promise<void> => {
  const { bus, pool, projection, observer, signal } = options;
  const { folder, cursor } = await openFolder(pool, projection, options.version, partition, CACHED_ROWS);
  if (cursor.position >= to) return;
  const at = { topic: projection.topic, partition };
  const place: Place = { projection: projection.name, ...at };
  const feed = new RangeFeed(at, cursor.position, to);
  const codec = countingUnknown(options.codec, (name) => observer.unknown(place, name));
  const follower = new LogFollower(feed, cursor.acceptance, codec, (reason) =>
    observer.rejected(place, reason),
  );
  let from = cursor;
  for await (const batch of bus.readRange(at, cursor.position, to)) {
    feed.push(batch);
    do {
      signal?.throwIfAborted();
      from = await step(options, folder, follower, from);
    } while (feed.queued > 0);
  }
};

const step = async (
  { pool, observer, onProgress }: AdvanceOptions,
  folder: Folder,
  follower: LogFollower,
  from: Cursor,
): Promise<Cursor> => {
  const followed = await follower.take(MAX_BATCH);
  const to = follower.cursor;
  if (to.position === from.position) return from;
  const begun = performance.now();
  const { projection, topic, partition } = folder.key;
  const place: Place = { projection, topic, partition };
  for (const { parked } of await writeAroundPoison(pool, folder, followed, from, to))
    for (const stream of parked) observer.parked(place, stream);
  observer.applied(place, followed.length, performance.now() - begun);
  onProgress?.(to.position - from.position, followed.length);
  return to;
};
