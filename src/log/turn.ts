import { micros } from './clock.js';
import type { Decision, DerivedIndex, Input, LoggedEvent } from './domain.js';
import type { EarlierEvents } from './earlier-events.js';
import type { Inbox, InboxItem } from './inbox.js';
import type { LogTail } from './log-tail.js';
import type { OwnerOptions } from './owner-options.js';
import { AppendRequest, type Added } from './request.js';

export interface TurnInput<Record_> {
  readonly inbox: Inbox<Record_>;
  /** Taken from the inbox, not decided on yet. */
  readonly pending: readonly InboxItem<Record_>[];
  /** Highest inbox offset decided on, decisions without events included. */
  readonly cursor: number;
  /** Inbox records and timers at most. */
  readonly maxInputs: number;
  /** No timer before this, µs since the epoch. */
  readonly graceUntil: number;
  /** A timer that is held back may fire now. */
  onSettled(): void;
}

/** One turn of an owner: decides on inbox records in order, then on the timers that are due, into one request. */
export class Turn<Value, Index extends DerivedIndex<Value>, Record_> {
  readonly request: AppendRequest<Value, Index, Record_>;
  /** How many of the pending inbox records are decided on. */
  taken = 0;
  /** Inbox offsets passed over, and reported: not to be tried again. */
  readonly parked = new Set<number>();
  readonly #loaded = new Map<string, readonly LoggedEvent[]>();

  constructor(
    private readonly options: OwnerOptions<Value, Index, Record_>,
    private readonly tail: LogTail<Value, Index, Record_>,
    private readonly earlier: EarlierEvents<Value, Index, Record_>,
    private readonly input: TurnInput<Record_>,
  ) {
    const { log, domain, codec, limits } = options;
    this.request = new AppendRequest({
      at: log,
      domain,
      codec,
      state: tail.fold.state,
      acceptance: tail.fold.acceptance,
      tail: tail.fold.position,
      prevHash: tail.fold.lastHash,
      cause: input.cursor,
      maxBytes: limits.maxBytes,
      maxRecords: limits.maxRecords,
    });
  }

  async decide(): Promise<void> {
    for (const item of this.input.pending) {
      if (this.taken >= this.input.maxInputs) return;
      if (item.input === undefined) this.request.skip(item.offset);
      else {
        const added = this.#add(item.input);
        if ((typeof added === 'string' ? added : await added) === 'append-first') return;
      }
      this.taken++;
    }
    await this.#addTimers();
  }

  async #addTimers(): Promise<void> {
    const { clock, domain } = this.options;
    const { state } = this.tail.fold;
    for (let left = this.input.maxInputs - this.taken; left > 0; left--) {
      const due = domain.nextTimer(state.index);
      const now = micros(clock);
      if (due === undefined || due.dueAt > now || now < this.input.graceUntil) return;
      if (!this.#mayFire(due.dueAt)) return;
      const before = this.request.records.length;
      if ((await this.#add({ kind: 'timer', ...due })) === 'append-first') return;
      if (this.request.records.length > before || state.isParked(due.streamId)) continue;
      // Parked only while nothing speculative is on the table.
      if (before > 0) return;
      this.park(due.streamId, new Error(`timer ${due.timer} yielded no event, so it would fire for ever`));
    }
  }

  /** Law 7: everything that intake had to bring before the timer was due has been decided on. */
  #mayFire(dueAt: number): boolean {
    const { gate, log } = this.options;
    const horizon = gate.horizon(dueAt, log.partition, () => this.input.onSettled());
    return horizon !== undefined && this.input.inbox.position >= horizon;
  }

  /** At once in nearly all cases: a promise only where earlier events have to be loaded. */
  #add(input: Input<Record_>): 'added' | 'append-first' | Promise<'added' | 'append-first'> {
    const added = this.#try(input);
    return added.kind === 'added' || added.kind === 'append-first'
      ? added.kind
      : this.#addInTheEnd(input, added);
  }

  #try(input: Input<Record_>): Added {
    return this.request.add(input, { now: micros(this.options.clock), loaded: this.#loaded });
  }

  async #addInTheEnd(input: Input<Record_>, first: Added): Promise<'added' | 'append-first'> {
    const asked = new Set<string>();
    for (let added = first; ; added = this.#try(input)) {
      if (added.kind === 'added' || added.kind === 'append-first') return added.kind;
      if (added.kind === 'load' && (await this.#load(added, asked))) continue;
      // Alone in its request it would fail the same way: others go on without it (law 13).
      if (this.request.records.length > 0) return 'append-first';
      const error =
        added.kind === 'impossible'
          ? added.error
          : new Error(`asked again for events ${added.offsets.join(', ')} of ${added.streamId}`);
      this.options.observer.parked(this.options.log, input, error);
      if (input.kind === 'timer') this.park(input.streamId, error);
      else this.#passOver(input.offset);
      return 'added';
    }
  }

  #passOver(offset: number): void {
    this.parked.add(offset);
    this.request.skip(offset);
  }

  /** False: asked for already, or not in the log yet. */
  async #load(wanted: Decision & { kind: 'load' }, asked: Set<string>): Promise<boolean> {
    const from = wanted.from ?? 'log';
    const key = `${from} ${wanted.streamId} ${wanted.offsets.join()}`;
    if (asked.has(key)) return false;
    if (from === 'log' && wanted.offsets.some((offset) => offset >= this.tail.fold.position)) return false;
    asked.add(key);
    this.#loaded.set(wanted.streamId, await this.earlier.load(from, wanted.offsets));
    return true;
  }

  /** No further event of this stream, and no timer, until a build that can decide on it. */
  park(streamId: string, error: unknown): void {
    this.tail.fold.state.park(streamId);
    this.options.observer.streamParked?.(this.options.log, streamId, error);
  }
}
