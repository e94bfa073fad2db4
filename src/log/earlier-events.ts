import type { TopicPartition } from '../bus/port.js';
import type { DerivedIndex, LoggedEvent } from './domain.js';
import { LogBroken } from './errors.js';
import type { InboxItem } from './inbox.js';
import type { OwnerOptions } from './owner-options.js';
import { RecentEvents } from './recent-events.js';

/** What an event that was read, not written, counts for in memory. */
const TYPICAL_EVENT_BYTES = 4096;

/** Bodies of earlier events that decisions ask for: the recent ones at hand, the others read again from the log. */
export class EarlierEvents<Value, Index extends DerivedIndex<Value>, Record_> {
  readonly #log = new RecentEvents();
  readonly #inbox = new RecentEvents();

  constructor(private readonly options: OwnerOptions<Value, Index, Record_>) {}

  /** Keeps events that now stand in the log. */
  written(events: readonly LoggedEvent[], bytes: (index: number) => number): void {
    events.forEach((event, i) => {
      if (this.#wanted(event.type)) this.#log.add(event, bytes(i));
    });
  }

  /** Keeps events taken from an owned inbox. */
  taken(items: readonly InboxItem<Record_>[]): void {
    if (!this.options.inboxOwned) return;
    for (const { input } of items) {
      if (input === undefined || !this.#wanted(input.type)) continue;
      const { type, offset, record } = input;
      this.#inbox.add({ type, offset, body: record as unknown as LoggedEvent['body'] }, TYPICAL_EVENT_BYTES);
    }
  }

  #wanted(type: string): boolean {
    return this.options.domain.loadsLater?.(type) === true;
  }

  /** Events at the given offsets: known to be accepted, since accepted events name them. */
  async load(from: 'log' | 'inbox', offsets: readonly number[]): Promise<readonly LoggedEvent[]> {
    const events: LoggedEvent[] = [];
    for (const offset of offsets) {
      const recent = (from === 'log' ? this.#log : this.#inbox).get(offset);
      events.push(recent ?? (await this.#read(this.options[from], offset)));
    }
    return events;
  }

  async #read(from: TopicPartition, offset: number): Promise<LoggedEvent> {
    const { bus, codec } = this.options;
    for await (const batch of bus.readRange(from, offset, offset + 1)) {
      for (const record of batch.records) {
        if (record.offset !== offset) continue;
        const decoded = await codec.decode(record);
        if (decoded.kind === 'event')
          return { type: decoded.name, offset, body: decoded.record as LoggedEvent['body'] };
      }
    }
    throw new LogBroken(
      'LOG_UNREADABLE',
      from.topic,
      from.partition,
      `no readable event at offset ${offset}`,
    );
  }
}
