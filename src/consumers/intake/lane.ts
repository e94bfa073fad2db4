import { BusError, type LogRecord, type TopicPartition } from '../../bus/port.js';
import { sleep, Wake, type Feed } from '../../log/index.js';
import { wordsOf, type ComponentContext } from '../../platform/component.js';
import type { Outcome } from '../../platform/metrics.js';
import type { FactPublisher } from '../../producers/facts.js';
import type { Commit } from './joint-commit.js';
import { factFromEdge, type IntakenFact } from './facts-from-edge.js';

const BATCH = 500;
/** Batches published but not acknowledged, per partition. */
const IN_FLIGHT = 8;
const RETRY_MS = 500;
const REOPEN_MS = 5000;
/** Records that may wait in the publisher that all components share: the other half is theirs. */
const ROOM = 5000;
const ROOM_MS = 10;
/** Longest wait for what is under way when the lane ends. */
const FINISH_MS = 10_000;
/** Refusals that say that this record will never be taken, as opposed to errors of the surroundings. */
const POISON: ReadonlySet<string> = new Set(['TOO_LARGE', 'INVALID_RECORD']);

/** What a record of the edge becomes: a fact, a dead letter, or, where it can be neither, nothing. */
type Becomes = Extract<Outcome, 'taken' | 'put_aside' | 'parked'>;

interface Prepared {
  readonly becomes: Becomes;
  readonly publish: () => Promise<void>;
}

interface Sent extends Prepared {
  readonly record: LogRecord;
  /** What became of the first attempt; undefined: acknowledged. */
  readonly failed: Promise<unknown>;
}

export interface LaneOptions {
  readonly context: ComponentContext;
  readonly at: TopicPartition;
  /** Where to begin. */
  readonly position: number;
  readonly open: (position: number, wake: () => void) => Feed;
  readonly commit: Commit;
}

/**
 * One edge partition: facts leave in the order of the records, and offsets are committed in order as facts are
 * acknowledged. A commit is tried until it stands: timers wait for it (law 7).
 */
export class Lane {
  #feed: Feed;
  readonly #wake: Wake;
  readonly #ending = new AbortController();
  readonly #stopped = new AbortController();
  #inFlight = 0;
  /** Something is being sent again: nothing may overtake it. */
  #troubled = false;
  #reachedEnd = false;
  #handed: number;
  #acknowledgedUpTo: number;
  #acknowledged: Promise<void> = Promise.resolve();
  #done: Promise<void> = Promise.resolve();
  #commitTo: number | undefined;
  #committing: Promise<void> | undefined;

  constructor(private readonly options: LaneOptions) {
    this.#wake = new Wake(options.context.clock);
    this.#handed = options.position;
    this.#acknowledgedUpTo = options.position;
    this.#feed = options.open(options.position, this.#wake.notify);
  }

  /** The end was reached once since the lane began, and the partition can be read. */
  get caughtUp(): boolean {
    const { end, queued, position, error } = this.#feed;
    if (end >= 0 && queued === 0 && position >= end) this.#reachedEnd = true;
    return error === undefined && this.#reachedEnd;
  }

  /** Why the partition can not be read at present. */
  get trouble(): string | undefined {
    return this.#feed.error?.message;
  }

  get queued(): number {
    return this.#feed.queued;
  }

  get lag(): { readonly position: number; readonly end: number } {
    return {
      position: this.#acknowledgedUpTo,
      end: Math.max(this.#acknowledgedUpTo, this.#feed.end),
    };
  }

  async run(): Promise<void> {
    this.#done = this.#loop();
    await this.#done;
  }

  async #loop(): Promise<void> {
    while (!this.#ending.signal.aborted) {
      const free = this.#inFlight < IN_FLIGHT && !this.#troubled;
      const records = free ? this.#feed.take(BATCH) : [];
      if (records.length > 0) await this.#send(records, this.#feed.position);
      else if (free && this.#feed.position > this.#handed) this.#passed(this.#feed.position);
      else if (free && this.#feed.error !== undefined) await this.#reopen(this.#feed.error);
      else await this.#wake.wait();
    }
  }

  async #reopen(error: BusError): Promise<void> {
    const { context, at, open } = this.options;
    context.logger.error({ ...at, error: error.message }, 'edge partition can not be read');
    await sleep(context.clock, REOPEN_MS, this.#ending.signal);
    if (this.#ending.signal.aborted) return;
    this.#feed.close();
    this.#feed = open(this.#handed, this.#wake.notify);
  }

  /** The position moved without records (control records of a foreign transaction): that too is to be committed. */
  #passed(position: number): void {
    this.#handed = position;
    this.#acknowledged = this.#acknowledged.then(() => this.#taken(position));
  }

  /** Hands the records to the publisher in order. */
  async #send(records: readonly LogRecord[], position: number): Promise<void> {
    const begun = performance.now();
    const sends: Sent[] = [];
    for (const record of records) {
      const prepared = await this.#prepare(record);
      await this.#room();
      if (prepared === undefined || this.#ending.signal.aborted) return;
      const failed = prepared.publish().then(
        () => undefined,
        (error: unknown) => error ?? new Error('not acknowledged'),
      );
      sends.push({ record, ...prepared, failed });
    }
    this.#handed = position;
    this.#inFlight++;
    this.#acknowledged = this.#acknowledged.then(async () => {
      const became: Becomes[] = [];
      for (const sent of sends) became.push(await this.#untilAcknowledged(sent));
      if (!this.#isStopped()) this.#count(became, performance.now() - begun);
      this.#inFlight--;
      this.#troubled = false;
      this.#wake.notify();
      this.#taken(position);
    });
  }

  #count(became: readonly Becomes[], milliseconds: number): void {
    const { metrics, name } = this.options.context;
    const { topic } = this.options.at;
    for (const outcome of ['taken', 'put_aside', 'parked'] as const)
      metrics.handled(name, topic, outcome, became.filter((one) => one === outcome).length);
    metrics.took(name, topic, milliseconds);
  }

  #taken(position: number): void {
    if (this.#stopped.signal.aborted) return;
    this.#acknowledgedUpTo = position;
    this.#commitTo = position;
    this.#committing ??= this.#commitAll();
  }

  /** A full queue would refuse one record and take the next, and so change their order. */
  async #room(): Promise<void> {
    const { publisher, clock } = this.options.context;
    while (publisher.queued >= ROOM && !this.#ending.signal.aborted) {
      await sleep(clock, ROOM_MS, this.#ending.signal);
    }
  }

  /** Never rejects: what can not be published now is tried again until the lane stops; what never can is put aside. */
  async #untilAcknowledged({ record, publish, failed, becomes }: Sent): Promise<Becomes> {
    const { context, at } = this.options;
    let again = publish;
    let became = becomes;
    for (let error = await failed; error !== undefined && !this.#stopped.signal.aborted;) {
      this.#troubled = true;
      context.logger.warn({ ...at, offset: record.offset, error: wordsOf(error) }, 'fact not acknowledged');
      context.metrics.handled(context.name, at.topic, 'failed');
      if (isPoison(error)) {
        if (again !== publish) {
          this.#leave(record, error);
          return 'parked';
        }
        became = 'put_aside';
        again = () => this.#putAside(record, codeOf(error), wordsOf(error));
      } else await sleep(context.clock, RETRY_MS, this.#stopped.signal);
      if (this.#isStopped()) break;
      error = await again().then(
        () => undefined,
        (next: unknown) => next,
      );
    }
    return became;
  }

  #isStopped(): boolean {
    return this.#stopped.signal.aborted;
  }

  /** Not even as a dead letter: the original still stands in the edge topic, which is kept for ever. */
  #leave(record: LogRecord, error: unknown): void {
    const { context, at } = this.options;
    context.logger.error({ ...at, offset: record.offset, error: wordsOf(error) }, 'edge record passed over');
  }

  #putAside(record: LogRecord, code: string, message: string): Promise<void> {
    const { metrics, deadLetters } = this.options.context;
    metrics.deadLettered(record.topic, code);
    return deadLetters.put(record, code, message);
  }

  /** undefined: the lane ended before the record could be decoded. */
  async #prepare(record: LogRecord): Promise<Prepared | undefined> {
    const { codec, facts, logger, clock } = this.options.context;
    const place = { ...this.options.at, offset: record.offset };
    while (!this.#ending.signal.aborted) {
      try {
        const pending = codec.decode(record);
        const intaken = factFromEdge(record, pending instanceof Promise ? await pending : pending);
        if (intaken.kind === 'fact') return { becomes: 'taken', publish: () => publishFact(facts, intaken) };
        const { code, message } = intaken;
        logger.warn({ ...place, code, reason: message }, 'edge record put aside');
        return { becomes: 'put_aside', publish: () => this.#putAside(record, code, message) };
      } catch (error) {
        logger.warn({ ...place, error: wordsOf(error) }, 'edge record can not be decoded now, trying again');
        await sleep(clock, RETRY_MS, this.#ending.signal);
      }
    }
    return undefined;
  }

  /** One commit under way at a time; the newest position wins. */
  async #commitAll(): Promise<void> {
    const { context, at, commit } = this.options;
    while (this.#commitTo !== undefined && !this.#isStopped()) {
      const position = this.#commitTo;
      this.#commitTo = undefined;
      try {
        await commit(at, position);
      } catch (error) {
        // With nothing behind it there may be no next one.
        this.#commitTo ??= position;
        context.logger.debug({ ...at, error: wordsOf(error) }, 'commit failed, trying again');
        await sleep(context.clock, RETRY_MS, this.#stopped.signal);
      }
    }
    this.#committing = undefined;
  }

  stop(): void {
    this.#ending.abort();
    this.#stopped.abort();
    this.#feed.close();
    this.#wake.notify();
  }

  /** Stops reading, waits for what is under way to be acknowledged and committed, but not for ever. */
  async finish(): Promise<void> {
    this.#ending.abort();
    this.#feed.close();
    this.#wake.notify();
    const settled = async (): Promise<void> => {
      await this.#done;
      await this.#acknowledged;
      await this.#committing;
    };
    await Promise.race([settled(), sleep(this.options.context.clock, FINISH_MS, this.#stopped.signal)]);
    this.stop();
  }
}

const publishFact = async (facts: FactPublisher, fact: IntakenFact): Promise<void> => {
  if (fact.name === 'TaskSubmitted') return facts.publish(fact.name, fact.head, fact.body);
  if (fact.name === 'CommandSubmitted') return facts.publish(fact.name, fact.head, fact.body);
  return facts.publish(fact.name, fact.head, fact.body);
};

/** What is wrong with the record itself; whatever is no error of the bus was thrown while it was encoded. */
const isPoison = (error: unknown): boolean =>
  error instanceof BusError
    ? POISON.has(error.code)
    : !(error instanceof Error && 'retriable' in error && error.retriable === true);

const codeOf = (error: unknown): string => (error instanceof BusError ? error.code : 'NOT_ENCODABLE');
