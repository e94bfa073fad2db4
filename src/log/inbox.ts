import type { LogRecord } from '../bus/port.js';
import type { LogCodec } from './codec.js';
import type { Input } from './domain.js';
import type { Feed } from './feed.js';
import type { LogFollower } from './follow.js';

/** One inbox offset; without an input it moves the cursor only. */
export interface InboxItem<Record_> {
  readonly offset: number;
  readonly input: (Input<Record_> & { kind: 'record' }) | undefined;
}

/** The inbox of an owner, decoded, in offset order. */
export interface Inbox<Record_> {
  readonly feed: Feed;
  /** Offset behind everything taken: all below it has been handed out. */
  readonly position: number;
  /** Rejects when the registry or the dead letters can not be reached: nothing is lost, take again. */
  take(max: number): Promise<readonly InboxItem<Record_>[]>;
}

/** An inbox anyone may write to: what can not be decoded goes to `deadLetter` and is skipped (law 13). */
export class OpenInbox<Record_> implements Inbox<Record_> {
  #held: readonly LogRecord[] = [];

  constructor(
    readonly feed: Feed,
    private readonly codec: LogCodec,
    private readonly deadLetter: (record: LogRecord, code: string, message: string) => Promise<void>,
  ) {}

  get position(): number {
    return this.#held[0]?.offset ?? this.feed.position;
  }

  async take(max: number): Promise<readonly InboxItem<Record_>[]> {
    if (this.feed.error !== undefined) throw this.feed.error;
    if (this.#held.length === 0) this.#held = this.feed.take(max);
    const items = await this.#decode();
    this.#held = this.#held.slice(items.length);
    return items;
  }

  async #decode(): Promise<readonly InboxItem<Record_>[]> {
    const items: InboxItem<Record_>[] = [];
    const letters: Promise<void>[] = [];
    try {
      for (const record of this.#held) {
        const pending = this.codec.decode(record);
        const decoded = pending instanceof Promise ? await pending : pending;
        const { offset } = record;
        if (decoded.kind === 'event') {
          const input = {
            kind: 'record' as const,
            offset,
            type: decoded.name,
            record: decoded.record as Record_,
          };
          items.push({ offset, input });
          continue;
        }
        const [code, message] =
          decoded.kind === 'undecodable'
            ? [decoded.code, decoded.message]
            : ['UNKNOWN_TYPE', `${decoded.fullName} is not known to this build`];
        letters.push(this.deadLetter(record, code, message));
        items.push({ offset, input: undefined });
      }
    } catch (failure) {
      if (items.length === 0) throw failure;
    }
    await Promise.all(letters);
    return items;
  }
}

/** An inbox that is an owned log itself: read through acceptance (law 3). */
export class OwnedInbox<Record_> implements Inbox<Record_> {
  constructor(private readonly follower: LogFollower) {}

  get feed(): Feed {
    return this.follower.feed;
  }

  get position(): number {
    return this.follower.cursor.position;
  }

  async take(max: number): Promise<readonly InboxItem<Record_>[]> {
    const followed = await this.follower.take(max);
    return followed.map(({ event: { offset, type, body } }) => ({
      offset,
      input: { kind: 'record', offset, type, record: body as unknown as Record_ },
    }));
  }
}
