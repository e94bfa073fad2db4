/** What an account may use, and what it has used. All times in µs. */
export interface Quota {
  /** tasks, tokens or whatever the amount counts, in one window */
  readonly amount: number;
  readonly used: number;
  /** what is under way and will still be counted */
  readonly reserved: number;
  /** when the window ends and the amount is whole again; null: unknown */
  readonly resetsAt: number | null;
  /** when it last came back from the wall; null: never hit */
  readonly resumedAt: number | null;
}

export interface QuotaRule {
  /** the wall is this part before the amount: a limit that is hit costs more than one left alone */
  readonly reserve: number;
  /** how long after a reset until it takes its full share again, µs */
  readonly rampFor: number;
  /** the share it begins with */
  readonly rampFrom: number;
}

export const QUOTA_RULE: QuotaRule = { reserve: 0.05, rampFor: 300_000_000, rampFrom: 0.1 };

export type QuotaVerdict =
  | { readonly allowed: true; readonly ramp: number; readonly left: number }
  | { readonly allowed: false; readonly reason: 'QUOTA'; readonly until: number | null };

/**
 * Whether an agent may take a task that uses `need`: another is chosen before the wall, work resumes at the reset by itself, and its
 * share then rises slowly, so that not all waiting tasks reach it at once.
 */
export function quotaVerdict(
  quota: Quota,
  need: number,
  now: number,
  rule: QuotaRule = QUOTA_RULE,
): QuotaVerdict {
  const reset = quota.resetsAt !== null && now >= quota.resetsAt;
  const used = reset ? 0 : quota.used;
  const left = quota.amount * (1 - rule.reserve) - used - quota.reserved;
  if (left < need) return { allowed: false, reason: 'QUOTA', until: reset ? null : quota.resetsAt };
  const since = reset && wasAtTheWall(quota, need, rule) ? quota.resetsAt : quota.resumedAt;
  return { allowed: true, ramp: rampAt(since, now, rule), left };
}

const wasAtTheWall = ({ amount, used }: Quota, need: number, { reserve }: QuotaRule): boolean =>
  used + need > amount * (1 - reserve);

/** From `rampFrom` to 1 in a straight line. */
export function rampAt(
  since: number | null,
  now: number,
  { rampFor, rampFrom }: Pick<QuotaRule, 'rampFor' | 'rampFrom'>,
): number {
  if (since === null || rampFor <= 0 || now >= since + rampFor) return 1;
  return rampFrom + (1 - rampFrom) * Math.max(0, (now - since) / rampFor);
}
