import type { LogRecord, TopicPartition } from '../bus/port.js';
import type { Claimed, LogMeta } from '../events/generated/events.js';
import { accept, NOTHING_ACCEPTED, type Acceptance } from './acceptance.js';
import type { Decoded, EncodedRecord, LogCodec } from './codec.js';
import type { DerivedIndex, Domain, LoggedEvent } from './domain.js';
import { LogBroken } from './errors.js';
import { linkOf } from './hash-chain.js';
import { NO_HASH } from './head.js';
import { KeyedState } from './keyed-state.js';
import { stampOf } from './stamp.js';

export interface FoldOptions<Value, Index extends DerivedIndex<Value>, Record_> {
  readonly at: TopicPartition;
  readonly partitions: number;
  readonly topicIds?: { readonly log: string | null; readonly inbox: string | null };
  readonly domain: Domain<Value, Index, Record_>;
  readonly codec: LogCodec;
  onRejected(reason: string, record: LogRecord): void;
  /** An event that `evolve` refuses: its stream is taken out, others go on (law 13). */
  onParked?(streamId: string, error: unknown): void;
}

/** The hash chain is checked at claims, behind checkpoints, and at every so many records: a hash costs as much as a fold. */
const CHECK_EVERY = 1024;

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
  /** Offset behind the last accepted record: what a claim must have folded for its prevHash to mean that record. */
  #behindLast = 0;
  #unchecked = CHECK_EVERY;

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
    this.#behindLast = from.position;
    this.#unchecked = CHECK_EVERY;
  }

  /** Folds one record of the log, in order. Throws `LogBroken`. */
  fold(record: LogRecord, decoded: Decoded): void {
    const stamp = stampOf(decoded);
    this.position = record.offset + 1;
    if (stamp === undefined) return this.options.onRejected('NO_STAMP', record);
    const result = accept(this.acceptance, stamp, record.offset);
    if (result.kind === 'broken') throw this.#broken('LOG_BROKEN', result.message);
    if (result.kind === 'rejected') return this.options.onRejected(result.reason, record);
    if (++this.#unchecked > CHECK_EVERY || stamp.kind === 'claim') this.#checkLink(record, decoded);
    this.acceptance = result.next;
    this.#last = record;
    this.#behindLast = this.position;
    if (decoded.kind === 'event') this.#accepted(record.offset, decoded.name, decoded.record);
    else if (decoded.kind === 'unknown' && decoded.head !== null) this.#passed(decoded.head, record);
  }

  #checkLink(record: LogRecord, decoded: Decoded): void {
    this.#unchecked = 0;
    const link = linkOf(decoded);
    if (link === undefined || link.foldedTo < this.#behindLast || link.prevHash.equals(this.lastHash)) return;
    const message = `offset ${record.offset}: its prevHash is not the hash of the accepted record before it; a record was removed or altered, run arbiter doctor`;
    throw this.#broken('LOG_BROKEN', message);
  }

  /** A type this build does not know: it moves seq, cause and its stream's version, and nothing else (law 12). */
  #passed(meta: LogMeta, record: LogRecord): void {
    this.cause = Math.max(this.cause, meta.cause);
    this.state.pass(meta.streamId, meta.streamVersion);
    this.options.onRejected('UNKNOWN_TYPE', record);
  }

  #accepted(offset: number, name: string, body: Readonly<Record<string, unknown>>): void {
    if (name === 'Claimed') return this.#checkClaim(body as unknown as Claimed);
    const event = { type: name, offset, body: body as LoggedEvent['body'] };
    const { cause, streamId, streamVersion } = event.body.meta;
    this.cause = Math.max(this.cause, cause);
    if (this.state.isParked(streamId)) return this.state.pass(streamId, streamVersion);
    try {
      this.state.fold(event);
    } catch (error) {
      this.state.park(streamId);
      this.state.pass(streamId, streamVersion);
      this.options.onParked?.(streamId, error);
    }
  }

  #checkClaim({ partitions, logTopicId, inboxTopicId }: Claimed): void {
    if (partitions !== this.options.partitions) {
      const message = `claimed with ${partitions} partitions, the topic has ${this.options.partitions} now`;
      throw this.#broken('PARTITIONS_CHANGED', message);
    }
    const { topicIds } = this.options;
    if (topicIds === undefined) return;
    this.#checkTopic('log', logTopicId, topicIds.log);
    this.#checkTopic('inbox', inboxTopicId, topicIds.inbox);
  }

  #checkTopic(which: string, claimed: string | null, found: string | null): void {
    if (claimed === null || found === null || claimed === found) return;
    const message = `the ${which} was claimed as topic ${claimed}, it is ${found} now: deleted and made anew, run arbiter doctor`;
    throw this.#broken('TOPIC_REPLACED', message);
  }

  /** Takes over what was appended at exactly the tail: the speculative state is now the state (law 4, b == T). */
  adopt(events: readonly LoggedEvent[], last: EncodedRecord, end: number): void {
    const meta: LogMeta | undefined = events.at(-1)?.body.meta;
    if (meta === undefined) return;
    this.acceptance = { claim: meta.claim, seq: meta.seq + 1 };
    this.cause = Math.max(this.cause, meta.cause);
    this.position = end;
    this.#last = last;
    this.#behindLast = end;
    this.state.settle();
  }

  #broken(code: LogBroken['code'], message: string): LogBroken {
    return new LogBroken(code, this.options.at.topic, this.options.at.partition, message);
  }
}
