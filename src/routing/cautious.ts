import { greedy, type Ranking, type Rule } from './arms.js';
import { carriedRates } from './carried.js';
import { cellOf, type Scope } from './experience.js';

/** Pseudo-outcomes that stay in the mean (D-07). */
const PRIOR = 2;

/**
 * Tier 1: the highest expected rate, without exploration. Whoever has no outcome that counts is below everybody who has one; at a later
 * attempt rates of first attempts are carried over, as the policies do.
 */
export const cautious: Rule = ({ arms, first, later }): Ranking => {
  const names = arms.map(({ agentId }) => agentId);
  const expected = first === null ? arms.map(() => 0.5) : carriedRates(names, first, later);
  const scores = arms.map(({ agentId, successes, failures }, i) => {
    const known = successes + failures > 0 || (first !== null && triedIn(first, agentId));
    return known ? (successes + PRIOR * (expected[i] ?? 0)) / (successes + failures + PRIOR) : 0;
  });
  return { shares: greedy(scores), scores };
};

const triedIn = (scope: Scope, agentId: string): boolean => {
  const { successes, failures } = cellOf(scope, agentId);
  return successes + failures > 0;
};
