import type { LogRecord, TopicPartition } from '../bus/port.js';
import type { Claimed, LogMeta } from '../events/generated/events.js';
import { accept, NOTHING_ACCEPTED, type Acceptance } from './acceptance.js';
import type { Decoded, EncodedRecord, LogCodec } from './codec.js';
import type { DerivedIndex, Domain, LoggedEvent } from './domain.js';
import { LogBroken } from './errors.js';
import { NO_HASH } from './head.js';
import { KeyedState } from './keyed-state.js';
import { stampOf } from './stamp.js';

export interface FoldOptions<Value, Index extends DerivedIndex<Value>, Record_> {
  readonly at: TopicPartition;
  readonly partitions: number;
  readonly domain: Domain<Value, Index, Record_>;
  readonly codec: LogCodec;
  onRejected(reason: string, record: LogRecord): void;
}

/** State of the owner = fold(log) and nothing else (law 5): one partition, read through acceptance. */
export class PartitionFold<Value, Index extends DerivedIndex<Value>, Record_> {
  readonly state: KeyedState<Value, Index, Record_>;
  /** Offset to read next: the tail as we know it. */
  position = 0;
  acceptance: Acceptance = NOTHING_ACCEPTED;
  /** Highest inbox offset decided. */
  cause = -1;
  #last: EncodedRecord | undefined;
  #lastHash: Buffer = NO_HASH;

  constructor(private readonly options: FoldOptions<Value, Index, Record_>) {
    this.state = new KeyedState(options.domain);
  }

  /** Hash of the last accepted record. */
  get lastHash(): Buffer {
    if (this.#last !== undefined) this.#lastHash = this.options.codec.hash(this.#last);
    this.#last = undefined;
    return this.#lastHash;
  }

  /** Begins from a checkpoint instead of nothing. */
  begin(from: { position: number; acceptance: Acceptance; cause: number; lastHash: Buffer }): void {
    this.position = from.position;
    this.acceptance = from.acceptance;
    this.cause = from.cause;
    this.#last = undefined;
    this.#lastHash = from.lastHash;
  }

  /** Folds one record of the log, in order. Throws `LogBroken`. */
  fold(record: LogRecord, decoded: Decoded): void {
    const stamp = stampOf(decoded);
    this.position = record.offset + 1;
    if (stamp === undefined) return this.options.onRejected('NO_STAMP', record);
    const result = accept(this.acceptance, stamp, record.offset);
    if (result.kind === 'broken') throw this.#broken('LOG_BROKEN', result.message);
    if (result.kind === 'rejected') return this.options.onRejected(result.reason, record);
    this.acceptance = result.next;
    this.#last = record;
    if (decoded.kind === 'event') this.#accepted(record.offset, decoded.name, decoded.record);
    else if (decoded.kind === 'unknown') this.cause = Math.max(this.cause, decoded.head?.cause ?? -1);
  }

  #accepted(offset: number, name: string, body: Readonly<Record<string, unknown>>): void {
    if (name === 'Claimed') {
      const { partitions } = body as unknown as Claimed;
      if (partitions === this.options.partitions) return;
      const message = `claimed with ${partitions} partitions, the topic has ${this.options.partitions} now`;
      throw this.#broken('PARTITIONS_CHANGED', message);
    }
    const event = { type: name, offset, body: body as LoggedEvent['body'] };
    this.cause = Math.max(this.cause, event.body.meta.cause);
    this.state.apply(event);
    this.state.settle();
  }

  /** Takes over what was appended at exactly the tail: the speculative state is now the state (law 4, b == T). */
  adopt(events: readonly LoggedEvent[], last: EncodedRecord, end: number): void {
    const meta: LogMeta | undefined = events.at(-1)?.body.meta;
    if (meta === undefined) return;
    this.acceptance = { claim: meta.claim, seq: meta.seq + 1 };
    this.cause = Math.max(this.cause, meta.cause);
    this.position = end;
    this.#last = last;
    this.state.settle();
  }

  #broken(code: LogBroken['code'], message: string): LogBroken {
    return new LogBroken(code, this.options.at.topic, this.options.at.partition, message);
  }
}
