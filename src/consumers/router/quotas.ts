import { quotaWindow } from '../../aggregates/agent/index.js';
import type { AgentQuota } from '../../events/generated/events.js';
import { QUOTA_RULE, quotaVerdict, rampAt, type Quota, type QuotaVerdict } from '../../routing/index.js';
import type { UsageLedger } from './usage-ledger.js';

/** At least this much is needed for a task of which nothing is known. */
const LEAST_NEED = 1;

interface Spent {
  readonly ledger: UsageLedger;
  /** assignments of the agent under way */
  readonly pending: number;
  /** µs */
  readonly now: number;
}

/**
 * Whether an agent's quotas leave room for a task, all of them: the first that does not, else the one with the least share. What is
 * under way counts as used; a window that was at its wall comes back slowly (no storm at the reset), and so does who reported a wall.
 */
export const withinQuotas = (
  agentId: string,
  quotas: readonly AgentQuota[],
  { wall, ...spent }: Spent & { readonly wall: number | null },
): QuotaVerdict => {
  const { ledger, now } = spent;
  // The agent's own word on its account, whatever was declared.
  if (wall !== null && now < wall) return { allowed: false, reason: 'QUOTA', until: wall };
  let least: QuotaVerdict = { allowed: true, ramp: rampAt(wall, now, QUOTA_RULE), left: Infinity };
  for (const quota of quotas) {
    if (quota.unit === 'UNKNOWN') continue;
    const need = quota.unit === 'TASKS' ? 1 : Math.max(LEAST_NEED, ledger.mean(agentId, quota.unit));
    const verdict = quotaVerdict(stateOf(agentId, quota, need, spent), need, now);
    if (!verdict.allowed) return verdict;
    if (verdict.ramp < least.ramp) least = verdict;
  }
  return least;
};

const stateOf = (
  agentId: string,
  quota: AgentQuota,
  need: number,
  { ledger, pending, now }: Spent,
): Quota => {
  const { from, until } = quotaWindow(quota, now);
  const before = until === null ? 0 : ledger.used(agentId, quota.unit, from - quota.windowMs * 1000, from);
  const wasAtTheWall = before + need > quota.amount * (1 - QUOTA_RULE.reserve);
  return {
    amount: quota.amount,
    used: ledger.used(agentId, quota.unit, from, now + 1),
    reserved: pending * need,
    resetsAt: until,
    resumedAt: until !== null && wasAtTheWall ? from : null,
  };
};
