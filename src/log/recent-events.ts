import type { LoggedEvent } from './domain.js';

/** Events kept at hand so that a decision rarely has to read the log again. Bounded by bytes, oldest out first. */
export class RecentEvents {
  readonly #events = new Map<number, { event: LoggedEvent; bytes: number }>();
  #bytes = 0;

  constructor(private readonly maxBytes = 4 * 1024 * 1024) {}

  get(offset: number): LoggedEvent | undefined {
    return this.#events.get(offset)?.event;
  }

  add(event: LoggedEvent, bytes: number): void {
    this.#events.set(event.offset, { event: withOwnBytes(event), bytes });
    this.#bytes += bytes;
    for (const [offset, oldest] of this.#events) {
      if (this.#bytes <= this.maxBytes) return;
      this.#events.delete(offset);
      this.#bytes -= oldest.bytes;
    }
  }
}

/** A small buffer is a view into a pool of 8 KiB, all of which would be kept with it. */
const withOwnBytes = (event: LoggedEvent): LoggedEvent => {
  const { meta } = event.body;
  const prevHash = Buffer.allocUnsafeSlow(meta.prevHash.length);
  meta.prevHash.copy(prevHash);
  return { ...event, body: { ...event.body, meta: { ...meta, prevHash } } };
};
