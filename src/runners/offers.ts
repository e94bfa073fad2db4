import type { Bus, TopicPartition } from '../bus/port.js';
import type { AssignmentOffered, AssignmentRevoked } from '../events/generated/events.js';
import { TOPICS } from '../events/topics.js';
import {
  LogBroken,
  LogFollower,
  openFeeds,
  Wake,
  type Clock,
  type Cursor,
  type Feeds,
  type LogCodec,
  type LoggedEvent,
} from '../log/index.js';
import type { Assignment } from './assignment.js';
import { beginnings } from './beginning.js';

export interface OffersOptions {
  readonly bus: Bus;
  readonly codec: LogCodec;
  readonly clock: Clock;
  readonly agentId: string;
  readonly instance: string;
  /** An offer to this instance, in the order of the log. */
  onOffer(assignment: Assignment): void;
  /** An assignment of this instance is over. */
  onRevoked(taskId: string, token: number, reason: string): void;
  onRejected(at: TopicPartition, reason: string): void;
  /** Something failed for now; it is tried again. */
  onError(error: unknown, at: TopicPartition): void;
  /** The log can not be read on: cut, or written by a stranger (law 3). */
  onBroken(error: LogBroken): void;
}

export interface Offers {
  /** Resolves when every partition has been read to its end once; rejects with `LogBroken` where that can never be. */
  readonly caughtUp: Promise<void>;
  close(): Promise<void>;
}

const BATCH = 500;
const RETRY_MS = 500;
const MOST_HELD = 2000;

/**
 * Follows all partitions of `arbiter.assignments` through acceptance, from 0 or a checkpoint: a position without its acceptance
 * is none (law 3). What a zombie or a stranger wrote is never seen here.
 */
export const followOffers = async (options: OffersOptions): Promise<Offers> => {
  const begins = await beginnings(options.bus);
  const feeds = await openFeeds(options.bus);
  const all = begins.map(
    (begin, partition) =>
      new PartitionOffers(options, feeds, { topic: TOPICS.assignments, partition }, begin),
  );
  const running = all.map((one) => one.run());
  return {
    caughtUp: Promise.all(all.map((one) => one.caughtUp)).then(() => undefined),
    close: async () => {
      for (const one of all) one.stop();
      await Promise.all(running);
      await feeds.close();
    },
  };
};

class PartitionOffers {
  readonly caughtUp: Promise<void>;
  readonly #wake: Wake;
  readonly #follower: LogFollower;
  /** Offers read but not handed out yet: one that is revoked further on is never started. */
  readonly #held = new Map<string, Assignment>();
  #onCaughtUp: () => void = () => undefined;
  #onNever: (error: LogBroken) => void = () => undefined;
  #stopped = false;

  constructor(
    private readonly options: OffersOptions,
    feeds: Feeds,
    private readonly at: TopicPartition,
    begin: Cursor,
  ) {
    this.caughtUp = new Promise((resolve, reject) => {
      this.#onCaughtUp = resolve;
      this.#onNever = reject;
    });
    this.#wake = new Wake(options.clock);
    const feed = feeds.open(at, begin.position, this.#wake.notify);
    const onRejected = (reason: string): void => options.onRejected(at, reason);
    this.#follower = new LogFollower(feed, begin.acceptance, options.codec, onRejected);
  }

  async run(): Promise<void> {
    while (!this.#stopped) {
      try {
        const followed = await this.#follower.take(BATCH);
        for (const { event } of followed) this.#see(event);
        if (this.#follower.feed.queued === 0 || this.#held.size >= MOST_HELD) this.#handOut();
        if (this.#follower.caughtUp) this.#onCaughtUp();
        if (followed.length === 0) await this.#wake.wait(this.#follower.feed.queued > 0 ? 0 : undefined);
      } catch (error) {
        if (error instanceof LogBroken) {
          this.#onNever(error);
          this.options.onBroken(error);
          return;
        }
        this.options.onError(error, this.at);
        await this.#wake.wait(RETRY_MS);
      }
    }
  }

  #see(event: LoggedEvent): void {
    const body = event.body as unknown as AssignmentOffered | AssignmentRevoked;
    if (body.agentId !== this.options.agentId || body.workerInstance !== this.options.instance) return;
    const key = `${body.taskId}/${body.token}`;
    if (event.type === 'AssignmentOffered') {
      this.#held.set(key, assignmentOf(body as AssignmentOffered));
    } else if (event.type === 'AssignmentRevoked' && !this.#held.delete(key)) {
      this.options.onRevoked(body.taskId, body.token, (body as AssignmentRevoked).reason);
    }
  }

  #handOut(): void {
    for (const assignment of this.#held.values()) this.options.onOffer(assignment);
    this.#held.clear();
  }

  stop(): void {
    this.#stopped = true;
    this.#follower.feed.close();
    this.#wake.notify();
  }
}

const assignmentOf = (offered: AssignmentOffered): Assignment => {
  const { taskId, token, attempt, agentId, workerInstance, acceptBy, leaseMs, offer, meta } = offered;
  const { tenant, traceparent } = meta;
  return { taskId, token, attempt, agentId, workerInstance, acceptBy, leaseMs, tenant, traceparent, offer };
};
