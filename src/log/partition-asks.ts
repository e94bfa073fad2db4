import type { LogRecord, TopicPartition } from '../bus/port.js';
import type { AskRef, AskRepeated, LogMeta } from '../events/generated/events.js';
import type { Ask, AskerOptions } from './asks.js';
import { micros } from './clock.js';
import type { LoggedEvent } from './domain.js';
import { LogBroken } from './errors.js';
import type { Feeds } from './feed.js';
import { LogFollower, type Cursor, type Followed } from './follow.js';
import { Wake } from './wake.js';

interface Pending {
  readonly ref: AskRef;
  readonly taskId: string;
  /** Where reading must begin again so that this ask is seen. */
  readonly before: Cursor;
  event: LoggedEvent | undefined;
  dueAt: number | null;
  status: 'waiting' | 'running' | 'done';
}

const DEFAULT_BODIES = 2000;
const TRY_AGAIN_MS = 1000;

/** The asks of one partition that are still wanted. */
export class PartitionAsks {
  readonly #pending = new Map<number, Pending>();
  readonly #waiting = new Set<Pending>();
  readonly #byTask = new Map<string, number>();
  readonly #running = new Set<Promise<void>>();
  readonly #follower: LogFollower;
  readonly #wake: Wake;
  /** Behind everything seen: the follower is ahead of it while it decodes. */
  #seen: Cursor;
  #stopped = false;
  #committedUpTo: number;
  #bodies = 0;
  #halted: string | undefined;
  caughtUp = false;

  constructor(
    private readonly options: AskerOptions,
    feeds: Feeds,
    private readonly at: TopicPartition,
    begin: Cursor,
    private readonly pump: () => void,
  ) {
    this.#wake = new Wake(options.clock);
    this.#seen = begin;
    this.#committedUpTo = begin.position;
    const feed = feeds.open(at, begin.position, this.#wake.notify);
    const onRejected = (reason: string): void => options.onRejected(at, reason);
    this.#follower = new LogFollower(feed, begin.acceptance, options.codec, onRejected);
  }

  get size(): number {
    return this.#pending.size;
  }

  /** Bodies in memory. */
  get bodies(): number {
    return this.#bodies;
  }

  /** Why the partition is not followed any more: the log has been cut or written by a stranger (law 3). */
  get halted(): string | undefined {
    return this.#halted;
  }

  /** Records known of and not seen yet. */
  get lag(): { readonly position: number; readonly end: number } {
    return { position: this.#seen.position, end: Math.max(this.#seen.position, this.#follower.feed.end) };
  }

  async run(): Promise<void> {
    while (!this.#stopped) {
      try {
        const followed = await this.#follower.take(500);
        if (this.#isStopped()) return;
        for (const one of followed) this.#see(one);
        this.#seen = this.#follower.cursor;
        if (!this.caughtUp && this.#follower.caughtUp) this.caughtUp = true;
        this.pump();
        if (followed.length === 0) await this.#wake.wait(this.#follower.feed.queued > 0 ? 0 : undefined);
      } catch (error) {
        this.options.onError(error, this.at);
        if (error instanceof LogBroken) {
          this.#halt(error);
          return;
        }
        await this.#wake.wait(TRY_AGAIN_MS);
      }
    }
  }

  #isStopped(): boolean {
    return this.#stopped;
  }

  #halt(error: LogBroken): void {
    this.#halted = error.message;
    this.#follower.feed.close();
  }

  #see({ event, before }: Followed): void {
    this.options.observe?.(event, this.at.partition);
    const body = event.body as LoggedEvent['body'] & { taskId: string };
    if (event.type === 'AskRepeated') return this.#repeat(event, body.taskId, before);
    if (this.options.neutral.includes(event.type)) return;
    this.#end(body.taskId);
    if (this.options.asks.includes(event.type)) {
      const ref = { offset: event.offset, eventId: body.meta.eventId };
      this.#begin({ ref, taskId: body.taskId, before, event, dueAt: body.meta.dueAt, status: 'waiting' });
    }
  }

  /** Answers always refer to the first ask; one that was answered is answered again. */
  #repeat(event: LoggedEvent, taskId: string, before: Cursor): void {
    const { ask, kind, meta } = event.body as unknown as AskRepeated & { meta: LogMeta };
    if (!this.options.kinds.includes(kind)) return;
    const known = this.#pending.get(ask.offset);
    if (known === undefined) {
      this.#begin({ ref: ask, taskId, before, event: undefined, dueAt: meta.dueAt, status: 'waiting' });
      return;
    }
    known.dueAt = meta.dueAt;
    if (known.status !== 'running') this.#wait(known);
  }

  #begin(pending: Pending): void {
    if (pending.event !== undefined) {
      if (this.#bodies < (this.options.maxBodies ?? DEFAULT_BODIES)) this.#bodies++;
      else pending.event = undefined;
    }
    this.#wait(pending);
    this.#pending.set(pending.ref.offset, pending);
    this.#byTask.set(pending.taskId, pending.ref.offset);
  }

  #wait(pending: Pending): void {
    pending.status = 'waiting';
    this.#waiting.add(pending);
  }

  #end(taskId: string): void {
    const offset = this.#byTask.get(taskId);
    if (offset === undefined) return;
    const pending = this.#pending.get(offset);
    if (pending !== undefined) {
      this.#forgetBody(pending);
      this.#waiting.delete(pending);
    }
    this.#pending.delete(offset);
    this.#byTask.delete(taskId);
  }

  #forgetBody(pending: Pending): void {
    if (pending.event === undefined) return;
    pending.event = undefined;
    this.#bodies--;
  }

  /** Starts on the oldest ask that waits and is not overdue; false: there is none. */
  startNext(onDone: () => void): boolean {
    if (!this.caughtUp || this.#stopped || this.#halted !== undefined) return false;
    for (const pending of this.#waiting) {
      this.#waiting.delete(pending);
      // Overdue: only a re-ask, which brings a new time, starts it.
      if (this.#isOverdue(pending)) continue;
      pending.status = 'running';
      const work = this.#handle(pending).finally(() => {
        this.#running.delete(work);
        onDone();
      });
      this.#running.add(work);
      return true;
    }
    return false;
  }

  #isOverdue({ dueAt }: Pending): boolean {
    return dueAt !== null && dueAt < micros(this.options.clock);
  }

  async #handle(pending: Pending): Promise<void> {
    const { ref, taskId } = pending;
    try {
      const event = pending.event ?? (await this.#read(ref.offset));
      if (event === undefined) throw new Error(`no readable ask at offset ${ref.offset}`);
      const readUpTo = this.#seen.position;
      const isWanted = (): boolean =>
        !this.#stopped && this.#pending.get(ref.offset) === pending && !this.#isOverdue(pending);
      const ask: Ask = { ref, taskId, partition: this.at.partition, event, readUpTo, isWanted };
      await this.options.handle(ask);
    } catch (error) {
      this.options.onError(error, this.at, { taskId, offset: ref.offset });
    }
    pending.status = 'done';
    // Whoever asks again is answered from the log.
    this.#forgetBody(pending);
  }

  async #read(offset: number): Promise<LoggedEvent | undefined> {
    for await (const batch of this.options.bus.readRange(this.at, offset, offset + 1)) {
      const record: LogRecord | undefined = batch.records.find((r) => r.offset === offset);
      if (record === undefined) continue;
      const decoded = await this.options.codec.decode(record);
      if (decoded.kind === 'event') {
        return { type: decoded.name, offset, body: decoded.record as LoggedEvent['body'] };
      }
    }
    return undefined;
  }

  /** How far a restart need not read again; undefined: no further than what is committed. */
  lowWater(): { at: TopicPartition; asks: PartitionAsks; cursor: Cursor } | undefined {
    if (!this.caughtUp) return undefined;
    let cursor = this.#seen;
    for (const { status, before } of this.#pending.values()) {
      if (status !== 'done' && before.position < cursor.position) cursor = before;
    }
    return cursor.position > this.#committedUpTo ? { at: this.at, asks: this, cursor } : undefined;
  }

  committed(cursor: Cursor): void {
    this.#committedUpTo = Math.max(this.#committedUpTo, cursor.position);
  }

  stop(): void {
    this.#stopped = true;
    this.#follower.feed.close();
    this.#wake.notify();
  }

  async finish(): Promise<void> {
    this.stop();
    await Promise.all(this.#running);
  }
}
