import { randomUUID } from 'node:crypto';
import { BusError, type Appender, type AppendOutcome, type Bus, type TopicPartition } from '../bus/port.js';
import type { Claimed } from '../events/generated/events.js';
import { micros, sleep, type Clock } from './clock.js';
import { RecentEvents } from './recent-events.js';
import type { CheckpointStore } from './checkpoint.js';
import type { LogCodec } from './codec.js';
import type { DerivedIndex, Domain, Input, LoggedEvent } from './domain.js';
import { LogBroken } from './errors.js';
import type { Feeds } from './feed.js';
import type { Inbox, InboxItem } from './inbox.js';
import { openInbox } from './open-inbox.js';
import type { OwnerObserver, OwnerStatus } from './observer.js';
import { PartitionFold } from './partition-fold.js';
import { AppendRequest } from './request.js';
import type { TimerGate } from './timer-gate.js';
import { Wake } from './wake.js';

export interface OwnerLimits {
  /** Bytes and records of one append request at most. */
  readonly maxBytes: number;
  readonly maxRecords: number;
  /** Inbox records decided on in one turn at most. */
  readonly maxInputs: number;
  /** No timer fires for this long after a takeover, ms: at least one lease (law 7). */
  readonly graceMs: number;
  /** Jittered back-off before claiming again, ms (law 2). */
  readonly backoffMs: number;
  /** Accepted events between checkpoints. */
  readonly checkpointEvery: number;
}

export const OWNER_LIMITS: OwnerLimits = {
  maxBytes: 512 * 1024,
  maxRecords: 1000,
  maxInputs: 512,
  graceMs: 15_000,
  backoffMs: 200,
  checkpointEvery: 20_000,
};

export interface OwnerOptions<Value, Index extends DerivedIndex<Value>, Record_> {
  /** Component, as written into claims. */
  readonly owner: string;
  readonly instance: string;
  readonly build: string;
  readonly bus: Bus;
  readonly codec: LogCodec;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: TopicPartition;
  readonly inbox: TopicPartition;
  /** The inbox is an owned log itself and is read through acceptance. */
  readonly inboxOwned: boolean;
  readonly partitions: number;
  readonly topicIds: { readonly log: string | null; readonly inbox: string | null };
  readonly domain: Domain<Value, Index, Record_>;
  readonly feeds: Feeds;
  readonly gate: TimerGate;
  readonly limits: OwnerLimits;
  readonly checkpoints?: CheckpointStore;
  readonly observer: OwnerObserver;
  /** Law 2: resolves at the next successful heartbeat or commit of the current generation. */
  confirmMembership(): Promise<void>;
  /** Sees what the inbox holds beyond `cause` before the first decision after a takeover (law 5). */
  lookAhead?(input: Input<Record_> & { kind: 'record' }): void;
  /** Called before each turn with the settled state: the always-replay check of simulations. */
  beforeTurn?(fold: PartitionFold<Value, Index, Record_>): Promise<void>;
  /** After the decision on `input` stands in the log; must not wait. */
  afterDecision?(input: Input<Record_>, events: readonly LoggedEvent[]): void;
}

/** Owns one partition of an owned log: claim, restore, decide, append (laws 2 to 5, 7). */
export class PartitionOwner<Value, Index extends DerivedIndex<Value>, Record_> {
  #fold: PartitionFold<Value, Index, Record_>;
  #status: OwnerStatus = 'starting';
  #inbox: Inbox<Record_> | undefined;
  #appender: Appender | undefined;
  #pending: InboxItem<Record_>[] = [];
  /** Highest inbox offset decided on, decisions without events included. */
  #cursor = -1;
  #lost = false;
  #graceUntil = 0;
  #maxInputs: number;
  #sinceCheckpoint = 0;
  readonly #recent = new RecentEvents();
  readonly #recentInbox = new RecentEvents();
  readonly #wake: Wake;
  readonly #stopping = new AbortController();

  constructor(private readonly options: OwnerOptions<Value, Index, Record_>) {
    this.#wake = new Wake(options.clock);
    this.#maxInputs = options.limits.maxInputs;
    this.#fold = this.#newFold();
  }

  get status(): OwnerStatus {
    return this.#status;
  }

  /** Read access for tests and for the always-replay check. */
  get fold(): PartitionFold<Value, Index, Record_> {
    return this.#fold;
  }

  /** True when claimed and nothing is left to decide. */
  get caughtUp(): boolean {
    const feed = this.#inbox?.feed;
    return (
      this.#status === 'owning' &&
      feed !== undefined &&
      feed.end >= 0 &&
      this.#pending.length === 0 &&
      feed.queued === 0 &&
      feed.position >= feed.end
    );
  }

  stop(): void {
    this.#stopping.abort();
    this.#wake.notify();
  }

  /** Runs until stopped or halted; never rejects. */
  async run(): Promise<void> {
    const { observer, log } = this.options;
    try {
      await this.#restore();
      while (!this.#stopping.signal.aborted) await this.#step();
      await this.#checkpoint(true);
      this.#setStatus('stopped');
    } catch (error) {
      this.#status = 'halted';
      observer.status(log, 'halted', error instanceof Error ? error.message : String(error));
    } finally {
      this.#inbox?.feed.close();
      await this.#dropAppender();
    }
  }

  async #step(): Promise<void> {
    try {
      if (this.#status === 'owning') await this.#turn();
      else await this.#claim();
    } catch (error) {
      if (!isRetriable(error)) throw error;
      this.options.observer.doubtful(this.options.log, error);
      await sleep(this.options.clock, this.options.limits.backoffMs, this.#stopping.signal);
    }
  }

  // --- claiming -----------------------------------------------------------------------------------------------------

  async #restore(): Promise<void> {
    const checkpoint = await this.options.checkpoints?.latest(
      this.options.log,
      this.options.domain.foldVersion,
    );
    if (checkpoint === undefined) return;
    const end =
      (await this.options.bus.admin.endOffsets(this.options.log.topic))[this.options.log.partition] ?? 0;
    if (checkpoint.position > end) {
      throw this.#broken('LOG_BROKEN', `a checkpoint at ${checkpoint.position}, but the log ends at ${end}`);
    }
    this.#fold.begin(checkpoint);
    for (const [id, version, value] of checkpoint.streams) this.#fold.state.load(id, version, value as Value);
    this.options.domain.loadIndex(this.#fold.state.index, checkpoint.index);
  }

  async #claim(): Promise<void> {
    this.#setStatus('claiming');
    const { bus, inbox, limits, clock, random } = this.options;
    if (this.#lost) {
      await sleep(clock, limits.backoffMs * (0.5 + random()), this.#stopping.signal);
      await this.options.confirmMembership();
    }
    if (this.#stopping.signal.aborted) return;
    this.#lost = true;
    await this.#readLog();
    const inboxEnd = (await bus.admin.endOffsets(inbox.topic))[inbox.partition] ?? 0;
    if (this.#fold.cause >= inboxEnd) {
      throw this.#broken(
        'CAUSE_BEYOND_INBOX',
        `decided up to ${this.#fold.cause}, but the inbox ends at ${inboxEnd}`,
      );
    }
    const outcome = await this.#append([this.#claimRecord(inboxEnd)]);
    if (outcome === undefined) return;
    await this.#readLog(outcome + 1);
    if (this.#fold.acceptance.claim !== outcome) return;
    await this.#takeOver(inboxEnd);
  }

  async #takeOver(inboxEnd: number): Promise<void> {
    const { clock, limits, domain } = this.options;
    this.#cursor = this.#fold.cause;
    this.#pending = [];
    this.#inbox?.feed.close();
    this.#inbox = await openInbox(this.options, this.#cursor, inboxEnd, this.#wake.notify);
    const everDecided =
      this.#fold.acceptance.claim >= 0 && domain.nextTimer(this.#fold.state.index) !== undefined;
    this.#graceUntil = everDecided ? micros(clock) + limits.graceMs * 1000 : 0;
    this.#lost = false;
    this.#setStatus('owning');
  }

  #claimRecord(inboxEnd: number): { name: string; record: Claimed } {
    const { options } = this;
    const record: Claimed = {
      previousClaim: this.#fold.acceptance.claim,
      foldedTo: this.#fold.position,
      prevHash: this.#fold.lastHash,
      partitions: options.partitions,
      owner: options.owner,
      instance: `${options.instance}/${randomUUID()}`,
      build: options.build,
      foldVersion: options.domain.foldVersion,
      inboxEnd,
      logTopicId: options.topicIds.log,
      inboxTopicId: options.topicIds.inbox,
      occurredAt: micros(options.clock),
    };
    return { name: 'Claimed', record };
  }

  /** Appends a claim; the base offset, or undefined when it is not in the log for sure. */
  async #append(claims: readonly { name: string; record: Claimed }[]): Promise<number | undefined> {
    const { codec, log, observer } = this.options;
    const records = claims.map(({ name, record }) => ({
      key: null,
      ...codec.encode(log.topic, name, record),
    }));
    const outcome = await (await this.#openAppender()).append(records);
    if (outcome.kind === 'appended') return outcome.baseOffset;
    observer.doubtful(log, outcome.error);
    if (outcome.kind === 'refused' && !outcome.error.retriable) throw outcome.error;
    await this.#dropAppender();
    return undefined;
  }

  // --- deciding -----------------------------------------------------------------------------------------------------

  async #turn(): Promise<void> {
    const inbox = this.#inbox;
    if (inbox === undefined) return;
    await this.options.beforeTurn?.(this.#fold);
    if (this.#pending.length === 0) {
      this.#pending.push(...(await inbox.take(this.#maxInputs)));
      if (this.options.inboxOwned) this.#rememberInbox();
    }
    const request = this.#newRequest();
    const loaded = new Map<string, readonly LoggedEvent[]>();
    let taken = 0;
    for (const item of this.#pending) {
      if (taken >= this.#maxInputs) break;
      if (item.input === undefined) request.skip(item.offset);
      else if (!(await this.#add(request, item.input, loaded))) break;
      taken++;
    }
    if (taken === this.#pending.length) await this.#addTimers(request, loaded);
    if (request.decided.length === 0) return this.#rest();
    await this.#commit(request, taken);
  }

  /** False: the request must be appended first. */
  async #add(
    request: AppendRequest<Value, Index, Record_>,
    input: Input<Record_>,
    loaded: Map<string, readonly LoggedEvent[]>,
  ): Promise<boolean> {
    for (;;) {
      const added = request.add(input, { now: micros(this.options.clock), loaded });
      if (added.kind === 'added') return true;
      if (added.kind === 'append-first') return false;
      if (added.kind === 'load' && !loaded.has(added.streamId)) {
        const from = added.from === 'inbox' ? this.options.inbox : this.options.log;
        if (from === this.options.log && added.offsets.some((offset) => offset >= this.#fold.position))
          return false;
        loaded.set(added.streamId, await this.#load(from, added.offsets));
        continue;
      }
      const error = added.kind === 'impossible' ? added.error : new Error('asked twice for the same events');
      if (request.records.length > 0) return false;
      this.options.observer.parked(this.options.log, input, error);
      if (input.kind === 'timer') throw error;
      request.skip(input.offset);
      return true;
    }
  }

  /** Events at the given offsets: known to be accepted, since accepted events name them. */
  async #load(from: TopicPartition, offsets: readonly number[]): Promise<readonly LoggedEvent[]> {
    const events: LoggedEvent[] = [];
    for (const offset of offsets) {
      const recent = (from === this.options.log ? this.#recent : this.#recentInbox).get(offset);
      if (recent !== undefined) {
        events.push(recent);
        continue;
      }
      for await (const batch of this.options.bus.readRange(from, offset, offset + 1)) {
        for (const record of batch.records.filter((r) => r.offset === offset)) {
          const decoded = await this.options.codec.decode(record);
          if (decoded.kind !== 'event')
            throw this.#broken('LOG_UNREADABLE', `offset ${offset} can not be decoded`);
          events.push({ type: decoded.name, offset, body: decoded.record as LoggedEvent['body'] });
        }
      }
    }
    return events;
  }

  async #addTimers(
    request: AppendRequest<Value, Index, Record_>,
    loaded: Map<string, readonly LoggedEvent[]>,
  ): Promise<void> {
    const { clock, domain, gate, log } = this.options;
    for (let fired = 0; fired < this.options.limits.maxInputs; fired++) {
      const due = domain.nextTimer(this.#fold.state.index);
      const now = micros(clock);
      if (due === undefined || due.dueAt > now || now < this.#graceUntil) return;
      const horizon = gate.horizon(due.dueAt, log.partition, this.#wake.notify);
      const feed = this.#inbox?.feed;
      if (horizon === undefined || feed === undefined || feed.queued > 0 || feed.position < horizon) return;
      const before = request.records.length;
      if (!(await this.#add(request, { kind: 'timer', ...due }, loaded))) return;
      if (request.records.length === before) {
        throw new Error(`timer ${due.timer} of ${due.streamId} yielded no event, so it would fire for ever`);
      }
    }
  }

  async #commit(request: AppendRequest<Value, Index, Record_>, taken: number): Promise<void> {
    if (request.records.length > 0 && !(await this.#appendRequest(request, taken))) return;
    this.#cursor = Math.max(this.#cursor, request.cause);
    this.#pending = this.#pending.slice(taken);
    this.#maxInputs = this.options.limits.maxInputs;
    for (const { input, events } of request.decided) {
      if (input !== undefined) this.options.afterDecision?.(input, events);
    }
    await this.#checkpoint(false);
  }

  /** True: the request stands in the log and is folded (law 4). */
  async #appendRequest(request: AppendRequest<Value, Index, Record_>, taken: number): Promise<boolean> {
    const { observer, log, clock } = this.options;
    const mine = this.#fold.acceptance.claim;
    const tail = this.#fold.position;
    const begun = clock.now();
    const outcome = await (await this.#openAppender()).append(request.records);
    if (outcome.kind !== 'appended') {
      this.#fold.state.rollback();
      await this.#notAppended(outcome, request, taken);
      return false;
    }
    const last = request.records.at(-1);
    const end = outcome.baseOffset + request.records.length;
    if (outcome.baseOffset < tail)
      throw this.#broken('APPEND_BEFORE_TAIL', `tail ${tail}, appended at ${outcome.baseOffset}`);
    if (outcome.baseOffset === tail && last !== undefined) {
      this.#fold.adopt(request.events, { value: last.value, headers: last.headers ?? {} }, end);
    } else {
      this.#fold.state.rollback();
      await this.#readLog(end);
      if (this.#fold.acceptance.claim !== mine) {
        this.#stepDown();
        return false;
      }
    }
    this.#sinceCheckpoint += request.events.length;
    if (outcome.baseOffset === tail) this.#remember(request);
    observer.appended(log, request.events, clock.now() - begun);
    return true;
  }

  #rememberInbox(): void {
    for (const { input } of this.#pending) {
      if (input === undefined || this.options.domain.loadsLater?.(input.type) !== true) continue;
      const { type, offset, record } = input;
      this.#recentInbox.add({ type, offset, body: record as LoggedEvent['body'] }, TYPICAL_EVENT_BYTES);
    }
  }

  #remember(request: AppendRequest<Value, Index, Record_>): void {
    const { domain } = this.options;
    request.events.forEach((event, i) => {
      if (domain.loadsLater?.(event.type) === true)
        this.#recent.add(event, request.records[i]?.value?.length ?? 0);
    });
  }

  async #notAppended(
    outcome: Exclude<AppendOutcome, { kind: 'appended' }>,
    request: AppendRequest<Value, Index, Record_>,
    taken: number,
  ): Promise<void> {
    this.options.observer.doubtful(this.options.log, outcome.error);
    if (outcome.kind === 'doubtful') {
      await this.#dropAppender();
      this.#stepDown();
      return;
    }
    if (outcome.error.retriable) {
      await sleep(this.options.clock, this.options.limits.backoffMs, this.#stopping.signal);
    } else if (outcome.error.code !== 'TOO_LARGE') {
      throw outcome.error;
    } else if (taken > 1 || request.decided.length > 1) {
      this.#maxInputs = 1;
    } else {
      this.#parkFirst(outcome.error);
    }
  }

  #parkFirst(error: unknown): void {
    const item = this.#pending[0];
    if (item?.input === undefined) throw error;
    this.options.observer.parked(this.options.log, item.input, error);
    this.#pending[0] = { offset: item.offset, input: undefined };
  }

  #stepDown(): void {
    this.#lost = true;
    this.#pending = [];
    this.#setStatus('claiming');
  }

  async #rest(): Promise<void> {
    const { domain, clock } = this.options;
    const due = domain.nextTimer(this.#fold.state.index);
    const now = micros(clock);
    const at = due === undefined ? undefined : Math.max(due.dueAt, this.#graceUntil);
    if (this.#stopping.signal.aborted) return;
    // A timer that is due but held back waits for the gate or for the inbox, both of which notify.
    await this.#wake.wait(at === undefined || at <= now ? undefined : Math.ceil((at - now) / 1000));
  }

  // --- reading, appending, checkpoints ------------------------------------------------------------------------------

  /** Folds the log from the tail as we know it to `to`, or to its end. */
  async #readLog(to?: number): Promise<void> {
    const { bus, log, codec } = this.options;
    for await (const batch of bus.readRange(log, this.#fold.position, to)) {
      for (const record of batch.records) {
        const decoded = codec.decode(record);
        this.#fold.fold(record, decoded instanceof Promise ? await decoded : decoded);
      }
      this.#fold.position = Math.max(this.#fold.position, batch.position);
    }
  }

  async #openAppender(): Promise<Appender> {
    this.#appender ??= await this.options.bus.openAppender(this.options.log);
    return this.#appender;
  }

  async #dropAppender(): Promise<void> {
    const appender = this.#appender;
    this.#appender = undefined;
    await appender?.close().catch(() => undefined);
  }

  async #checkpoint(last: boolean): Promise<void> {
    const { checkpoints, limits, log, domain } = this.options;
    if (checkpoints === undefined || this.#status !== 'owning') return;
    if (this.#sinceCheckpoint < (last ? 1 : limits.checkpointEvery)) return;
    this.#sinceCheckpoint = 0;
    const written = checkpoints.write(log, {
      position: this.#fold.position,
      acceptance: this.#fold.acceptance,
      cause: this.#fold.cause,
      lastHash: this.#fold.lastHash,
      foldVersion: domain.foldVersion,
      streams: [...this.#fold.state.entries()],
      index: domain.saveIndex(this.#fold.state.index),
    });
    if (last) await written;
  }

  #newFold(): PartitionFold<Value, Index, Record_> {
    const { log, partitions, domain, codec, observer } = this.options;
    const onRejected = (reason: string): void => observer.rejected(log, reason);
    return new PartitionFold({ at: log, partitions, domain, codec, onRejected });
  }

  #newRequest(): AppendRequest<Value, Index, Record_> {
    const { log, domain, codec, limits } = this.options;
    return new AppendRequest({
      at: log,
      domain,
      codec,
      state: this.#fold.state,
      acceptance: this.#fold.acceptance,
      tail: this.#fold.position,
      prevHash: this.#fold.lastHash,
      cause: this.#cursor,
      maxBytes: limits.maxBytes,
      maxRecords: limits.maxRecords,
    });
  }

  #setStatus(status: OwnerStatus): void {
    if (this.#status === status) return;
    this.#status = status;
    this.options.observer.status(this.options.log, status);
  }

  #broken(code: LogBroken['code'], message: string): LogBroken {
    return new LogBroken(code, this.options.log.topic, this.options.log.partition, message);
  }
}

/** What an event that was read, not written, counts for in memory. */
const TYPICAL_EVENT_BYTES = 4096;

/** Errors of other edges (the registry) carry the same mark as the bus's. Who is no member waits to be revoked. */
const isRetriable = (error: unknown): boolean =>
  error instanceof Error &&
  (('retriable' in error && error.retriable === true) ||
    (error instanceof BusError && error.code === 'NOT_A_MEMBER'));
