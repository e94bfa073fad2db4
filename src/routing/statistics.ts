import { byId } from './order.js';

export type FailureClass =
  | 'UNKNOWN'
  | 'AGENT'
  | 'INFRASTRUCTURE'
  | 'LEASE_EXPIRED'
  | 'TIME_LIMIT'
  | 'OVER_BUDGET'
  | 'CONSTITUTION'
  | 'CANCELLED'
  | 'SUSPENDED'
  | 'DEADLINE'
  | 'REFUSED'
  | 'QUOTA';

/** What one finished assignment says about its agent. */
export interface Outcome {
  readonly agentId: string;
  readonly taskType: string;
  readonly result: 'SUCCESS' | 'FAILURE' | 'VOID' | 'UNKNOWN';
  readonly failureClass: FailureClass | null;
}

export interface Counts {
  readonly successes: number;
  readonly failures: number;
  /** assignments that say nothing about the agent; counted so that they can be seen, never used in a choice */
  readonly voids: number;
}

/** Integer counts by agent, then by task type (D-10: a task type of its own, not the agent's first). */
export type Statistics = ReadonlyMap<string, ReadonlyMap<string, Counts>>;

/**
 * Which failures are the agent's own. A failure of the surroundings must not poison what is learned about the agent: a lost lease
 * is most often a worker or broker that went away, a deadline holds the time in the queue, and who cancels or suspends says nothing.
 */
export const COUNTS_AS: Readonly<Record<FailureClass, 'failure' | 'void'>> = {
  AGENT: 'failure',
  CONSTITUTION: 'failure',
  TIME_LIMIT: 'failure',
  OVER_BUDGET: 'failure',
  LEASE_EXPIRED: 'void',
  INFRASTRUCTURE: 'void',
  CANCELLED: 'void',
  SUSPENDED: 'void',
  DEADLINE: 'void',
  REFUSED: 'void',
  QUOTA: 'void',
  UNKNOWN: 'void',
};

export const NOTHING_LEARNED: Statistics = new Map();
const NONE: Counts = { successes: 0, failures: 0, voids: 0 };

/** The counts of one agent at one task type; zeros for who has done nothing yet. */
export function countsOf(statistics: Statistics, agentId: string, taskType: string): Counts {
  return statistics.get(agentId)?.get(taskType) ?? NONE;
}

/** One outcome more. Sums alone, so neither the order of arrival nor the way of batching changes the result. */
export function learn(statistics: Statistics, outcome: Outcome): Statistics {
  return learnAll(statistics, [outcome]);
}

/** Many outcomes at once, with one copy of what changes. */
export function learnAll(statistics: Statistics, outcomes: Iterable<Outcome>): Statistics {
  const next = new Map(statistics);
  const fresh = new Map<string, Map<string, Counts>>();
  for (const { agentId, taskType, result, failureClass } of outcomes) {
    let cells = fresh.get(agentId);
    if (cells === undefined) {
      cells = new Map(statistics.get(agentId));
      fresh.set(agentId, cells);
      next.set(agentId, cells);
    }
    cells.set(taskType, counted(cells.get(taskType) ?? NONE, result, failureClass));
  }
  return next;
}

function counted(
  { successes, failures, voids }: Counts,
  result: Outcome['result'],
  failureClass: FailureClass | null,
): Counts {
  if (result === 'SUCCESS') return { successes: successes + 1, failures, voids };
  const isFailure = result === 'FAILURE' && COUNTS_AS[failureClass ?? 'AGENT'] === 'failure';
  return isFailure ? { successes, failures: failures + 1, voids } : { successes, failures, voids: voids + 1 };
}

export interface StatisticsRow extends Counts {
  readonly agentId: string;
  readonly taskType: string;
}

/** The statistics as rows in one fixed order: for checkpoints, views and checksums. */
export function statisticsRows(statistics: Statistics): StatisticsRow[] {
  const rows = [...statistics].flatMap(([agentId, cells]) =>
    [...cells].map(([taskType, counts]) => ({ agentId, taskType, ...counts })),
  );
  return rows.sort((a, b) => byId(a.agentId, b.agentId) || byId(a.taskType, b.taskType));
}

/** The inverse of `statisticsRows`. */
export function statisticsFrom(rows: Iterable<StatisticsRow>): Statistics {
  const statistics = new Map<string, Map<string, Counts>>();
  for (const { agentId, taskType, successes, failures, voids } of rows) {
    const cells = statistics.get(agentId) ?? new Map<string, Counts>();
    statistics.set(agentId, cells.set(taskType, { successes, failures, voids }));
  }
  return statistics;
}
