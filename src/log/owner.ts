import { BusError } from '../bus/port.js';
import { claimPartition } from './claim.js';
import { micros, sleep } from './clock.js';
import type { DerivedIndex, LoggedEvent } from './domain.js';
import { EarlierEvents } from './earlier-events.js';
import type { Inbox, InboxItem } from './inbox.js';
import { land, type Landing } from './land.js';
import { LogTail } from './log-tail.js';
import type { OwnerStatus } from './observer.js';
import { openInbox } from './open-inbox.js';
import type { OwnerOptions } from './owner-options.js';
import type { PartitionFold } from './partition-fold.js';
import type { Decided } from './request.js';
import { restore, takeCheckpoint } from './restore.js';
import { Turn } from './turn.js';
import { Wake } from './wake.js';

/** So many inputs in one request are a stream. */
const STREAM_INPUTS = 8;
const GATHER_MS = 3;

/** Owns one partition of an owned log: restore, claim, decide, append (laws 2 to 5, 7). */
export class PartitionOwner<Value, Index extends DerivedIndex<Value>, Record_> {
  #status: OwnerStatus = 'starting';
  #restored = false;
  #inbox: Inbox<Record_> | undefined;
  #pending: readonly InboxItem<Record_>[] = [];
  /** Highest inbox offset decided on, decisions without events included. */
  #cursor = -1;
  /** A claim was tried before: wait and confirm the membership before the next (law 2). */
  #lost = false;
  #graceUntil = 0;
  #maxInputs: number;
  #sinceCheckpoint = 0;
  /** One at a time: while it is written, the owner goes on. */
  #checkpointing: Promise<void> | undefined;
  readonly #tail: LogTail<Value, Index, Record_>;
  readonly #earlier: EarlierEvents<Value, Index, Record_>;
  readonly #wake: Wake;
  readonly #stopping = new AbortController();

  constructor(private readonly options: OwnerOptions<Value, Index, Record_>) {
    this.#wake = new Wake(options.clock);
    this.#maxInputs = options.limits.maxInputs;
    this.#tail = new LogTail(options);
    this.#earlier = new EarlierEvents(options);
  }

  get status(): OwnerStatus {
    return this.#status;
  }

  /** Read access for tests and for the always-replay check. */
  get fold(): PartitionFold<Value, Index, Record_> {
    return this.#tail.fold;
  }

  /** True when claimed and nothing is left to decide. */
  get caughtUp(): boolean {
    const inbox = this.#inbox;
    if (this.#status !== 'owning' || inbox === undefined || this.#pending.length > 0) return false;
    return inbox.feed.end >= 0 && inbox.position >= inbox.feed.end;
  }

  /** How far the inbox has been decided on, and where it ends; undefined: not taken over yet. */
  get lag(): { readonly position: number; readonly end: number } | undefined {
    const { feed } = this.#inbox ?? {};
    if (feed === undefined) return undefined;
    const position = Math.max(0, this.#pending[0]?.offset ?? this.#inbox?.position ?? 0);
    return { position, end: Math.max(position, feed.end) };
  }

  stop(): void {
    this.#stopping.abort();
    this.#wake.notify();
  }

  /** Runs until stopped or halted; never rejects. */
  async run(): Promise<void> {
    const { observer, log } = this.options;
    try {
      while (!this.#stopping.signal.aborted) await this.#step();
      await this.#checkpoint(true);
      this.#setStatus('stopped');
    } catch (error) {
      this.#status = 'halted';
      observer.status(log, 'halted', error instanceof Error ? error.message : String(error));
    } finally {
      this.#inbox?.feed.close();
      await this.#tail.dropAppender();
    }
  }

  async #step(): Promise<void> {
    try {
      if (this.#status === 'owning') await this.#turn();
      else await this.#claim();
    } catch (error) {
      // Nothing speculative outlives a turn that failed.
      this.#tail.fold.state.rollback();
      if (!isRetriable(error)) throw error;
      this.options.observer.doubtful(this.options.log, error);
      if (error === this.#inbox?.feed.error) this.#stepDown();
      await sleep(this.options.clock, this.options.limits.backoffMs, this.#stopping.signal);
    }
  }

  async #claim(): Promise<void> {
    const { limits, clock, random } = this.options;
    if (!this.#restored) await restore(this.options, this.#tail);
    this.#restored = true;
    this.#setStatus('claiming');
    if (this.#lost) {
      await sleep(clock, limits.backoffMs * (0.5 + random()), this.#stopping.signal);
      await untilAborted(this.options.confirmMembership(), this.#stopping.signal);
    }
    if (this.#stopping.signal.aborted) return;
    this.#lost = true;
    const claim = await claimPartition(this.options, this.#tail);
    if (claim !== undefined) await this.#takeOver(claim.inboxEnd);
  }

  async #takeOver(inboxEnd: number): Promise<void> {
    const { clock, limits, domain } = this.options;
    this.#cursor = this.fold.cause;
    this.#pending = [];
    this.#inbox?.feed.close();
    this.#inbox = await openInbox(this.options, this.#cursor, inboxEnd, this.#wake.notify);
    const waiting = domain.nextTimer(this.fold.state.index) !== undefined;
    this.#graceUntil = waiting ? micros(clock) + limits.graceMs * 1000 : 0;
    this.#lost = false;
    this.#setStatus('owning');
  }

  async #turn(): Promise<void> {
    const inbox = this.#inbox;
    if (inbox === undefined) return;
    await this.options.beforeTurn?.(this.fold);
    const taken = this.options.clock.now();
    if (this.#pending.length === 0) {
      this.#pending = await inbox.take(this.#maxInputs);
      this.#earlier.taken(this.#pending);
    }
    const turn = new Turn(this.options, this.#tail, this.#earlier, {
      inbox,
      pending: this.#pending,
      cursor: this.#cursor,
      maxInputs: this.#maxInputs,
      graceUntil: this.#graceUntil,
      onSettled: this.#wake.notify,
    });
    await turn.decide();
    if (turn.request.decided.length === 0) return this.#rest();
    const begun = this.options.clock.now();
    const changes = this.options.afterAppend === undefined ? [] : [...this.fold.state.unsettled];
    const landing = await land(this.options, this.#tail, turn.request);
    if (landing.kind !== 'landed') {
      this.#pending = this.#pending.map((item) =>
        turn.parked.has(item.offset) ? { offset: item.offset, input: undefined } : item,
      );
      return this.#notLanded(landing, turn);
    }
    if (turn.request.records.length > 0) this.#landed(landing.decided, turn, begun);
    const { observer, log, clock } = this.options;
    observer.handled(log, landing.decided, clock.now() - taken);
    this.options.afterAppend?.(changes);
    this.#cursor = Math.max(this.#cursor, turn.request.cause);
    this.#pending = this.#pending.slice(turn.taken);
    this.#maxInputs = this.options.limits.maxInputs;
    for (const { input, events } of landing.decided) {
      if (input !== undefined) this.options.afterDecision?.(input, events);
    }
    await this.#checkpoint(false);
    // A stream: a moment's wait makes the next request larger, and there are fewer of them.
    if (turn.taken >= STREAM_INPUTS && this.#pending.length === 0) {
      await sleep(this.options.clock, GATHER_MS, this.#stopping.signal);
    }
  }

  #landed(decided: readonly Decided<Record_>[], turn: Turn<Value, Index, Record_>, begun: number): void {
    const events: readonly LoggedEvent[] = decided.flatMap((one) => one.events);
    this.#earlier.written(events, (i) => turn.request.records[i]?.value?.length ?? 0);
    this.#sinceCheckpoint += events.length;
    this.options.observer.appended(this.options.log, events, this.options.clock.now() - begun);
  }

  async #notLanded(
    landing: Exclude<Landing<Record_>, { kind: 'landed' }>,
    turn: Turn<Value, Index, Record_>,
  ): Promise<void> {
    if (landing.kind === 'lost') this.#stepDown();
    else if (landing.kind === 'later')
      await sleep(this.options.clock, this.options.limits.backoffMs, this.#stopping.signal);
    else if (turn.request.decided.length > 1) this.#maxInputs = 1;
    else this.#parkOnly(turn, landing.error);
  }

  /** One decision that the broker refuses for what is in it: it is passed over, others go on (law 13). */
  #parkOnly(turn: Turn<Value, Index, Record_>, error: unknown): void {
    const input = turn.request.decided[0]?.input;
    if (input === undefined) throw error;
    this.options.observer.parked(this.options.log, input, error);
    if (input.kind === 'timer') return turn.park(input.streamId, error);
    this.#pending = [{ offset: input.offset, input: undefined }, ...this.#pending.slice(1)];
  }

  #stepDown(): void {
    this.#lost = true;
    this.#pending = [];
    this.#setStatus('claiming');
  }

  async #rest(): Promise<void> {
    const { domain, clock } = this.options;
    // What was taken may all have been void; more is waiting, and its notice has been heard already.
    if (this.#stopping.signal.aborted || (this.#inbox?.feed.queued ?? 0) > 0) return;
    const due = domain.nextTimer(this.fold.state.index);
    const now = micros(clock);
    const at = due === undefined ? undefined : Math.max(due.dueAt, this.#graceUntil);
    // A timer that is due but held back waits for the gate or for the inbox, both of which notify.
    await this.#wake.wait(at === undefined || at <= now ? undefined : Math.ceil((at - now) / 1000));
  }

  async #checkpoint(last: boolean): Promise<void> {
    const { checkpoints, log } = this.options;
    if (checkpoints === undefined || this.#status !== 'owning') return;
    if (last) await this.#checkpointing;
    else if (this.#checkpointing !== undefined) return;
    if (this.#sinceCheckpoint < (last ? 1 : this.#checkpointEvery)) return;
    // A parked stream must be folded again by a build that can.
    if (this.fold.state.anyParked) return;
    this.#sinceCheckpoint = 0;
    this.#checkpointing = checkpoints.write(log, takeCheckpoint(this.options, this.#tail)).finally(() => {
      this.#checkpointing = undefined;
    });
    if (last) await this.#checkpointing;
  }

  /** A checkpoint costs by its streams, a longer tail by its events: large states are written less often. */
  get #checkpointEvery(): number {
    const { checkpointEvery, checkpointPerStream } = this.options.limits;
    return Math.max(checkpointEvery, checkpointPerStream * this.fold.state.size);
  }

  #setStatus(status: OwnerStatus): void {
    if (this.#status === status) return;
    this.#status = status;
    this.options.observer.status(this.options.log, status);
  }
}

/** Errors of other edges (the registry) carry the same mark as the bus's. Who is no member waits to be revoked. */
const isRetriable = (error: unknown): boolean =>
  error instanceof Error &&
  (('retriable' in error && error.retriable === true) ||
    (error instanceof BusError && error.code === 'NOT_A_MEMBER'));

/** The promise, or nothing as soon as `signal` is aborted. */
const untilAborted = async (promise: Promise<void>, signal: AbortSignal): Promise<void> => {
  if (signal.aborted) return void promise.catch(() => undefined);
  let done: (() => void) | undefined;
  const aborted = new Promise<void>((resolve) => (done = resolve));
  const onAbort = (): void => done?.();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
};
