import type { OutgoingRecord, TopicPartition } from '../bus/port.js';
import type { Acceptance } from './acceptance.js';
import type { EncodedRecord, LogCodec } from './codec.js';
import type {
  DecideContext,
  Decision,
  DerivedIndex,
  Domain,
  Input,
  LoggedEvent,
  NewEvent,
} from './domain.js';
import { makeHead } from './head.js';
import type { KeyedState } from './keyed-state.js';

export interface Decided<Record_> {
  readonly input: Input<Record_> | undefined;
  readonly events: readonly LoggedEvent[];
}

/** What came of trying to add one input to the request. */
export type Added =
  | { readonly kind: 'added' }
  /** The request is full, or its events must stand in the log first: append it, then try again. */
  | { readonly kind: 'append-first' }
  | (Decision & { readonly kind: 'load' })
  /** The decision can not be made or written, alone in its request: park it. */
  | { readonly kind: 'impossible'; readonly error: unknown };

export interface RequestOptions<Value, Index extends DerivedIndex<Value>, Record_> {
  readonly at: TopicPartition;
  readonly domain: Domain<Value, Index, Record_>;
  readonly codec: LogCodec;
  readonly state: KeyedState<Value, Index, Record_>;
  readonly acceptance: Acceptance;
  readonly tail: number;
  readonly prevHash: Buffer;
  readonly cause: number;
  readonly maxBytes: number;
  readonly maxRecords: number;
}

/**
 * One append request in the making (law 4): whole decisions, made on speculative state, stamped with claim and seq.
 * No event contains an offset inside the request.
 */
export class AppendRequest<Value, Index extends DerivedIndex<Value>, Record_> {
  readonly records: OutgoingRecord[] = [];
  readonly events: LoggedEvent[] = [];
  readonly decided: Decided<Record_>[] = [];
  cause: number;
  #bytes = 0;
  #prevHash: Buffer;

  constructor(private readonly options: RequestOptions<Value, Index, Record_>) {
    this.cause = options.cause;
    this.#prevHash = options.prevHash;
  }

  /** Notes an inbox offset that yields nothing. */
  skip(offset: number): void {
    this.cause = Math.max(this.cause, offset);
    this.decided.push({ input: undefined, events: [] });
  }

  /** What was decided, with the events at their real offsets once the request stands at `base`. */
  decidedAt(base: number): readonly Decided<Record_>[] {
    const shift = base - this.options.tail;
    return this.decided.map(({ input, events }) => ({
      input,
      events: events.map((event) => ({ ...event, offset: event.offset + shift })),
    }));
  }

  add(input: Input<Record_>, context: Pick<DecideContext, 'now' | 'loaded'>): Added {
    const { state, domain, at, tail } = this.options;
    const mark = state.mark();
    const size = {
      records: this.records.length,
      bytes: this.#bytes,
      cause: this.cause,
      hash: this.#prevHash,
    };
    try {
      const decision = domain.decide(state, input, { ...context, partition: at.partition, tail });
      if (decision.kind === 'load') return decision;
      if (decision.kind === 'append-first') return this.#appendFirst();
      if (input.kind === 'record') this.cause = Math.max(this.cause, input.offset);
      this.#stamp(decision.events, input, context.now);
      if (this.#fits() || size.records === 0) {
        this.decided.push({ input, events: this.events.slice(size.records) });
        return { kind: 'added' };
      }
      this.#undo(mark, size);
      return { kind: 'append-first' };
    } catch (error) {
      this.#undo(mark, size);
      return { kind: 'impossible', error };
    }
  }

  #appendFirst(): Added {
    if (this.records.length > 0) return { kind: 'append-first' };
    return {
      kind: 'impossible',
      error: new Error('the decision waits for an append, but the request is empty'),
    };
  }

  #fits(): boolean {
    return this.#bytes <= this.options.maxBytes && this.records.length <= this.options.maxRecords;
  }

  #undo(mark: number, size: { records: number; bytes: number; cause: number; hash: Buffer }): void {
    this.options.state.rollback(mark);
    this.records.length = size.records;
    this.events.length = size.records;
    this.#bytes = size.bytes;
    this.cause = size.cause;
    this.#prevHash = size.hash;
  }

  #stamp(events: readonly NewEvent[], input: Input<Record_>, now: number): void {
    const { at, acceptance, state, codec, tail } = this.options;
    events.forEach((event, index) => {
      const meta = makeHead(event, {
        topic: at.topic,
        partition: at.partition,
        at: { claim: acceptance.claim, seq: acceptance.seq + this.records.length },
        cause: this.cause,
        trigger: input.kind === 'record' ? 'INPUT' : 'TIMER',
        inputId: inputIdOf(input),
        streamVersion: state.version(event.streamId) + 1,
        prevHash: this.#prevHash,
        now,
        index,
        size: events.length,
      });
      const body = { ...event.data, meta };
      const encoded: EncodedRecord = codec.encode(at.topic, event.type, body);
      const logged: LoggedEvent = { type: event.type, offset: tail + this.records.length, body };
      this.#prevHash = codec.hash(encoded);
      this.#bytes += (encoded.value?.length ?? 0) + 200;
      this.records.push({ key: keyOf(event), ...encoded });
      this.events.push(logged);
      state.apply(logged);
    });
  }
}

/** The record key is the bare id, so that outsiders can partition and compact by it. */
const keyOf = (event: NewEvent): Buffer =>
  Buffer.from(event.key ?? event.streamId.slice(event.streamId.indexOf('/') + 1));

const inputIdOf = (input: Input<unknown>): string | null => {
  if (input.kind === 'timer') return null;
  const record = input.record as { meta?: { factId?: string; eventId?: string }; commandId?: string };
  return record.meta?.factId ?? record.meta?.eventId ?? record.commandId ?? null;
};
