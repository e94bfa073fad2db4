/** What waits for one partition, and what of it is in flight: the order is kept whatever has to be sent again. */
import type { BusError, OutgoingRecord, TopicPartition } from '../port.js';

export interface Waiting {
  readonly record: OutgoingRecord;
  readonly bytes: number;
  /** Milliseconds since the epoch. */
  readonly deadline: number;
  resolve(sent: { readonly offset: number }): void;
  reject(error: BusError): void;
}

export class PartitionQueue implements TopicPartition {
  #waiting: Waiting[] = [];
  #flying: Waiting[] = [];
  #maxRecords = Number.POSITIVE_INFINITY;
  lastError: BusError | undefined;

  constructor(
    readonly topic: string,
    readonly partition: number,
  ) {}

  get length(): number {
    return this.#waiting.length;
  }

  get flying(): readonly Waiting[] {
    return this.#flying;
  }

  get inFlight(): boolean {
    return this.#flying.length > 0;
  }

  push(one: Waiting): void {
    this.#waiting.push(one);
  }

  /** Moves what fits into flight, at least one record; the bytes taken. */
  take(room: number): number {
    let bytes = 0;
    let count = 0;
    for (const one of this.#waiting) {
      if (count >= this.#maxRecords || (count > 0 && bytes + one.bytes > room)) break;
      bytes += one.bytes;
      count++;
    }
    this.#flying = count === this.#waiting.length ? this.#waiting : this.#waiting.slice(0, count);
    this.#waiting = count === this.#waiting.length ? [] : this.#waiting.slice(count);
    return bytes;
  }

  takeAll(): Waiting[] {
    const all = this.#waiting;
    this.#waiting = [];
    return all;
  }

  /** What was in flight is settled. */
  landed(): readonly Waiting[] {
    const done = this.#flying;
    this.#flying = [];
    this.#maxRecords = Number.POSITIVE_INFINITY;
    return done;
  }

  /** Back to the front: the next request carries it again, before anything newer. */
  putBack(error: BusError): void {
    this.lastError = error;
    this.#waiting = this.#flying.concat(this.#waiting);
    this.#flying = [];
  }

  /** The batch was too large: half as many next time. A single record that is too large is the caller's to hear. */
  halve(error: BusError): void {
    this.#maxRecords = Math.ceil(this.#flying.length / 2);
    this.putBack(error);
  }

  /** Records past their deadline; not those in flight, whose answer is still to come. */
  takeExpired(now: number): Waiting[] {
    const first = this.#waiting[0];
    if (first === undefined || first.deadline > now) return [];
    const kept = this.#waiting.findIndex((one) => one.deadline > now);
    const late = kept === -1 ? this.#waiting : this.#waiting.slice(0, kept);
    this.#waiting = kept === -1 ? [] : this.#waiting.slice(kept);
    return late;
  }
}
