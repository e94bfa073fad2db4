/** One partition: an array of records whose offsets may have holes. */
import type { LogRecord, OutgoingRecord } from '../port.js';

export class PartitionLog {
  readonly records: LogRecord[] = [];
  begin = 0;
  end = 0;

  constructor(
    readonly topic: string,
    readonly partition: number,
  ) {}

  /** The base offset; the records are contiguous. */
  append(records: readonly OutgoingRecord[], timestamp: number): number {
    const base = this.end;
    const { topic, partition } = this;
    for (const { key, value, headers } of records) {
      this.records.push({
        topic,
        partition,
        offset: this.end++,
        timestamp,
        key,
        value,
        headers: headers ?? {},
      });
    }
    return base;
  }

  /** An offset that no record has. */
  skip(count: number): void {
    this.end += count;
  }

  /** Up to `limit` records from a position on, and the position after them; the end's if that is all there is. */
  read(position: number, limit: number, until = this.end): { records: LogRecord[]; position: number } {
    const from = this.#indexOf(position);
    const bound = until >= this.end ? this.records.length : this.#indexOf(until);
    const to = Math.min(bound, from + limit);
    const last = this.records[to - 1];
    const reached = to >= bound || last === undefined ? Math.min(until, this.end) : last.offset + 1;
    return { records: this.records.slice(from, to), position: Math.max(position, reached) };
  }

  #indexOf(position: number): number {
    let low = 0;
    let high = this.records.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.records[middle]?.offset ?? 0) < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
