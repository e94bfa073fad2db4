/** What goes wrong, and how often: probabilities in [0, 1]. */
export interface Faults {
  /** An append lands, its acknowledgement is lost: doubtful. */
  readonly appendUnacknowledged: number;
  /** Doubtful, and it lands later, perhaps behind newer records. */
  readonly appendLate: number;
  /** Doubtful, and it never lands. */
  readonly appendLost: number;
  /** A published batch is sent twice; the second may land late, behind newer records. */
  readonly publishDuplicate: number;
  /** A published batch is given up (`DELIVERY_TIMEOUT`), landed or not. */
  readonly publishTimeout: number;
  /** Offsets with holes after a request, as control records make them. */
  readonly hole: number;
  /** At any step: a group rebalances for no reason. */
  readonly rebalance: number;
  /** At any step: a member's session ends unknown to it; it goes on believing for a while. */
  readonly expire: number;
}

export const CALM: Faults = {
  appendUnacknowledged: 0,
  appendLate: 0,
  appendLost: 0,
  publishDuplicate: 0,
  publishTimeout: 0,
  hole: 0,
  rebalance: 0,
  expire: 0,
};
