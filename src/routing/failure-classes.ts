/** Why an assignment ended without success. */
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
  | 'QUOTA'
  | 'OUTRUN';

/**
 * Which failures are the agent's own. A failure of the surroundings must not poison what is learned about the agent: a lost lease
 * is most often a worker or broker that went away, a deadline holds the time in the queue, and who cancels or suspends says nothing. Who was outrun in a race was cut short: what its result would have
 * been is not known.
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
  OUTRUN: 'void',
  UNKNOWN: 'void',
};
