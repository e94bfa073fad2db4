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

/** Final verdicts issued lately, by the offset of the ask; bounded. */
export class RecentlyIssued {
  readonly #byAsk = new Map<number, Issued>();

  constructor(private readonly most = 20_000) {}

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
 * Reads the verdicts log through acceptance for the final verdict that answers the ask at `ask`. Needed only when an
 * answer was lost with the process that gave it; undefined: not signed yet.
 */
export const findIssued = async (
  bus: Bus,
  codec: LogCodec,
  log: TopicPartition,
  ask: number,
): Promise<Issued | undefined> => {
  let acceptance = NOTHING_ACCEPTED;
  for await (const batch of bus.readRange(log, 0)) {
    for (const record of batch.records) {
      const decoded = await codec.decode(record);
      const stamp = stampOf(decoded);
      if (stamp === undefined) continue;
      const result = accept(acceptance, stamp, record.offset);
      if (result.kind !== 'accepted') continue;
      acceptance = result.next;
      if (decoded.kind !== 'event' || decoded.name !== 'VerdictIssued') continue;
      const event = {
        type: decoded.name,
        offset: record.offset,
        body: decoded.record as LoggedEvent['body'],
      };
      const verdict = event.body as unknown as VerdictIssued;
      if (verdict.phase === 'FINAL' && verdict.ask.offset === ask) return issuedOf(event);
    }
  }
  return undefined;
};
