import type { Decision, DerivedIndex, Domain, Input, LoggedEvent } from '../../../src/log/index.js';

/** What must never be: the seed's schedule has broken a law. */
export class Violation extends Error {
  override readonly name = 'Violation';
}

export const violated = (what: string, detail?: unknown): never => {
  throw new Violation(detail === undefined ? what : `${what}: ${JSON.stringify(detail).slice(0, 600)}`);
};

export interface InboxRecord<Record_> {
  readonly offset: number;
  readonly type: string;
  readonly record: Record_;
}

export interface Run<Value, Index extends DerivedIndex<Value>, Record_> {
  readonly domain: Domain<Value, Index, Record_>;
  readonly inbox: readonly InboxRecord<Record_>[];
  /** Accepted events in order. */
  readonly accepted: readonly LoggedEvent[];
  /** Accepted events of the log, or of an owned inbox, by offset. */
  bodies(from: 'log' | 'inbox', offset: number): LoggedEvent | undefined;
  /** An input that is allowed to have had no effect. */
  mayYieldNothing?(input: InboxRecord<Record_>): boolean;
}

/**
 * Laws 4, 5: the accepted events are one sequential run over the inbox in offset order, timer events at their cursor. A
 * plain loop of its own: it shares nothing with the owner but the domain.
 */
export const checkSequentialRun = <Value, Index extends DerivedIndex<Value>, Record_>(
  run: Run<Value, Index, Record_>,
): void => {
  const { domain, inbox, accepted } = run;
  const values = new Map<string, Value>();
  const versions = new Map<string, number>();
  const index = domain.createIndex();
  let next = 0;

  const decide = (input: Input<Record_>, now: number): Decision & { kind: 'events' } => {
    const loaded = new Map<string, readonly LoggedEvent[]>();
    for (let tries = 0; tries < 4; tries++) {
      const context = { now, partition: 0, tail: Infinity, loaded };
      const decision = domain.decide({ get: (id) => values.get(id), index }, input, context);
      if (decision.kind === 'events') return decision;
      if (decision.kind === 'append-first') break;
      const events = decision.offsets.flatMap((offset) => run.bodies(decision.from ?? 'log', offset) ?? []);
      loaded.set(decision.streamId, events);
    }
    return violated('the run asks for events that are not there', input);
  };

  const take = (input: Input<Record_>, found: readonly LoggedEvent[]): void => {
    const expected = decide(input, found[0]?.body.meta.occurredAt ?? 0).events;
    if (expected.length !== found.length) {
      violated('not a sequential run', { input, expected: expected.map((e) => e.data), found });
    }
    found.forEach((event, i) => {
      const { meta, ...data } = event.body;
      const wanted = expected[i];
      const same =
        wanted?.type === event.type &&
        wanted.streamId === meta.streamId &&
        (wanted.dueAt ?? null) === meta.dueAt &&
        JSON.stringify(wanted.data) === JSON.stringify(data);
      if (!same) violated('another event than in the sequential run', { input, wanted, event });
      if (meta.decisionIndex !== i || meta.decisionSize !== found.length)
        violated('the events of one decision are not together', event);
      const version = (versions.get(meta.streamId) ?? 0) + 1;
      if (meta.streamVersion !== version) violated('a stream with a gap or a double', event);
      versions.set(meta.streamId, version);
      const before = values.get(meta.streamId);
      const after = domain.evolve(before, event);
      index.moved(meta.streamId, before, after);
      if (after === undefined || domain.isFinal(after)) values.delete(meta.streamId);
      else values.set(meta.streamId, after);
      next++;
    });
  };

  const timersAt = (cause: number): void => {
    for (let event = accepted[next]; event?.body.meta.trigger === 'TIMER'; event = accepted[next]) {
      if (event.body.meta.cause !== cause) return;
      const due = domain.nextTimer(index) ?? violated('a timer fired that is not set', event);
      if (due.dueAt > event.body.meta.occurredAt) violated('a timer fired before it was due', event);
      take({ kind: 'timer', ...due }, accepted.slice(next, next + event.body.meta.decisionSize));
    }
  };

  timersAt(-1);
  for (const input of inbox) {
    const found: LoggedEvent[] = [];
    for (let i = next; accepted[i]?.body.meta.cause === input.offset; i++) {
      const event = accepted[i];
      if (event === undefined || event.body.meta.trigger !== 'INPUT') break;
      found.push(event);
    }
    if (found.length > 0 || run.mayYieldNothing?.(input) !== true) take({ kind: 'record', ...input }, found);
    timersAt(input.offset);
  }
  if (next !== accepted.length) violated('events out of order', accepted[next]);
};
