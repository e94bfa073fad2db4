import type { DerivedIndex, Domain, LoggedEvent, View } from './domain.js';

interface Entry<Value> {
  readonly version: number;
  readonly value: Value | undefined;
}

interface Change<Value> {
  readonly streamId: string;
  readonly before: Entry<Value> | undefined;
  readonly after: Entry<Value>;
}

/**
 * The folded state of one partition: values by stream, and the index derived from them. Changes since the last
 * `settle` can be undone exactly, so that speculative state is thrown away without a refold (law 4).
 */
export class KeyedState<Value, Index extends DerivedIndex<Value>, Record_> implements View<Value, Index> {
  readonly #streams = new Map<string, Entry<Value>>();
  #journal: Change<Value>[] = [];
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

  apply(event: LoggedEvent): void {
    const { streamId, streamVersion } = event.body.meta;
    const before = this.#streams.get(streamId);
    const after: Entry<Value> = { version: streamVersion, value: this.domain.evolve(before?.value, event) };
    this.#journal.push({ streamId, before, after });
    this.#put(streamId, after);
    this.index.moved(streamId, before?.value, after.value);
  }

  #put(streamId: string, entry: Entry<Value> | undefined): void {
    const final = entry?.value !== undefined && this.domain.isFinal(entry.value);
    if (entry === undefined || final) this.#streams.delete(streamId);
    else this.#streams.set(streamId, entry);
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
      this.#put(change.streamId, change.before);
    }
    this.#journal.length = mark;
  }

  /** What has happened so far stands in the log: it can no longer be undone. */
  settle(): void {
    this.#journal = [];
  }

  get size(): number {
    return this.#streams.size;
  }

  *entries(): IterableIterator<readonly [string, number, Value | undefined]> {
    for (const [id, entry] of this.#streams) yield [id, entry.version, entry.value];
  }

  /** Puts a stream back from a checkpoint. */
  load(streamId: string, version: number, value: Value | undefined): void {
    this.#streams.set(streamId, { version, value });
    this.index.moved(streamId, undefined, value);
  }
}
