import type { LogRecord } from '../bus/port.js';
import { accept, type Acceptance } from './acceptance.js';
import type { Decoded, LogCodec } from './codec.js';
import type { LoggedEvent } from './domain.js';
import { LogBroken } from './errors.js';
import type { Feed } from './feed.js';
import { stampOf } from './stamp.js';

/** A place in an owned log: a position is none without its acceptance (law 3). */
export interface Cursor {
  readonly position: number;
  readonly acceptance: Acceptance;
}

/** The commit metadata that goes with a position. */
export const encodeAcceptance = (acceptance: Acceptance): string => `${acceptance.claim}:${acceptance.seq}`;

export const decodeAcceptance = (metadata: string): Acceptance | undefined => {
  const match = /^(-?\d+):(\d+)$/.exec(metadata);
  return match ? { claim: Number(match[1]), seq: Number(match[2]) } : undefined;
};

/** An accepted event and the cursor just before it. */
export interface Followed {
  readonly event: LoggedEvent;
  readonly before: Cursor;
}

/**
 * Reads a partition of an owned log through acceptance: for components, projectors and workers. What is not accepted is
 * counted and skipped; types this build does not know are skipped and move seq (law 12).
 */
export class LogFollower {
  #acceptance: Acceptance;
  /** Taken from the feed but not decoded yet: the registry was away. */
  #held: readonly LogRecord[] = [];

  constructor(
    readonly feed: Feed,
    acceptance: Acceptance,
    private readonly codec: LogCodec,
    private readonly onRejected: (reason: string, record: LogRecord) => void,
  ) {
    this.#acceptance = acceptance;
  }

  /** Behind everything taken so far. */
  get cursor(): Cursor {
    return { position: this.#held[0]?.offset ?? this.feed.position, acceptance: this.#acceptance };
  }

  /** True when everything up to the end as last seen has been taken. */
  get caughtUp(): boolean {
    return (
      this.feed.end >= 0 &&
      this.feed.queued === 0 &&
      this.#held.length === 0 &&
      this.feed.position >= this.feed.end
    );
  }

  /** Takes what is queued, at most `max` records. Rejects when the registry can not be reached; nothing is lost then. */
  async take(max: number): Promise<readonly Followed[]> {
    const { error, at } = this.feed;
    if (error !== undefined) throw new LogBroken('LOG_UNREADABLE', at.topic, at.partition, error.message);
    const followed: Followed[] = [];
    if (this.#held.length === 0) this.#held = this.feed.take(max);
    let done = 0;
    try {
      for (const record of this.#held) {
        const pending = this.codec.decode(record);
        const decoded = pending instanceof Promise ? await pending : pending;
        const before: Cursor = { position: record.offset, acceptance: this.#acceptance };
        done++;
        if (this.#accepts(record, decoded) && decoded.kind === 'event' && decoded.name !== 'Claimed') {
          const body = decoded.record as LoggedEvent['body'];
          followed.push({ event: { type: decoded.name, offset: record.offset, body }, before });
        }
      }
    } catch (failure) {
      // What was decoded before the registry went away is handed out; the rest waits.
      if (failure instanceof LogBroken || followed.length === 0) throw failure;
    } finally {
      this.#held = this.#held.slice(done);
    }
    return followed;
  }

  #accepts(record: LogRecord, decoded: Decoded): boolean {
    const stamp = stampOf(decoded);
    if (stamp === undefined) {
      this.onRejected('NO_STAMP', record);
      return false;
    }
    const result = accept(this.#acceptance, stamp, record.offset);
    if (result.kind === 'broken')
      throw new LogBroken('LOG_BROKEN', record.topic, record.partition, result.message);
    if (result.kind === 'rejected') {
      this.onRejected(result.reason, record);
      return false;
    }
    this.#acceptance = result.next;
    if (decoded.kind === 'unknown') this.onRejected('UNKNOWN_TYPE', record);
    return true;
  }
}
