import type { Bus, TopicPartition } from '../bus/port.js';
import { NOTHING_ACCEPTED, type Acceptance } from './acceptance.js';
import type { LogCodec } from './codec.js';
import type { Input } from './domain.js';
import { LogBroken } from './errors.js';
import type { Feeds } from './feed.js';
import { LogFollower } from './follow.js';
import { OpenInbox, OwnedInbox, type Inbox } from './inbox.js';
import type { OwnerObserver } from './observer.js';
import { RangeFeed } from './range-feed.js';
import { stampOf } from './stamp.js';

export interface InboxOptions<Record_> {
  readonly bus: Bus;
  readonly codec: LogCodec;
  readonly feeds: Feeds;
  readonly inbox: TopicPartition;
  readonly inboxOwned: boolean;
  readonly observer: OwnerObserver;
  lookAhead?(input: Input<Record_> & { kind: 'record' }): void;
}

/** Opens the inbox right behind `cause` and lets the owner look ahead to `end` first (law 5). */
export const openInbox = async <Record_>(
  options: InboxOptions<Record_>,
  cause: number,
  end: number,
  onChange: () => void,
): Promise<Inbox<Record_>> => {
  const { feeds, inbox, codec, observer } = options;
  if (!options.inboxOwned) {
    const feed = feeds.openEdge(inbox, cause + 1, onChange);
    return new OpenInbox<Record_>(feed, codec, (...letter) => observer.undecodable(...letter));
  }
  const acceptance = await acceptanceAt(options, cause);
  if (options.lookAhead !== undefined) await lookAhead(options, cause, acceptance, end);
  const onRejected = (reason: string): void => observer.rejected(inbox, reason);
  const feed = feeds.open(inbox, cause + 1, onChange);
  return new OwnedInbox<Record_>(new LogFollower(feed, acceptance, codec, onRejected));
};

/** The record at `cause` was accepted, so its claim and seq are the reader's state right behind it (law 5). */
const acceptanceAt = async <Record_>(options: InboxOptions<Record_>, cause: number): Promise<Acceptance> => {
  if (cause < 0) return NOTHING_ACCEPTED;
  const { bus, codec, inbox } = options;
  for await (const batch of bus.readRange(inbox, cause, cause + 1)) {
    for (const record of batch.records) {
      const stamp = record.offset === cause ? stampOf(await codec.decode(record)) : undefined;
      if (stamp?.kind === 'claim') return { claim: cause, seq: 0 };
      if (stamp !== undefined) return { claim: stamp.claim, seq: stamp.seq + 1 };
    }
  }
  throw new LogBroken('LOG_UNREADABLE', inbox.topic, inbox.partition, `no readable record at cause ${cause}`);
};

const lookAhead = async <Record_>(
  options: InboxOptions<Record_>,
  cause: number,
  acceptance: Acceptance,
  end: number,
): Promise<void> => {
  const { bus, codec, inbox } = options;
  const range = new RangeFeed(inbox, cause + 1, end);
  const follower = new LogFollower(range, acceptance, codec, () => undefined);
  for await (const batch of bus.readRange(inbox, cause + 1, Math.max(end, cause + 1))) {
    range.push(batch);
    // Several takes, when the registry goes away in between.
    while (follower.cursor.position < batch.position) {
      for (const { event } of await follower.take(batch.records.length)) {
        const { offset, type, body } = event;
        options.lookAhead?.({ kind: 'record', offset, type, record: body as unknown as Record_ });
      }
    }
  }
};
