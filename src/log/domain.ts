/**
 * What an owned log needs from its domain: pure functions over keyed values (law 8). The owner in `owner.ts` does the
 * rest: claim, heads, append, undo, restore, checkpoints, timers.
 */
import type { LogMeta, Timer } from '../events/generated/events.js';

/** An event as a decider makes it: no head yet, and no offset of its own request inside (law 4). */
export interface NewEvent {
  /** Record name within the log's topic, e.g. `TaskReceived`. */
  readonly type: string;
  /** `task/<taskId>`, `agent/<agentId>` or `partition/<p>`; the owner numbers the versions. */
  readonly streamId: string;
  /** Record key; default: the id part of `streamId`. */
  readonly key?: string;
  /** The record without `meta`. */
  readonly data: Readonly<Record<string, unknown>>;
  /** The stream's timer from now on, µs since the epoch; null: none. Recorded in the head (law 7). */
  readonly dueAt?: number | null;
  readonly timer?: Timer | null;
  readonly correlationId: string;
  readonly tenant: string;
  readonly actor: string;
  readonly traceparent: string | null;
}

/** An accepted event as it is folded. `body` is the whole record, `meta` included. */
export interface LoggedEvent<Body = Readonly<Record<string, unknown>>> {
  readonly type: string;
  readonly offset: number;
  readonly body: Body & { readonly meta: LogMeta };
}

/** What the owner decides on: a record of its inbox, or a timer of one of its streams. */
export type Input<Record_> =
  | { readonly kind: 'record'; readonly offset: number; readonly type: string; readonly record: Record_ }
  | { readonly kind: 'timer'; readonly streamId: string; readonly timer: Timer; readonly dueAt: number };

export interface DecideContext {
  /** The owner's clock, µs since the epoch. */
  readonly now: number;
  /** The partition owned: names its own stream `partition/<p>`. */
  readonly partition: number;
  /** The log's tail: offsets at or beyond it are not known yet. */
  readonly tail: number;
  /** Bodies that the domain asked for with `needs`, by stream id. */
  readonly loaded: ReadonlyMap<string, readonly LoggedEvent[]>;
}

/**
 * - `events`: append these (none: the input has no effect).
 * - `append-first`: the decision needs the offset of an event that stands in the current request; append that first.
 * - `load`: the decision needs the bodies of earlier events, at these offsets of the log (or of an owned inbox); they
 *   come in `context.loaded` under `streamId`.
 */
export type Decision =
  | { readonly kind: 'events'; readonly events: readonly NewEvent[] }
  | { readonly kind: 'append-first' }
  | {
      readonly kind: 'load';
      /** Default `log`; `inbox` only where the inbox is an owned log and the offsets are of accepted events. */
      readonly from?: 'log' | 'inbox';
      readonly streamId: string;
      readonly offsets: readonly number[];
    };

/** A structure derived from the values, e.g. a timer heap. `moved(id, b, a)` is exactly undone by `moved(id, a, b)`. */
export interface DerivedIndex<Value> {
  moved(streamId: string, before: Value | undefined, after: Value | undefined): void;
}

/** Read access to the folded state of one partition. */
export interface View<Value, Index> {
  get(streamId: string): Value | undefined;
  readonly index: Index;
}

export interface DueTimer {
  readonly streamId: string;
  readonly timer: Timer;
  readonly dueAt: number;
}

export interface Domain<Value, Index extends DerivedIndex<Value>, Record_> {
  /** Rises whenever `evolve` or the shape of values changes: older checkpoints are ignored. */
  readonly foldVersion: number;
  createIndex(): Index;
  decide(view: View<Value, Index>, input: Input<Record_>, context: DecideContext): Decision;
  /** Value of a stream after an event; undefined: the stream holds no value. */
  evolve(value: Value | undefined, event: LoggedEvent): Value | undefined;
  /** Event types that `decide` may ask to `load` again: the owner keeps the recent ones at hand. */
  loadsLater?(type: string): boolean;
  /** A final value leaves memory once the index has seen it. */
  isFinal(value: Value): boolean;
  /** The earliest timer that is set, or undefined. */
  nextTimer(index: Index): DueTimer | undefined;
  /** What of the index can not be derived from the values in memory (finished streams), for checkpoints; JSON. */
  saveIndex(index: Index): unknown;
  loadIndex(index: Index, saved: unknown): void;
}
