import type { Batch, LogRecord, TopicPartition } from '../bus/port.js';
import type { Feed } from './feed.js';

/** A feed that its reader fills by hand, batch by batch: for a stretch of the log that has an end. */
export class RangeFeed implements Feed {
  #records: readonly LogRecord[] = [];
  #index = 0;
  #behind: number;
  readonly error = undefined;

  constructor(
    readonly at: TopicPartition,
    from: number,
    readonly end: number,
  ) {
    this.#behind = from;
  }

  get queued(): number {
    return this.#records.length - this.#index;
  }

  get position(): number {
    return this.#records[this.#index]?.offset ?? this.#behind;
  }

  /** The batch before must have been taken. */
  push(batch: Batch): void {
    this.#records = batch.records;
    this.#index = 0;
    this.#behind = batch.position;
  }

  take(max: number): readonly LogRecord[] {
    const taken = this.#records.slice(this.#index, this.#index + max);
    this.#index += taken.length;
    return taken;
  }

  close(): void {
    this.#records = [];
  }
}
