import type { Bus, TopicPartition } from '../../bus/port.js';
import type { Outcome, VerdictIssued } from '../../events/generated/events.js';
import { accept, NOTHING_ACCEPTED, type LogCodec, type LoggedEvent } from '../../log/index.js';
import { stampOf } from '../../log/stamp.js';

/** What the saga is told of a final verdict. */
export interface Issued {
  readonly verdictId: string;
  readonly outcome: Outcome;
  readonly envelopeSha256: string;
  readonly verdictOffset: number;
}

export const issuedOf = (event: LoggedEvent): Issued => {
  const { verdictId, outcome, envelopeSha256 } = event.body as unknown as VerdictIssued;
  return { verdictId, outcome, envelopeSha256, verdictOffset: event.offset };
};

/** Final verdicts of one partition issued lately, by the offset of the ask; bounded. */
export class RecentlyIssued {
  readonly #byAsk = new Map<number, Issued>();

  constructor(private readonly most = 5000) {}

  get(ask: number): Issued | undefined {
    return this.#byAsk.get(ask);
  }

  add(ask: number, issued: Issued): void {
    this.#byAsk.set(ask, issued);
    for (const oldest of this.#byAsk.keys()) {
      if (this.#byAsk.size <= this.most) return;
      this.#byAsk.delete(oldest);
    }
  }
}

/**
 * Reads the verdicts log of one partition through acceptance for the final verdicts that answer given asks. Needed only when an
 * answer was lost with the process that gave it. One look at a time: the asks that come meanwhile share the next one.
 */
export class IssuedSearch {
  #wanted = new Map<number, ((issued: Issued | undefined) => void)[]>();
  #looking = false;

  constructor(
    private readonly bus: Bus,
    private readonly codec: LogCodec,
    private readonly log: TopicPartition,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** undefined: not signed yet, or the log could not be read. */
  find(ask: number): Promise<Issued | undefined> {
    return new Promise((resolve) => {
      const others = this.#wanted.get(ask);
      if (others === undefined) this.#wanted.set(ask, [resolve]);
      else others.push(resolve);
      if (!this.#looking) void this.#look();
    });
  }

  async #look(): Promise<void> {
    this.#looking = true;
    while (this.#wanted.size > 0) {
      const wanted = this.#wanted;
      this.#wanted = new Map();
      try {
        await this.#read((ask, issued) => {
          for (const resolve of wanted.get(ask) ?? []) resolve(issued);
          wanted.delete(ask);
          return wanted.size > 0;
        });
      } catch (error) {
        this.onError(error);
      }
      for (const waiting of wanted.values()) for (const resolve of waiting) resolve(undefined);
    }
    this.#looking = false;
  }

  async #read(onFinal: (ask: number, issued: Issued) => boolean): Promise<void> {
    let acceptance = NOTHING_ACCEPTED;
    for await (const batch of this.bus.readRange(this.log, 0)) {
      for (const record of batch.records) {
        const decoded = await this.codec.decode(record);
        const stamp = stampOf(decoded);
        if (stamp === undefined) continue;
        const result = accept(acceptance, stamp, record.offset);
        if (result.kind !== 'accepted') continue;
        acceptance = result.next;
        if (decoded.kind !== 'event' || decoded.name !== 'VerdictIssued') continue;
        const body = decoded.record as LoggedEvent['body'];
        const { phase, ask } = body as unknown as VerdictIssued;
        const event = { type: decoded.name, offset: record.offset, body };
        if (phase === 'FINAL' && !onFinal(ask.offset, issuedOf(event))) return;
      }
    }
  }
}
