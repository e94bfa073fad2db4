import type { QuotaUnit } from '../../events/generated/events.js';

/** What one finished assignment used. */
export interface Used {
  readonly agentId: string;
  /** µs */
  readonly at: number;
  readonly tokens: number;
  readonly costMicros: number;
}

interface Account {
  readonly at: number[];
  /** totals up to and with each entry, by unit */
  readonly tasks: number[];
  readonly tokens: number[];
  readonly costs: number[];
  /** totals up to the oldest entry that is kept */
  readonly base: Record<'tasks' | 'tokens' | 'costs', number>;
}

/** So many assignments are remembered for an agent; when more were in a window, the window counts these. */
const MOST_ENTRIES = 50_000;

/** What each agent has used, for sums over any window: quotas are measured from outcomes, never declared. */
export class UsageLedger {
  readonly #accounts = new Map<string, Account>();

  add({ agentId, at, tokens, costMicros }: Used): void {
    const account = this.#accounts.get(agentId) ?? {
      at: [],
      tasks: [],
      tokens: [],
      costs: [],
      base: { tasks: 0, tokens: 0, costs: 0 },
    };
    this.#accounts.set(agentId, account);
    const index = after(account.at, at);
    account.at.splice(index, 0, at);
    for (const [unit, amount] of [
      ['tasks', 1],
      ['tokens', tokens],
      ['costs', costMicros],
    ] as const) {
      const totals = account[unit];
      totals.splice(index, 0, totals[index - 1] ?? account.base[unit]);
      for (let i = index; i < totals.length; i += 1) totals[i] = (totals[i] ?? 0) + amount;
    }
    if (account.at.length > MOST_ENTRIES + 1000) trim(account);
  }

  /** Used from ≤ at < to. */
  used(agentId: string, unit: QuotaUnit, from: number, to: number): number {
    const account = this.#accounts.get(agentId);
    if (account === undefined) return 0;
    const list = LISTS[unit] ?? 'tasks';
    const upTo = (time: number): number =>
      account[list][after(account.at, time - 1) - 1] ?? account.base[list];
    return Math.max(0, upTo(to) - upTo(from));
  }

  /** What a task of the agent uses on average; 0 while nothing is known. */
  mean(agentId: string, unit: QuotaUnit): number {
    const account = this.#accounts.get(agentId);
    if (account === undefined) return 0;
    return (account[LISTS[unit] ?? 'tasks'].at(-1) ?? 0) / (account.tasks.at(-1) ?? 1);
  }
}

const LISTS: Partial<Record<QuotaUnit, 'tasks' | 'tokens' | 'costs'>> = {
  TOKENS: 'tokens',
  COST_MICROS: 'costs',
};

/** Totals stay as they are, and what was removed becomes their base: a window that begins before the oldest kept counts the kept. */
const trim = ({ at, base, ...totals }: Account): void => {
  const removed = at.length - MOST_ENTRIES;
  at.splice(0, removed);
  for (const unit of ['tasks', 'tokens', 'costs'] as const)
    base[unit] = totals[unit].splice(0, removed).at(-1) ?? base[unit];
};

/** Index behind the last entry at or before `time`. */
const after = (times: readonly number[], time: number): number => {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? Infinity) <= time) low = middle + 1;
    else high = middle;
  }
  return low;
};
