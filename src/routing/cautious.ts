import { greedy, shrunk, type Ranking, type Rule } from './arms.js';
import { carriedRates } from './carried.js';
import { cellOf, type Scope } from './experience.js';

/** Pseudo-outcomes that stay in the mean (D-07). */
const PRIOR = 2;

/**
 * Tier 1: the highest expected rate, without exploration. Whoever has no outcome that counts is below everybody who has one, and there
 * stands by what is expected of it; at a later attempt rates of first attempts are carried over, as the policies do.
 */
export const cautious: Rule = ({ arms, first, later }): Ranking => {
  const carried = first === null ? null : carriedRates(arms, first, later);
  const scores = arms.map((arm, i) => {
    const { agentId, successes, failures } = arm;
    const known = successes + failures > 0 || (first !== null && triedIn(first, agentId));
    const rate =
      carried === null
        ? shrunk(arm, PRIOR)
        : (successes + PRIOR * (carried[i] ?? 0)) / (successes + failures + PRIOR);
    return known ? rate : rate - 1;
  });
  return { shares: greedy(scores), scores };
};

const triedIn = (scope: Scope, agentId: string): boolean => {
  const { successes, failures } = cellOf(scope, agentId);
  return successes + failures > 0;
};
