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
}

/** So many assignments are remembered for an agent; when more were in a window, the window counts these. */
const MOST_ENTRIES = 50_000;

/** What each agent has used, for sums over any window: quotas are measured from outcomes, never declared. */
export class UsageLedger {
  readonly #accounts = new Map<string, Account>();

  add({ agentId, at, tokens, costMicros }: Used): void {
    const account = this.#accounts.get(agentId) ?? { at: [], tasks: [], tokens: [], costs: [] };
    this.#accounts.set(agentId, account);
    const index = after(account.at, at);
    account.at.splice(index, 0, at);
    for (const [totals, amount] of [
      [account.tasks, 1],
      [account.tokens, tokens],
      [account.costs, costMicros],
    ] as const) {
      totals.splice(index, 0, totals[index - 1] ?? 0);
      for (let i = index; i < totals.length; i += 1) totals[i] = (totals[i] ?? 0) + amount;
    }
    if (account.at.length > MOST_ENTRIES + 1000) trim(account);
  }

  /** Used from ≤ at < to. */
  used(agentId: string, unit: QuotaUnit, from: number, to: number): number {
    const account = this.#accounts.get(agentId);
    if (account === undefined) return 0;
    const totals = totalsOf(account, unit);
    const upTo = (time: number): number => totals[after(account.at, time - 1) - 1] ?? 0;
    return Math.max(0, upTo(to) - upTo(from));
  }

  /** What a task of the agent uses on average; 0 while nothing is known. */
  mean(agentId: string, unit: QuotaUnit): number {
    const account = this.#accounts.get(agentId);
    if (account === undefined) return 0;
    return (totalsOf(account, unit).at(-1) ?? 0) / (account.tasks.at(-1) ?? 1);
  }
}

const totalsOf = (account: Account, unit: QuotaUnit): readonly number[] =>
  unit === 'TOKENS' ? account.tokens : unit === 'COST_MICROS' ? account.costs : account.tasks;

/** Totals stay as they are: only differences count. */
const trim = (account: Account): void => {
  for (const list of [account.at, account.tasks, account.tokens, account.costs])
    list.splice(0, list.length - MOST_ENTRIES);
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
