import type {
  DecideContext,
  DerivedIndex,
  Decision,
  Domain,
  Input,
  LoggedEvent,
  NewEvent,
} from '../../src/log/domain.js';
import type { LogMeta } from '../../src/events/generated/events.js';

/** What an event looked like before it was appended; times in µs. */
export type Past = Pick<NewEvent, 'type' | 'streamId' | 'data'> &
  Partial<NewEvent> & { readonly at?: number };

/**
 * A partition of an owned log without a broker: decides, stamps, appends and folds, as an owner does when nothing goes
 * wrong. Undo is the owner's: values put back, index moved the other way.
 */
export class Partition<Value, Index extends DerivedIndex<Value>, Record_> {
  readonly values = new Map<string, Value>();
  readonly versions = new Map<string, number>();
  readonly index: Index;
  readonly log: LoggedEvent[] = [];
  /** µs since the epoch. */
  now = 1_700_000_000_000_000;
  #inbox = 0;

  constructor(
    readonly domain: Domain<Value, Index, Record_>,
    readonly topic = 'arbiter.tasks',
    readonly partition = 0,
  ) {
    this.index = domain.createIndex();
  }

  get = (streamId: string): Value | undefined => this.values.get(streamId);

  append(events: readonly Past[], inputId: string | null = null): LoggedEvent[] {
    return events.map((event, index) => {
      const offset = this.log.length;
      const version = (this.versions.get(event.streamId) ?? 0) + 1;
      const meta: LogMeta = {
        claim: 0,
        seq: offset,
        cause: this.#inbox - 1,
        trigger: 'INPUT',
        inputId,
        eventId: `${this.topic}/${this.partition}/0/${offset}`,
        streamId: event.streamId,
        streamVersion: version,
        prevHash: Buffer.alloc(32),
        occurredAt: event.at ?? this.now,
        dueAt: event.dueAt ?? null,
        timer: event.timer ?? null,
        decisionIndex: index,
        decisionSize: events.length,
        correlationId: event.correlationId ?? event.streamId,
        tenant: event.tenant ?? 'default',
        actor: event.actor ?? 'test',
        traceparent: event.traceparent ?? null,
      };
      const logged: LoggedEvent = { type: event.type, offset, body: { ...event.data, meta } };
      this.log.push(logged);
      this.versions.set(event.streamId, version);
      this.apply(logged);
      return logged;
    });
  }

  apply(event: LoggedEvent): { streamId: string; before: Value | undefined; after: Value | undefined } {
    const { streamId } = event.body.meta;
    const before = this.values.get(streamId);
    const after = this.domain.evolve(before, event);
    this.#put(streamId, after);
    this.index.moved(streamId, before, after);
    return { streamId, before, after };
  }

  undo(change: { streamId: string; before: Value | undefined; after: Value | undefined }): void {
    this.index.moved(change.streamId, change.after, change.before);
    this.#put(change.streamId, change.before);
  }

  #put(streamId: string, value: Value | undefined): void {
    if (value === undefined || this.domain.isFinal(value)) this.values.delete(streamId);
    else this.values.set(streamId, value);
  }

  /** One decision, undecorated. */
  ask(input: Input<Record_>, context: Partial<DecideContext> = {}): Decision {
    const { now, partition } = this;
    const all: DecideContext = { now, partition, tail: this.log.length, loaded: new Map(), ...context };
    return this.domain.decide(this, input, all);
  }

  /** Decides with whatever bodies are wanted. */
  decide(input: Input<Record_>): readonly NewEvent[] {
    let loaded = new Map<string, readonly LoggedEvent[]>();
    for (let tries = 0; tries < 3; tries++) {
      const decision = this.ask(input, { loaded });
      if (decision.kind === 'events') return decision.events;
      if (decision.kind === 'append-first') throw new Error('append-first, though all is appended');
      loaded = new Map([[decision.streamId, this.log.filter((e) => decision.offsets.includes(e.offset))]]);
    }
    throw new Error('the decision never has enough bodies');
  }

  record(type: string, record: Record_): LoggedEvent[] {
    const events = this.decide({ kind: 'record', offset: this.#inbox, type, record });
    this.#inbox += 1;
    const { meta, commandId } = record as { meta?: { factId: string }; commandId?: string };
    return this.append(events, meta?.factId ?? commandId ?? null);
  }

  /** Fires the earliest timer, at its time. */
  fire(): LoggedEvent[] {
    const due = this.domain.nextTimer(this.index);
    if (due === undefined) return [];
    this.now = Math.max(this.now, due.dueAt);
    return this.append(this.decide({ kind: 'timer', ...due }));
  }
}
