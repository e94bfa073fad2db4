import type { Hash } from '../formats.js';
import type { EventType } from './event-types.js';

export interface Actor {
  readonly kind: 'human' | 'agent' | 'system' | 'automation';
  readonly id: string;
  readonly session_id?: string;
  readonly platform?: string;
}

/** What a writer says. Its place in the chain is decided by `prepareAppend`, never by the writer. */
export interface EventBody {
  readonly event: EventType;
  readonly ts: string;
  readonly actor: Actor;
  /** Left out where there is none, never null: the two hash differently. */
  readonly spec_id?: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** One line of `.caws/events.jsonl`. */
export interface ChainedEvent extends EventBody {
  /** 1-based, without gaps; it orders the log, `ts` does not. */
  readonly seq: number;
  /** `event_hash` of the event before, null for the first. */
  readonly prev_hash: Hash | null;
  readonly event_hash: Hash;
}
