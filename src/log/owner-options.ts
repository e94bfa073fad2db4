import type { Bus, TopicPartition } from '../bus/port.js';
import type { CheckpointStore } from './checkpoint.js';
import type { Clock } from './clock.js';
import type { LogCodec } from './codec.js';
import type { DerivedIndex, Domain, Input, LoggedEvent } from './domain.js';
import type { Feeds } from './feed.js';
import type { Change } from './keyed-state.js';
import type { OwnerObserver } from './observer.js';
import type { PartitionFold } from './partition-fold.js';
import type { TimerGate } from './timer-gate.js';

export interface OwnerLimits {
  /** Bytes and records of one append request at most; one decision alone may be larger. */
  readonly maxBytes: number;
  readonly maxRecords: number;
  /** Inbox records and timers decided on in one turn at most. */
  readonly maxInputs: number;
  /** No timer fires for this long after a takeover, ms: at least one lease (law 7). */
  readonly graceMs: number;
  /** Jittered back-off before claiming again, ms (law 2). */
  readonly backoffMs: number;
  /** Accepted events between checkpoints: so many, and so many for each stream in memory. */
  readonly checkpointEvery: number;
  readonly checkpointPerStream: number;
}

export const OWNER_LIMITS: OwnerLimits = {
  maxBytes: 512 * 1024,
  maxRecords: 1000,
  maxInputs: 512,
  graceMs: 15_000,
  backoffMs: 200,
  checkpointEvery: 20_000,
  checkpointPerStream: 2,
};

export interface OwnerOptions<Value, Index extends DerivedIndex<Value>, Record_> {
  /** Component, as written into claims. */
  readonly owner: string;
  readonly instance: string;
  readonly build: string;
  readonly bus: Bus;
  readonly codec: LogCodec;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: TopicPartition;
  readonly inbox: TopicPartition;
  /** The inbox is an owned log itself and is read through acceptance. */
  readonly inboxOwned: boolean;
  readonly partitions: number;
  readonly topicIds: { readonly log: string | null; readonly inbox: string | null };
  readonly domain: Domain<Value, Index, Record_>;
  readonly feeds: Feeds;
  readonly gate: TimerGate;
  readonly limits: OwnerLimits;
  readonly checkpoints?: CheckpointStore;
  readonly observer: OwnerObserver;
  /** Law 2: resolves at the next successful heartbeat or commit of the current generation. */
  confirmMembership(): Promise<void>;
  /** Sees what the inbox holds beyond `cause` before the first decision after a takeover (law 5). */
  lookAhead?(input: Input<Record_> & { kind: 'record' }): void;
  /** Called before each turn with the settled state: the always-replay check of simulations. */
  beforeTurn?(fold: PartitionFold<Value, Index, Record_>): Promise<void>;
  /** What the events of a request that now stands in the log changed, in order; must not wait. */
  afterAppend?(changes: readonly Change<Value>[]): void;
  /** After the decision on `input` stands in the log, with the events at their real offsets; must not wait. */
  afterDecision?(input: Input<Record_>, events: readonly LoggedEvent[]): void;
}
