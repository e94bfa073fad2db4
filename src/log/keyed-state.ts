import type { DerivedIndex, Domain, LoggedEvent, View } from './domain.js';

export interface Entry<Value> {
  readonly version: number;
  readonly value: Value | undefined;
}

/** What one event made of its stream. */
export interface Change<Value> {
  readonly streamId: string;
  readonly before: Entry<Value> | undefined;
  readonly after: Entry<Value>;
}

/**
 * The folded state of one partition: values by stream, and the index derived from them. Changes since the last
 * `settle` can be undone exactly, so that speculative state is thrown away without a refold (law 4).
 */
export class KeyedState<Value, Index extends DerivedIndex<Value>, Record_> implements View<Value, Index> {
  readonly #streams = new Map<string, { -readonly [Key in keyof Entry<Value>]: Entry<Value>[Key] }>();
  readonly #parked = new Set<string>();
  readonly #journal: Change<Value>[] = [];
  readonly index: Index;

  constructor(readonly domain: Domain<Value, Index, Record_>) {
    this.index = domain.createIndex();
  }

  get(streamId: string): Value | undefined {
    return this.#streams.get(streamId)?.value;
  }

  version(streamId: string): number {
    return this.#streams.get(streamId)?.version ?? 0;
  }

  /** Throws when `evolve` does, or when the stream is parked; nothing has changed then. */
  apply(event: LoggedEvent): void {
    const { streamId, streamVersion } = event.body.meta;
    if (this.isParked(streamId)) throw new Error(`${streamId} is parked: it can not be folded by this build`);
    const before = this.#streams.get(streamId);
    const after = { version: streamVersion, value: this.domain.evolve(before?.value, event) };
    this.#put(streamId, after);
    this.index.moved(streamId, before?.value, after.value);
    this.#journal.push({ streamId, before, after });
  }

  /**
   * Like `apply`, for an event that stands in the log: not to be undone, and nothing may be unsettled. A stream's entry is
   * changed in place: a restore is little else than this, and a map of many streams is dear to write to.
   */
  fold(event: LoggedEvent): void {
    const { streamId, streamVersion } = event.body.meta;
    const entry = this.#streams.get(streamId);
    const before = entry?.value;
    const value = this.domain.evolve(before, event);
    if (entry === undefined || (value !== undefined && this.domain.isFinal(value))) {
      this.#put(streamId, { version: streamVersion, value });
    } else {
      entry.version = streamVersion;
      entry.value = value;
    }
    this.index.moved(streamId, before, value);
  }

  #put(streamId: string, entry: Entry<Value> | undefined): void {
    const final = entry?.value !== undefined && this.domain.isFinal(entry.value);
    if (entry === undefined || final) this.#streams.delete(streamId);
    else this.#streams.set(streamId, entry);
  }

  /** The changes since the last `settle`, in order. */
  get unsettled(): readonly Change<Value>[] {
    return this.#journal;
  }

  /** A place to roll back to. */
  mark(): number {
    return this.#journal.length;
  }

  rollback(mark = 0): void {
    for (let i = this.#journal.length - 1; i >= mark; i--) {
      const change = this.#journal[i];
      if (change === undefined) break;
      this.index.moved(change.streamId, change.after.value, change.before?.value);
      // A copy: whoever keeps the change must not see the entry go on.
      this.#put(change.streamId, change.before && { ...change.before });
    }
    this.#journal.length = mark;
  }

  /** What has happened so far stands in the log: it can no longer be undone. */
  settle(): void {
    if (this.#journal.length > 0) this.#journal.length = 0;
  }

  /** An event of the log whose value is not folded: only the stream's version moves. Not to be undone. */
  pass(streamId: string, version: number): void {
    this.#streams.set(streamId, { version, value: this.#streams.get(streamId)?.value });
  }

  /** Takes a stream out: its value and timers are gone, further events only move its version (law 13). */
  park(streamId: string): void {
    if (this.#parked.has(streamId)) return;
    const entry = this.#streams.get(streamId);
    this.#parked.add(streamId);
    this.#streams.set(streamId, { version: entry?.version ?? 0, value: undefined });
    this.index.moved(streamId, entry?.value, undefined);
  }

  isParked(streamId: string): boolean {
    return this.#parked.size > 0 && this.#parked.has(streamId);
  }

  get anyParked(): boolean {
    return this.#parked.size > 0;
  }

  get size(): number {
    return this.#streams.size;
  }

  *entries(): IterableIterator<readonly [string, number, Value | undefined]> {
    for (const [id, entry] of this.#streams) yield [id, entry.version, entry.value];
  }

  /** Puts a stream back from a checkpoint. */
  load(streamId: string, version: number, value: Value | undefined): void {
    this.#put(streamId, { version, value });
    this.index.moved(streamId, undefined, value);
  }
}
