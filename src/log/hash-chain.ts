import type { LogRecord } from '../bus/port.js';
import type { Claimed, LogMeta } from '../events/generated/events.js';
import { accept, NOTHING_ACCEPTED, type Acceptance } from './acceptance.js';
import type { Decoded, LogCodec } from './codec.js';
import { NO_HASH } from './head.js';
import { stampOf } from './stamp.js';

/**
 * Checks the hash chain of one partition from offset 0: every accepted event carries the hash of the accepted record
 * before it, so that a removed or altered record shows. For `doctor` and for outsiders; reading does not need it.
 */
export class HashChain {
  #acceptance: Acceptance = NOTHING_ACCEPTED;
  #last: Buffer = NO_HASH;
  #lastOffset = -1;

  constructor(private readonly codec: LogCodec) {}

  /** Takes the next record in order; a message if the chain or acceptance is broken at it. */
  next(record: LogRecord, decoded: Decoded): string | undefined {
    const stamp = stampOf(decoded);
    if (stamp === undefined) return undefined;
    const result = accept(this.#acceptance, stamp, record.offset);
    if (result.kind === 'broken') return result.message;
    if (result.kind === 'rejected') return undefined;
    this.#acceptance = result.next;
    const link = linkOf(decoded);
    // A claim links to what its claimer had folded; older appends may have landed in between.
    const linked =
      link !== undefined && this.#lastOffset < link.foldedTo && !link.prevHash.equals(this.#last);
    const expected = this.#last.toString('hex');
    this.#last = this.codec.hash(record);
    this.#lastOffset = record.offset;
    if (!linked) return undefined;
    return `offset ${record.offset}: expected prevHash ${expected}, found ${link.prevHash.toString('hex')}; a record before it was removed or altered`;
  }
}

/** What an accepted record says about the one before it; undefined: nothing. */
export const linkOf = (decoded: Decoded): { prevHash: Buffer; foldedTo: number } | undefined => {
  if (decoded.kind === 'undecodable') return undefined;
  if (decoded.kind === 'event' && decoded.name === 'Claimed') {
    const { prevHash, foldedTo } = decoded.record as unknown as Claimed;
    return { prevHash, foldedTo };
  }
  const meta = decoded.kind === 'event' ? (decoded.record as { meta: LogMeta }).meta : decoded.head;
  return meta === null ? undefined : { prevHash: meta.prevHash, foldedTo: Number.MAX_SAFE_INTEGER };
};
