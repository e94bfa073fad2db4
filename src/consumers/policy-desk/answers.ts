import type { AppliedWaiver, DemandClosed, WaiverUsed } from '../../events/generated/events.js';
import type { Cursor, Followed, LoggedEvent } from '../../log/index.js';
import type { FactHead } from '../../producers/facts.js';

/** What the saga is told. */
export interface Answer {
  readonly head: FactHead;
  readonly body: {
    readonly outcome: 'CURED' | 'DENIED';
    readonly waivers: AppliedWaiver[];
    readonly reason: string;
  };
}

/** A reader of the policies log that can be stopped anywhere: what has been read of a decision that is not whole yet. */
export interface Reading {
  readonly uses: ReadonlyMap<string, readonly AppliedWaiver[]>;
  /** Where the decision under way begins: to be read again after a restart. */
  readonly begun: Cursor | undefined;
}

export const NOTHING_READ: Reading = { uses: new Map(), begun: undefined };

const waiverOf = (event: LoggedEvent): AppliedWaiver => {
  const { waiverId, kind, clause, requestedBy, approvedBy, reason, expiresAt, drawn, paths } =
    event.body as unknown as WaiverUsed;
  return {
    waiverId,
    clause,
    requestedBy,
    approvedBy,
    reason,
    expiresAt,
    offset: event.offset,
    // What this use takes, not all that was granted: the rest is for others.
    amount: drawn,
    paths,
    override: kind === 'OVERRIDE',
  };
};

/**
 * The answer that an event makes. The uses that cure a demand and its end are one decision, and so stand together; the id of
 * the fact derives from the event, so that an answer given twice is one to its reader (law 6).
 */
export const answerTo = (
  component: string,
  reading: Reading,
  { event, before }: Followed,
): { readonly reading: Reading; readonly answer?: Answer } => {
  const { meta } = event.body;
  const isLast = meta.decisionIndex >= meta.decisionSize - 1;
  const begun = meta.decisionIndex === 0 ? before : reading.begun;
  const uses = new Map(meta.decisionIndex === 0 ? [] : reading.uses);
  if (event.type === 'WaiverUsed') {
    const { ask } = event.body as unknown as WaiverUsed;
    uses.set(ask.eventId, [...(uses.get(ask.eventId) ?? []), waiverOf(event)]);
  }
  const next: Reading = isLast ? NOTHING_READ : { uses, begun };
  if (event.type !== 'DemandClosed') return { reading: next };
  const { taskId, ask, end, reason } = event.body as unknown as DemandClosed;
  // Nobody waits for a word on what was withdrawn.
  if (end === 'WITHDRAWN') return { reading: next };
  const waivers = [...(uses.get(ask.eventId) ?? [])];
  const outcome = end === 'CURED' && waivers.length > 0 ? 'CURED' : 'DENIED';
  const head: FactHead = {
    factId: `${component}/${meta.eventId}`,
    taskId,
    tenant: meta.tenant,
    actor: component,
    traceparent: meta.traceparent,
    inReplyTo: ask,
  };
  return {
    reading: next,
    answer: { head, body: { outcome, waivers: outcome === 'CURED' ? waivers : [], reason } },
  };
};
