import type { Decision, Domain, LoggedEvent, NewEvent } from '../../../src/log/index.js';
import { TimersAndFinished, type Timed } from './timers.js';

/** What the test's inbox holds. `token`: offset of the `Armed` event that the renewal refers to. */
export interface Fact {
  readonly op: 'add' | 'cite' | 'arm' | 'renew' | 'poke' | 'finish' | 'poison' | 'huge';
  readonly counter: string;
  readonly n: number;
  readonly token?: number;
}

export interface Counter extends Timed {
  /** Hash over everything that happened to it. */
  readonly h: number;
  readonly last: number;
  readonly fires: number;
  /** Offset of the `Armed` event that stands: the token of renewals; -1: none. */
  readonly armed: number;
}

export const LEASE_MICROS = 30_000;
export const HUGE_BYTES = 9_000;
const FRESH: Counter = { h: 1, last: -1, fires: 0, armed: -1, due: null, done: false };

const event = (counter: string, type: string, data: NewEvent['data'], dueAt?: number): NewEvent => ({
  type,
  streamId: `counter/${counter}`,
  data,
  dueAt: dueAt ?? null,
  timer: dueAt === undefined ? null : 'LEASE',
  correlationId: counter,
  tenant: 'test',
  actor: 'test',
  traceparent: null,
});

const events = (...made: NewEvent[]): Decision => ({ kind: 'events', events: made });

/**
 * Hash-chained counters: what an event says depends on everything before it, some inputs yield nothing, some need the
 * real offset or the body of an earlier event, some set timers whose firing changes what later inputs do.
 */
export const counters: Domain<Counter, TimersAndFinished, Fact> = {
  foldVersion: 1,
  createIndex: () => new TimersAndFinished(),
  decide: (view, input, context) => {
    if (input.kind === 'timer') return events(event(input.streamId.slice(8), 'Fired', { due: input.dueAt }));
    const { op, counter, n, token } = input.record;
    const id = `counter/${counter}`;
    if (op === 'poison') throw new Error('poison');
    if (op === 'huge') return events(event(counter, 'Added', { v: n, pad: 'x'.repeat(HUGE_BYTES) }));
    if (view.index.finished.has(id)) return events();
    const state = view.get(id);
    const { h, last, armed, fires } = state ?? FRESH;
    if (op === 'add') {
      const other = view.get(`counter/c${(Number(counter.slice(1)) + 1) % 3}`)?.h ?? 0;
      const count = (h + other + n * 7) % 4;
      const made = Array.from({ length: count }, (_, j) => (h * 31 + other + n + j) % 1009);
      return events(...made.map((v) => event(counter, 'Added', { v }, state?.due ?? undefined)));
    }
    if (op === 'arm') return events(event(counter, 'Armed', { v: n }, context.now + LEASE_MICROS));
    if (state === undefined) return events();
    if (op === 'cite') {
      if (last >= context.tail) return { kind: 'append-first' };
      const cited = context.loaded.get(id)?.find((one) => one.offset === last);
      if (cited === undefined) return { kind: 'load', streamId: id, offsets: [last] };
      const { v = 0 } = cited.body as { v?: number };
      return events(event(counter, 'Cited', { cites: last, was: cited.type, v }, state.due ?? undefined));
    }
    if (op === 'renew') {
      if (armed < 0 || token !== armed) return events();
      return events(event(counter, 'Renewed', { token, v: n }, context.now + LEASE_MICROS));
    }
    if (op === 'poke')
      return fires % 2 === 1 ? events(event(counter, 'Poked', { v: n }, state.due ?? undefined)) : events();
    return events(event(counter, 'Finished', { v: n }));
  },
  evolve: (before, { type, offset, body }: LoggedEvent) => {
    const { h, fires, armed } = before ?? FRESH;
    const { v = 0, cites = 0 } = body as { v?: number; cites?: number };
    return {
      h: (h * 131 + v + cites + 1) % 100_003,
      last: offset,
      fires: fires + (type === 'Fired' ? 1 : 0),
      armed: type === 'Armed' ? offset : type === 'Fired' ? -1 : armed,
      due: body.meta.dueAt,
      done: type === 'Finished',
    };
  },
  loadsLater: (type) => type === 'Cited',
  isFinal: (value) => value.done,
  nextTimer: (index) => index.next(),
  saveIndex: (index) => [...index.finished].sort(),
  loadIndex: (index, saved) => {
    for (const id of saved as string[]) index.finished.add(id);
  },
};
