import type { Group, LogRecord, TopicPartition } from '../../bus/port.js';
import { TOPICS } from '../../events/topics.js';
import { openFeeds, sleep, Wake, type Feed } from '../../log/index.js';
import { wordsOf, type Component, type ComponentContext } from '../../platform/component.js';
import type { FactPublisher } from '../../producers/facts.js';
import { factFromEdge, type IntakenFact } from './facts-from-edge.js';

export const INTAKE_GROUP = 'arbiter.intake';
export const EDGE_TOPICS = [TOPICS.taskRequests, TOPICS.commands, TOPICS.agentReports] as const;

const BATCH = 500;
const RETRY_MS = 500;
/** Batches published but not acknowledged, per partition. */
const IN_FLIGHT = 8;

/**
 * Intake: decodes, checks shape, size and id patterns, re-keys by task. Stateless: it commits an offset only after the
 * facts up to it are acknowledged, so that its committed offsets say how far the edge has been taken in (law 7).
 */
export const startIntake = async (context: ComponentContext): Promise<Component> => {
  const { bus, logger, metrics } = context;
  const feeds = await openFeeds(bus);
  const lanes = new Map<string, Lane>();
  const membership: { group?: Group } = {};
  let assigned = false;
  let stopping = false;
  let wanted: readonly TopicPartition[] = [];

  const begin = async (partitions: readonly TopicPartition[]): Promise<void> => {
    const mine = new Set(partitions.map(keyOf));
    for (const [key, lane] of lanes) {
      if (mine.has(key)) continue;
      lane.stop();
      lanes.delete(key);
    }
    for (const topic of EDGE_TOPICS) {
      const [committed, first] = await Promise.all([
        bus.admin.committed(INTAKE_GROUP, topic),
        bus.admin.beginOffsets(topic),
      ]);
      for (const at of partitions.filter((p) => p.topic === topic && !lanes.has(keyOf(p)))) {
        const position = committed[at.partition]?.offset ?? first[at.partition] ?? 0;
        const lane = new Lane(context, at, (wake) => feeds.open(at, position, wake), commit);
        lanes.set(keyOf(at), lane);
        void lane.run();
      }
    }
    assigned = true;
  };

  const commit = async (at: TopicPartition, position: number): Promise<void> => {
    await membership.group?.commit([{ ...at, offset: position, metadata: '' }]);
  };

  /** Until it has begun, or something else is wanted: an assignment often comes while the broker is still coming back. */
  const beginUntilDone = async (partitions: readonly TopicPartition[]): Promise<void> => {
    while (!stopping && partitions === wanted) {
      try {
        await begin(partitions);
        return;
      } catch (error) {
        logger.warn({ error: wordsOf(error) }, 'intake could not begin, trying again');
        await sleep(context.clock, RETRY_MS);
      }
    }
  };

  let last: Promise<void> = Promise.resolve();
  membership.group = await bus.joinGroup({
    groupId: INTAKE_GROUP,
    topics: EDGE_TOPICS,
    sessionTimeoutMs: context.sessionTimeoutMs,
    onAssigned: (partitions) => {
      wanted = partitions;
      last = last.then(() => beginUntilDone(partitions));
    },
    onRevoked: () => undefined,
    onError: (error, fatal) => logger.error({ error: error.message, fatal }, 'intake lost its group'),
  });

  return {
    name: context.name,
    readiness: () => {
      const behind = [...lanes.values()].filter((lane) => !lane.caughtUp).length;
      metrics.queueDepth(
        'intake',
        [...lanes.values()].reduce((sum, lane) => sum + lane.queued, 0),
      );
      return { ready: assigned && behind === 0, detail: { partitions: lanes.size, behind } };
    },
    get lastHeartbeatAt() {
      return membership.group?.lastHeartbeatAt ?? 0;
    },
    stop: async () => {
      stopping = true;
      await last;
      await Promise.all([...lanes.values()].map((lane) => lane.finish()));
      await membership.group?.leave();
      await feeds.close();
    },
  };
};

const publishFact = (facts: FactPublisher, fact: IntakenFact): Promise<void> => {
  if (fact.name === 'TaskSubmitted') return facts.publish(fact.name, fact.head, fact.body);
  if (fact.name === 'CommandSubmitted') return facts.publish(fact.name, fact.head, fact.body);
  return facts.publish(fact.name, fact.head, fact.body);
};

const keyOf = (at: TopicPartition): string => `${at.topic}/${at.partition}`;

/** One edge partition: batches leave as they come; offsets are committed in order as they are acknowledged. */
class Lane {
  readonly #feed: Feed;
  readonly #wake: Wake;
  #stopped = false;
  #inFlight = 0;
  #acknowledged: Promise<void> = Promise.resolve();
  #done: Promise<void> = Promise.resolve();
  #commitTo: number | undefined;
  #committing: Promise<void> | undefined;

  constructor(
    private readonly context: ComponentContext,
    private readonly at: TopicPartition,
    open: (wake: () => void) => Feed,
    private readonly commit: (at: TopicPartition, position: number) => Promise<void>,
  ) {
    this.#wake = new Wake(context.clock);
    this.#feed = open(this.#wake.notify);
  }

  get caughtUp(): boolean {
    return this.#feed.end >= 0 && this.#feed.queued === 0 && this.#feed.position >= this.#feed.end;
  }

  get queued(): number {
    return this.#feed.queued;
  }

  async run(): Promise<void> {
    this.#done = this.#loop();
    await this.#done;
  }

  async #loop(): Promise<void> {
    while (!this.#stopped) {
      const { error } = this.#feed;
      if (error !== undefined) {
        this.context.logger.error({ ...this.at, error: error.message }, 'edge partition can not be read');
        return;
      }
      const records = this.#inFlight < IN_FLIGHT ? this.#feed.take(BATCH) : [];
      if (records.length === 0) {
        await this.#wake.wait();
        continue;
      }
      const position = this.#feed.position;
      this.#inFlight++;
      const sent = await this.#send(records);
      this.#acknowledged = this.#acknowledged.then(async () => {
        await sent.acknowledged;
        this.#inFlight--;
        this.#wake.notify();
        if (!this.#stopped) this.#commitSoon(position);
      });
    }
  }

  /** Hands the records to the publisher in order; `acknowledged` resolves when all of them stand. */
  async #send(records: readonly LogRecord[]): Promise<{ readonly acknowledged: Promise<unknown> }> {
    const sends: Promise<void>[] = [];
    for (const record of records) {
      const publish = await this.#prepare(record);
      sends.push(this.#untilAcknowledged(record, publish));
    }
    return { acknowledged: Promise.all(sends) };
  }

  /** Never rejects: what can not be published now is tried again until the lane stops. */
  async #untilAcknowledged(record: LogRecord, publish: () => Promise<void>): Promise<void> {
    while (!this.#stopped) {
      try {
        await publish();
        return;
      } catch (error) {
        const { offset } = record;
        this.context.logger.warn({ ...this.at, offset, error: wordsOf(error) }, 'fact not acknowledged');
        await sleep(this.context.clock, RETRY_MS);
      }
    }
  }

  async #prepare(record: LogRecord): Promise<() => Promise<void>> {
    const { codec, facts, deadLetters, metrics, logger } = this.context;
    for (;;) {
      try {
        const pending = codec.decode(record);
        const intaken = factFromEdge(record, pending instanceof Promise ? await pending : pending);
        if (intaken.kind === 'fact') return () => publishFact(facts, intaken);
        const { code, message } = intaken;
        metrics.deadLettered(record.topic, code);
        logger.warn({ ...this.at, offset: record.offset, code, message }, 'edge record put aside');
        return () => deadLetters.put(record, code, message);
      } catch (error) {
        logger.warn(
          { ...this.at, error: wordsOf(error) },
          'edge record can not be decoded now, trying again',
        );
        await sleep(this.context.clock, RETRY_MS);
      }
    }
  }

  /** One commit under way at a time; the newest position wins. */
  #commitSoon(position: number): void {
    this.#commitTo = position;
    this.#committing ??= this.#commitAll();
  }

  async #commitAll(): Promise<void> {
    while (this.#commitTo !== undefined) {
      const position = this.#commitTo;
      this.#commitTo = undefined;
      // A failed commit costs a redelivery; the next one covers it.
      await this.commit(this.at, position).catch((error: unknown) => {
        this.context.logger.debug({ ...this.at, error: wordsOf(error) }, 'commit failed');
      });
    }
    this.#committing = undefined;
  }

  stop(): void {
    this.#stopped = true;
    this.#feed.close();
    this.#wake.notify();
  }

  /** Stops reading, waits for what is under way to be acknowledged and committed. */
  async finish(): Promise<void> {
    this.#feed.close();
    await this.#acknowledged;
    await this.#committing;
    this.stop();
    await this.#done;
  }
}
