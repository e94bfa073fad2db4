import type { Domain, LoggedEvent, NewEvent } from '../../../src/log/index.js';
import { TimersAndFinished, type Timed } from './timers.js';

/** An accepted event of the counters' log, as the record of an owned inbox. */
export type CounterEvent = LoggedEvent['body'];

export interface Echoes extends Timed {
  readonly h: number;
  /** Offset of the last `Armed` answered: one answer per ask. */
  readonly answered: number;
}

/** Asks that the look-ahead has seen withdrawn: they need no answer any more. */
export type Withdrawn = ReadonlySet<number>;

const echo = (counter: string, type: string, data: NewEvent['data']): NewEvent => ({
  type,
  streamId: `echo/${counter}`,
  data,
  correlationId: counter,
  tenant: 'test',
  actor: 'test',
  traceparent: null,
});

/**
 * The second link of a chain: an owner whose inbox is the counters' log. It answers `Armed` unless the ask is known to be
 * withdrawn, echoes `Added`, and needs the body of the ask again when the counter has fired.
 */
export const echoes = (withdrawn: Withdrawn): Domain<Echoes, TimersAndFinished, CounterEvent> => ({
  foldVersion: 1,
  createIndex: () => new TimersAndFinished(),
  decide: (view, input, context) => {
    if (input.kind === 'timer') throw new Error('echoes have no timers');
    const counter = input.record.meta.streamId.slice(8);
    const { h, answered } = view.get(`echo/${counter}`) ?? { h: 1, answered: -1 };
    if (input.type === 'Armed') {
      if (withdrawn.has(input.offset)) return { kind: 'events', events: [] };
      return { kind: 'events', events: [echo(counter, 'Answered', { ask: input.offset, v: h })] };
    }
    if (input.type === 'Fired' && answered >= 0) {
      const id = `echo/${counter}`;
      const ask = context.loaded.get(id)?.find((one) => one.offset === answered);
      if (ask === undefined) return { kind: 'load', from: 'inbox', streamId: id, offsets: [answered] };
      return { kind: 'events', events: [echo(counter, 'Missed', { ask: answered, was: ask.type, v: h })] };
    }
    if (input.type !== 'Added') return { kind: 'events', events: [] };
    const { v } = input.record as unknown as { v: number };
    return { kind: 'events', events: [echo(counter, 'Echoed', { of: input.offset, v: (h + v) % 1009 })] };
  },
  evolve: (before, { type, body }) => {
    const { v, ask } = body as unknown as { v: number; ask?: number };
    const { h, answered } = before ?? { h: 1, answered: -1 };
    return {
      h: (h * 131 + v + 1) % 100_003,
      answered: type === 'Answered' && ask !== undefined ? ask : type === 'Missed' ? -1 : answered,
      due: null,
      done: false,
    };
  },
  loadsLater: (type) => type === 'Armed',
  isFinal: (value) => value.done,
  nextTimer: (index) => index.next(),
  saveIndex: () => null,
  loadIndex: () => undefined,
});

/** Which asks are withdrawn: `Fired` or `Finished` of the same counter ends the one that stands; so does a newer one. */
export class AsksSeen {
  readonly withdrawn = new Set<number>();
  readonly #standing = new Map<string, number>();

  see(type: string, offset: number, streamId: string): void {
    if (type !== 'Armed' && type !== 'Fired' && type !== 'Finished') return;
    const standing = this.#standing.get(streamId);
    if (standing !== undefined) this.withdrawn.add(standing);
    if (type === 'Armed') this.#standing.set(streamId, offset);
    else this.#standing.delete(streamId);
  }
}
