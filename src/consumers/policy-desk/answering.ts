import type { Group, TopicPartition } from '../../bus/port.js';
import { TOPICS } from '../../events/topics.js';
import {
  decodeAcceptance,
  encodeAcceptance,
  LogBroken,
  LogFollower,
  NOTHING_ACCEPTED,
  openFeeds,
  sleep,
  Wake,
  type Cursor,
  type Feeds,
} from '../../log/index.js';
import { onRejected, traceOf, wordsOf, type ComponentContext } from '../../platform/component.js';
import { answerTo, NOTHING_READ, type Answer } from './answers.js';

export const ANSWERS_GROUP = 'arbiter.policy-desk.answers';
const AT: TopicPartition = { topic: TOPICS.policies, partition: 0 };
const RETRY_MS = 500;
const BATCH = 500;

export interface Answering {
  readonly ready: boolean;
  readonly halted: string | undefined;
  readonly lastHeartbeatAt: number;
  stop(): Promise<void>;
}

/**
 * Tells the saga what the desk's log says: follows it through acceptance, and commits its place, with its acceptance, only
 * when the facts before it are acknowledged. So an answer may come twice, and never gets lost, whoever dies when.
 */
export const startAnswering = async (context: ComponentContext): Promise<Answering> => {
  const feeds = await openFeeds(context.bus);
  const state: { halted: string | undefined; assigned: boolean } = { halted: undefined, assigned: false };
  const membership: { group?: Group } = {};
  let lane: Lane | undefined;
  let reconciling: Promise<unknown> = Promise.resolve();
  const want = (mine: boolean): void => {
    reconciling = reconciling.then(async () => {
      state.assigned = true;
      if (mine === (lane !== undefined)) return;
      await lane?.stop();
      lane = mine ? new Lane(context, feeds, (cursor) => commit(membership.group, cursor)) : undefined;
      void lane?.run().catch((error: unknown) => {
        state.halted = wordsOf(error);
        context.logger.error({ ...AT, error: state.halted }, 'answers halted');
      });
    });
  };
  membership.group = await context.bus
    .joinGroup({
      groupId: ANSWERS_GROUP,
      topics: [AT.topic],
      sessionTimeoutMs: context.sessionTimeoutMs,
      onAssigned: (partitions) => want(partitions.some(({ partition }) => partition === AT.partition)),
      onError: (error, fatal) => {
        context.logger.warn({ ...AT, error: wordsOf(error) }, 'membership of the answers');
        if (fatal) want(false);
      },
    })
    .catch(async (error: unknown) => {
      await feeds.close();
      throw error;
    });
  return {
    get ready() {
      return state.assigned && state.halted === undefined && (lane?.caughtUp ?? true);
    },
    get halted() {
      return state.halted;
    },
    get lastHeartbeatAt() {
      return membership.group?.lastHeartbeatAt ?? 0;
    },
    stop: async () => {
      want(false);
      await reconciling;
      await membership.group?.leave();
      await feeds.close();
    },
  };
};

const commit = async (group: Group | undefined, { position, acceptance }: Cursor): Promise<void> =>
  group?.commit([{ ...AT, offset: position, metadata: encodeAcceptance(acceptance) }]);

/** Reads and answers for as long as the partition is ours. */
class Lane {
  readonly #stopping = new AbortController();
  readonly #wake: Wake;
  #follower: LogFollower | undefined;
  #done: Promise<void> = Promise.resolve();

  constructor(
    private readonly context: ComponentContext,
    private readonly feeds: Feeds,
    private readonly commit: (cursor: Cursor) => Promise<void>,
  ) {
    this.#wake = new Wake(context.clock);
  }

  get caughtUp(): boolean {
    return this.#follower?.caughtUp ?? false;
  }

  /** Rejects where the log is broken (law 3). */
  run(): Promise<void> {
    const running = this.#run();
    this.#done = running.catch(() => undefined);
    return running;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#wake.notify();
    await this.#done;
  }

  async #run(): Promise<void> {
    const { clock, codec } = this.context;
    const { signal } = this.#stopping;
    const begin = await this.#begin();
    if (begin === undefined) return;
    const feed = this.feeds.open(AT, begin.position, this.#wake.notify);
    const rejected = onRejected(this.context);
    const follower = new LogFollower(feed, begin.acceptance, codec, (reason) => rejected(AT, reason));
    this.#follower = follower;
    let reading = NOTHING_READ;
    let committed = begin.position;
    try {
      while (!signal.aborted) {
        const followed = await follower.take(BATCH).catch((error: unknown) => {
          if (error instanceof LogBroken) throw error;
          return undefined;
        });
        if (followed === undefined) {
          await sleep(clock, RETRY_MS, signal);
          continue;
        }
        for (const one of followed) {
          const { reading: next, answer } = answerTo(this.context.name, reading, one);
          reading = next;
          if (answer !== undefined && !(await this.#tell(answer))) return;
        }
        const place = reading.begun ?? follower.cursor;
        if (place.position > committed && (await this.#commit(place))) committed = place.position;
        if (followed.length === 0 && feed.queued === 0) await this.#wake.wait();
      }
    } finally {
      feed.close();
    }
  }

  /** Where to read on. A position without its acceptance is none (law 3): then everything is told again, which harms nobody. */
  async #begin(): Promise<Cursor | undefined> {
    const { bus, clock, logger } = this.context;
    while (!this.#stopping.signal.aborted) {
      try {
        const found = (await bus.admin.committed(ANSWERS_GROUP, AT.topic))[AT.partition];
        const acceptance = found === undefined ? undefined : decodeAcceptance(found.metadata);
        return found === undefined || acceptance === undefined
          ? { position: 0, acceptance: NOTHING_ACCEPTED }
          : { position: found.offset, acceptance };
      } catch (error) {
        logger.warn({ ...AT, error: wordsOf(error) }, 'committed place can not be read, trying again');
        await sleep(clock, RETRY_MS, this.#stopping.signal);
      }
    }
    return undefined;
  }

  /** False: stopped before it was acknowledged. */
  async #tell({ head, body }: Answer): Promise<boolean> {
    const { facts, logger, clock } = this.context;
    while (!this.#stopping.signal.aborted) {
      try {
        await facts.publish('WaiverDecided', head, body);
        return true;
      } catch (error) {
        const place = { taskId: head.taskId, ...traceOf(head.traceparent) };
        logger.warn({ ...place, error: wordsOf(error) }, 'answer not acknowledged, trying again');
        await sleep(clock, RETRY_MS, this.#stopping.signal);
      }
    }
    return false;
  }

  /** A failed commit costs reading again, nothing else. */
  async #commit(cursor: Cursor): Promise<boolean> {
    try {
      await this.commit(cursor);
      return true;
    } catch (error) {
      this.context.logger.debug({ ...AT, error: wordsOf(error) }, 'commit failed');
      return false;
    }
  }
}
