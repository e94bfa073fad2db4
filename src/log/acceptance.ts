/**
 * The acceptance fold (laws 2 and 3): which records of an owned log count. It depends on the log prefix alone and needs
 * two numbers of memory per partition. Every reader, ours or an outsider's, goes through it.
 */

/** What a reader keeps beside its position. `claim` -1: no claim accepted yet. */
export interface Acceptance {
  /** Offset of the latest accepted claim. */
  readonly claim: number;
  /** The seq that the next record must carry. */
  readonly seq: number;
}

export const NOTHING_ACCEPTED: Acceptance = { claim: -1, seq: 0 };

/** What acceptance needs to know of a record. */
export type Stamp =
  | { readonly kind: 'claim'; readonly previousClaim: number }
  | { readonly kind: 'event'; readonly claim: number; readonly seq: number };

export type RejectionReason = 'STALE_CLAIM' | 'LOST_CLAIM_RACE';

export type AcceptanceResult =
  | { readonly kind: 'accepted'; readonly next: Acceptance }
  /** An ordinary rejection: a zombie or a late request behind a newer claim. Counted, without effect. */
  | { readonly kind: 'rejected'; readonly reason: RejectionReason }
  /** The log has been cut or written by a stranger: halt (law 3). */
  | { readonly kind: 'broken'; readonly message: string };

/** Decides on one record at `offset`. Law 3: only a record of an *older* claim is an ordinary rejection. */
export const accept = (state: Acceptance, stamp: Stamp, offset: number): AcceptanceResult => {
  if (stamp.kind === 'claim') return acceptClaim(state, stamp.previousClaim, offset);
  if (state.claim < 0) return broken(offset, 'a claim before any event', `claim ${stamp.claim}`);
  if (stamp.claim === state.claim) {
    if (stamp.seq === state.seq)
      return { kind: 'accepted', next: { claim: state.claim, seq: state.seq + 1 } };
    return broken(offset, `seq ${state.seq} under claim ${state.claim}`, `seq ${stamp.seq}`);
  }
  if (stamp.claim < state.claim) return { kind: 'rejected', reason: 'STALE_CLAIM' };
  return broken(offset, `claim ${state.claim}`, `claim ${stamp.claim}`);
};

const acceptClaim = (state: Acceptance, previousClaim: number, offset: number): AcceptanceResult => {
  if (previousClaim === state.claim) return { kind: 'accepted', next: { claim: offset, seq: 0 } };
  if (previousClaim < state.claim) return { kind: 'rejected', reason: 'LOST_CLAIM_RACE' };
  return broken(offset, `a claim after ${state.claim}`, `a claim after ${previousClaim}`);
};

const broken = (offset: number, expected: string, found: string): AcceptanceResult => ({
  kind: 'broken',
  message: `offset ${offset}: expected ${expected}, found ${found}; the log has been cut or written by a stranger, run arbiter doctor`,
});
