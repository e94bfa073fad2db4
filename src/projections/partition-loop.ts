import type { Clock } from '../log/clock.js';
import { sleep } from '../log/clock.js';
import type { LogCodec } from '../log/codec.js';
import { LogBroken } from '../log/errors.js';
import type { Feeds } from '../log/feed.js';
import { LogFollower, type Cursor, type Followed } from '../log/follow.js';
import { Wake } from '../log/wake.js';
import { nextBatchSize } from './engine/batch-size.js';
import { countingUnknown } from './engine/counting-codec.js';
import type { Pool } from './engine/database.js';
import { openFolder } from './engine/folder.js';
import type { Projection } from './engine/projection.js';
import { liveVersion } from './engine/versions.js';
import { PositionMoved, type Folder } from './engine/write-batch.js';
import { writeAroundPoison } from './engine/write-around-poison.js';
import type { Place, ProjectorObserver } from './observer.js';

export interface PartitionLoopOptions {
  readonly projection: Projection;
  readonly partition: number;
  readonly pool: Pool;
  readonly feeds: Feeds;
  readonly codec: LogCodec;
  readonly clock: Clock;
  readonly observer: ProjectorObserver;
}

export interface PartitionLag extends Place {
  readonly position: number;
  /** -1: not seen yet. */
  readonly end: number;
  readonly records: number;
  /** How long it has been behind; 0 when caught up. */
  readonly seconds: number;
  readonly halted: boolean;
}

const FIRST_SIZE = 250;
const FIRST_WAIT_MS = 100;
const MAX_WAIT_MS = 10_000;
const OUTDATED_WAIT_MS = 5_000;
const IDLE_MS = 1_000;
/** Batches closer together than this are a stream. */
const STEADY_MS = 200;
const GATHER_MS = 50;
/** So many events waiting at once are a busy stream, in which most rows change again within moments. */
const BUSY_EVENTS = 16;
const BUSY_GATHER_MS = 200;

/** Keeps one partition of one projection up to date until it is stopped. */
export class PartitionLoop {
  readonly at: Place;
  readonly #stopping = new AbortController();
  readonly #wake: Wake;
  #follower: LogFollower | undefined;
  #cursor: Cursor | undefined;
  #current: number;
  #caughtUp = false;
  #halted = false;
  #failures = 0;
  #writtenAt = 0;

  constructor(private readonly options: PartitionLoopOptions) {
    const { projection, partition, clock } = options;
    this.at = { projection: projection.name, topic: projection.topic, partition };
    this.#wake = new Wake(clock);
    this.#current = clock.now();
  }

  get caughtUp(): boolean {
    return this.#caughtUp && !this.#halted;
  }

  get lag(): PartitionLag {
    const position = this.#cursor?.position ?? 0;
    const end = this.#follower?.feed.end ?? -1;
    const seconds = this.caughtUp ? 0 : (this.options.clock.now() - this.#current) / 1000;
    return { ...this.at, position, end, records: Math.max(0, end - position), seconds, halted: this.#halted };
  }

  stop(): void {
    this.#stopping.abort();
    this.#wake.notify();
  }

  #stopped(): boolean {
    return this.#stopping.signal.aborted;
  }

  /** Never rejects; resolves after `stop`, with no transaction open. */
  async run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        await this.#follow(signal);
      } catch (error) {
        this.#caughtUp = false;
        if (this.#stopped()) return;
        if (error instanceof LogBroken) {
          // Law 3: never carry on over a log that has been cut.
          this.#halted = true;
          this.options.observer.halted(this.at, error);
          return;
        }
        this.options.observer.trouble(this.at, error);
        await this.#backOff();
      }
    }
  }

  async #backOff(): Promise<void> {
    const wait = Math.min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(this.#failures++, 10));
    await sleep(this.options.clock, wait * (0.5 + Math.random() / 2), this.#stopping.signal);
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const { projection, partition, pool, feeds, observer } = this.options;
    const live = await liveVersion(pool, projection.name);
    if (live?.foldVersion !== projection.foldVersion) return this.#outdated(live?.foldVersion);
    this.#halted = false;
    const { folder, cursor } = await openFolder(pool, projection, live.version, partition);
    this.#cursor = cursor;
    const codec = countingUnknown(this.options.codec, (name) => observer.unknown(this.at, name));
    const at = { topic: projection.topic, partition };
    const feed = feeds.open(at, cursor.position, this.#wake.notify);
    const follower = new LogFollower(feed, cursor.acceptance, codec, (reason) =>
      observer.rejected(this.at, reason),
    );
    this.#follower = follower;
    try {
      for (let size = FIRST_SIZE; !signal.aborted;) size = await this.#step(follower, folder, size);
    } finally {
      feed.close();
    }
  }

  /**
   * In a steady stream waits a moment for more, so that a transaction holds many events; what comes after a pause is
   * written at once.
   */
  async #gather(follower: LogFollower, size: number): Promise<void> {
    const { clock } = this.options;
    const { queued, end, position } = follower.feed;
    // Far behind: the next batch is full without waiting.
    if (queued === 0 || end - position >= size || clock.now() - this.#writtenAt > STEADY_MS) return;
    await sleep(clock, queued < BUSY_EVENTS ? GATHER_MS : BUSY_GATHER_MS, this.#stopping.signal);
  }

  /** One batch, or a wait for one. Returns the size of the next. */
  async #step(follower: LogFollower, folder: Folder, size: number): Promise<number> {
    await this.#gather(follower, size);
    const followed = await follower.take(size);
    const from = this.#cursor ?? follower.cursor;
    const to = follower.cursor;
    if (to.position === from.position) {
      this.#markCaughtUp(follower);
      await this.#wake.wait(IDLE_MS);
      return size;
    }
    const begun = performance.now();
    await this.#write(folder, followed, from, to);
    this.#cursor = to;
    this.#failures = 0;
    this.#markCaughtUp(follower);
    const milliseconds = performance.now() - begun;
    this.#writtenAt = this.options.clock.now();
    this.options.observer.applied(this.at, followed.length, milliseconds);
    return nextBatchSize(size, followed.length, milliseconds);
  }

  /** Tries for ever while PostgreSQL is away; the feed fills up and pauses its partition meanwhile (law 9). */
  async #write(folder: Folder, followed: readonly Followed[], from: Cursor, to: Cursor): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      try {
        const written = await writeAroundPoison(this.options.pool, folder, followed, from, to);
        for (const { parked } of written)
          for (const stream of parked) this.options.observer.parked(this.at, stream);
        return;
      } catch (error) {
        // Somebody else moved the position, or our own commit of unknown outcome did: begin anew from what stands there.
        if (error instanceof PositionMoved) throw error;
        this.#caughtUp = false;
        this.options.observer.trouble(this.at, error);
        await this.#backOff();
      }
    }
    throw new PositionMoved('stopped before the batch was written');
  }

  #markCaughtUp(follower: LogFollower): void {
    this.#caughtUp = follower.caughtUp;
    if (this.#caughtUp) this.#current = this.options.clock.now();
  }

  /** Tables of another fold version: folding into them would mix two meanings. */
  async #outdated(found: number | undefined): Promise<void> {
    const { projection, clock, observer } = this.options;
    if (!this.#halted) {
      const what = found === undefined ? 'no tables' : `tables of fold version ${found}`;
      const repair =
        found === undefined ? 'run: arbiter up' : `run: arbiter projections rebuild ${projection.name}`;
      const message = `PROJECTION_OUTDATED: ${projection.name}: expected fold version ${projection.foldVersion}, found ${what}; ${repair}`;
      observer.halted(this.at, new Error(message));
    }
    this.#halted = true;
    await sleep(clock, OUTDATED_WAIT_MS, this.#stopping.signal);
  }
}
