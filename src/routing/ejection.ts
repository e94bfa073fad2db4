import { byId } from './order.js';

/**
 * Outlier ejection after Envoy's: an agent with too many failures in a row (or a rate far under the pool's) is taken out for a time that
 * grows with each ejection, never more than a share of the pool, and when too few are left all are used again (panic), which the
 * decision records. Pure: what is known goes in, what is next comes out.
 */
export interface EjectionRule {
  /** failures in a row that eject */
  readonly inRow: number;
  /** µs; the k-th ejection lasts k times as long */
  readonly base: number;
  readonly longest: number;
  /** at most this share of the pool is out at once; one agent always may be, if the pool has two */
  readonly mostOut: number;
  /** under this share of healthy agents all are used */
  readonly panicUnder: number;
  /** in how many µs without a failure one ejection is forgotten */
  readonly forgiveAfter: number;
  readonly ramp: { readonly rampFor: number; readonly rampFrom: number };
}

export const EJECTION_RULE: EjectionRule = {
  inRow: 5,
  base: 30_000_000,
  longest: 900_000_000,
  mostOut: 0.34,
  panicUnder: 0.34,
  forgiveAfter: 600_000_000,
  ramp: { rampFor: 60_000_000, rampFrom: 0.2 },
};

/** What is known of one agent. Failures of any class count here: an agent whose surroundings fail is no use either, but learns nothing. */
export interface Health {
  readonly agentId: string;
  readonly failuresInRow: number;
  readonly ejections: number;
  /** µs; null: never */
  readonly outUntil: number | null;
  readonly lastFailureAt: number | null;
}

export const HEALTHY = (agentId: string): Health => ({
  agentId,
  failuresInRow: 0,
  ejections: 0,
  outUntil: null,
  lastFailureAt: null,
});

/** How many agents of a pool of `size` may be out at once. */
export const mostOut = (size: number): number =>
  size < 2 ? 0 : Math.max(1, Math.floor(size * EJECTION_RULE.mostOut));

/** One outcome more, whatever the rest of the pool does: how many of those that should be out are is the pool's (`mostOut`). */
export function observed(
  health: Health,
  outcome: { readonly success: boolean; readonly at: number },
): Health {
  const rule = EJECTION_RULE;
  const forgiven = forgive(health, outcome.at, rule);
  if (outcome.success) return { ...forgiven, failuresInRow: 0 };
  const failuresInRow = forgiven.failuresInRow + 1;
  const failed = { ...forgiven, failuresInRow, lastFailureAt: outcome.at };
  if (failuresInRow < rule.inRow || isOut(failed, outcome.at)) return failed;
  const ejections = failed.ejections + 1;
  const length = Math.min(rule.longest, rule.base * ejections);
  return { ...failed, failuresInRow: 0, ejections, outUntil: outcome.at + length };
}

export const isOut = ({ outUntil }: Health, now: number): boolean => outUntil !== null && now < outUntil;

function forgive(health: Health, now: number, { forgiveAfter }: EjectionRule): Health {
  const quiet = health.lastFailureAt === null ? 0 : Math.floor((now - health.lastFailureAt) / forgiveAfter);
  if (quiet < 1 || health.ejections === 0) return health;
  return { ...health, ejections: Math.max(0, health.ejections - quiet) };
}

export interface Ejected {
  /** may be chosen, with the part of its share that it gets while it comes back */
  readonly allowed: readonly { readonly agentId: string; readonly ramp: number }[];
  readonly masked: readonly { readonly agentId: string; readonly until: number }[];
  /** too few were left, so all are used, ejected or not */
  readonly panic: boolean;
}

/** Who of a pool may be chosen now; in the order of ids. */
export function withoutEjected(pool: readonly Health[], now: number): Ejected {
  const rule = EJECTION_RULE;
  const sorted = [...pool].sort((a, b) => byId(a.agentId, b.agentId));
  const healthy = sorted.filter((health) => !isOut(health, now));
  const panic = sorted.length > 0 && healthy.length < sorted.length * rule.panicUnder;
  const ramp = ({ outUntil }: Health): number => {
    if (outUntil === null || panic || now >= outUntil + rule.ramp.rampFor) return 1;
    return rule.ramp.rampFrom + (1 - rule.ramp.rampFrom) * ((now - outUntil) / rule.ramp.rampFor);
  };
  const used = panic ? sorted : healthy;
  return {
    allowed: used.map((health) => ({ agentId: health.agentId, ramp: ramp(health) })),
    masked: panic
      ? []
      : sorted.flatMap(({ agentId, outUntil }) =>
          outUntil !== null && now < outUntil ? [{ agentId, until: outUntil }] : [],
        ),
    panic,
  };
}
