import type { AgentState } from '../state.js';

/** What a query looks at. */
export type FleetAgent = Pick<
  AgentState,
  | 'agentId'
  | 'tenant'
  | 'displayName'
  | 'modelFamily'
  | 'capabilities'
  | 'taskTypes'
  | 'languages'
  | 'specialisations'
  | 'maxConcurrency'
  | 'price'
  | 'presence'
  | 'retired'
  | 'left'
> & { readonly status: string };

/** Finished work that counts, of one agent: in all, or of one type of task. */
export interface TrackRecord {
  readonly successes: number;
  readonly failures: number;
}

export const NO_RECORD: TrackRecord = { successes: 0, failures: 0 };

/**
 * How things stand with an agent: what is declared, unless it is retired or nobody hears of it any more. Load never says
 * anything here (D-03).
 */
export const standingOf = (agent: Pick<FleetAgent, 'status' | 'presence' | 'retired' | 'left'>): string => {
  if (agent.retired) return 'RETIRED';
  if (agent.status !== 'AVAILABLE') return agent.status;
  return agent.left || agent.presence === 'ABSENT' ? 'OFFLINE' : 'AVAILABLE';
};

/** (successes + 1) / (successes + failures + 2): one of each on loan, which no outcome erases (D-07). */
export const successRate = ({ successes, failures }: TrackRecord): number =>
  (successes + 1) / (successes + failures + 2);

/** A place in the order: what it is ordered by. */
export interface Place extends TrackRecord {
  readonly agentId: string;
}

/**
 * Best success rate first, then most evidence, then by id. Rates are compared as fractions of whole numbers, so that the order
 * is total and does not depend on where one begins (D-06).
 */
export const byPlace = (a: Place, b: Place): number => {
  const [nA, nB] = [a.successes + a.failures, b.successes + b.failures];
  const rates = (b.successes + 1) * (nA + 2) - (a.successes + 1) * (nB + 2);
  if (rates !== 0) return rates;
  if (nA !== nB) return nB - nA;
  return a.agentId < b.agentId ? -1 : a.agentId > b.agentId ? 1 : 0;
};
