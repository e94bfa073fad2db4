import type { Row } from './read-topics.js';

/** The parts of a record's head that the checker looks at. */
export interface Meta {
  readonly claim: number;
  readonly seq: number;
  readonly cause: number;
  readonly trigger: string;
  readonly inputId: string | null;
  readonly eventId: string;
  readonly streamId: string;
  readonly streamVersion: number;
  readonly prevHash: Buffer;
  readonly occurredAt: number;
  readonly decisionIndex: number;
  readonly decisionSize: number;
}

/** An accepted event. */
export interface Event {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly name: string;
  readonly meta: Meta;
  readonly body: Readonly<Record<string, unknown>>;
}

/** What acceptance made of one partition. */
export interface Accepted {
  readonly events: readonly Event[];
  readonly claims: number;
  /** Records behind a newer claim, and claims that lost a race: without effect. */
  readonly rejected: number;
  readonly violations: readonly string[];
}

const ZEROS = '0'.repeat(64);

/**
 * Laws 2, 3 and 5 told once more, independently of `src/log`: which records count; no gap and no double in (claim, seq);
 * the chain of hashes; ids; contiguous versions; whole decisions; each inbox record decided once, in order.
 */
export const acceptPartition = (rows: readonly Row[], inboxEnd: number | undefined): Accepted => {
  const events: Event[] = [];
  const violations: string[] = [];
  const versions = new Map<string, number>();
  const decided = new Set<string>();
  let claim = -1;
  let seq = 0;
  let claims = 0;
  let rejected = 0;
  let cause = -1;
  let last = ZEROS;
  let lastOffset = -1;
  let open:
    | { readonly size: number; readonly inputId: string | null; readonly cause: number; next: number }
    | undefined;
  const wrong = (row: Row, what: string): void => {
    violations.push(`${row.topic}/${row.partition}@${row.offset}: ${what}`);
  };
  for (const row of rows) {
    const { name, record, offset } = row;
    if (name === undefined || record === undefined) {
      wrong(row, 'a record of an owned log that can not be decoded');
      continue;
    }
    if (name === 'Claimed') {
      const { previousClaim, foldedTo, prevHash } = record as {
        previousClaim: number;
        foldedTo: number;
        prevHash: Buffer;
      };
      if (previousClaim < claim) {
        rejected++;
        continue;
      }
      if (previousClaim > claim) {
        wrong(row, `a claim after ${previousClaim}, the latest is ${claim}`);
        continue;
      }
      if (lastOffset < foldedTo && hex(prevHash) !== last) wrong(row, 'prevHash of the claim');
      if (open !== undefined) wrong(row, `a claim inside of a decision (${open.next} of ${open.size})`);
      open = undefined;
      [claim, seq, last, lastOffset] = [offset, 0, row.hash, offset];
      claims++;
      continue;
    }
    const meta = record['meta'] as Meta;
    if (meta.claim < claim) {
      rejected++;
      continue;
    }
    if (meta.claim > claim || meta.seq !== seq) {
      wrong(row, `claim ${meta.claim} seq ${meta.seq}, expected claim ${claim} seq ${seq}`);
      continue;
    }
    seq++;
    if (hex(meta.prevHash) !== last) wrong(row, 'prevHash');
    [last, lastOffset] = [row.hash, offset];
    const eventId = `${row.topic}/${row.partition}/${meta.claim}/${meta.seq}`;
    if (meta.eventId !== eventId) wrong(row, `eventId ${meta.eventId}, expected ${eventId}`);
    const version = (versions.get(meta.streamId) ?? 0) + 1;
    if (meta.streamVersion !== version)
      wrong(row, `${meta.streamId}: version ${meta.streamVersion}, expected ${version}`);
    versions.set(meta.streamId, version);
    if (meta.cause < cause) wrong(row, `cause ${meta.cause} after ${cause}`);
    if (inboxEnd !== undefined && meta.cause >= inboxEnd) wrong(row, `cause ${meta.cause} beyond the inbox`);
    cause = Math.max(cause, meta.cause);
    if (meta.decisionIndex === 0) {
      if (open !== undefined) wrong(row, `a decision of ${open.size} has ${open.next} events`);
      open = { size: meta.decisionSize, inputId: meta.inputId, cause: meta.cause, next: 0 };
      if (meta.trigger === 'INPUT') {
        const key = String(meta.cause);
        if (decided.has(key)) wrong(row, `inbox offset ${key} decided twice`);
        decided.add(key);
      }
    }
    if (open?.next !== meta.decisionIndex || open.size !== meta.decisionSize || open.cause !== meta.cause)
      wrong(row, `event ${meta.decisionIndex} of ${meta.decisionSize} of a decision`);
    else if (++open.next === open.size) open = undefined;
    events.push({ topic: row.topic, partition: row.partition, offset, name, meta, body: record });
  }
  if (open !== undefined) violations.push(`the last decision has ${open.next} of ${open.size} events`);
  return { events, claims, rejected, violations };
};

const hex = (bytes: Buffer): string => Buffer.from(bytes).toString('hex');
