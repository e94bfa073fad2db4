import type { Budget, DiffStat } from '../../events/generated/events.js';

/** Marks of the budget that are told, once each, in per cent; the last is passed by what is over it. */
const MARKS = [50, 80, 95, 100] as const;
const MOST_PERCENT = 1_000_000;

export interface BudgetUse {
  /** The larger share of files and lines, in whole per cent, rounded down. */
  readonly percent: number;
  /** The highest mark passed; 0: none. */
  readonly mark: number;
  readonly over: boolean;
}

/** How much of its budget a change has used. The agent's own report: worth a warning, never a pass. */
export const budgetUse = (diff: DiffStat, budget: Budget): BudgetUse => {
  const lines = Math.max(0, diff.insertions) + Math.max(0, diff.deletions);
  const shares = [share(Math.max(0, diff.files), budget.maxFiles), share(lines, budget.maxLines)];
  const used = Math.max(...shares);
  const over = used > 1;
  const mark = MARKS.findLast((each) => (each === 100 ? over : used * 100 >= each)) ?? 0;
  return { percent: Math.min(MOST_PERCENT, Math.floor(used * 100)), mark, over };
};

const share = (used: number, limit: number): number => (used === 0 ? 0 : limit > 0 ? used / limit : Infinity);
