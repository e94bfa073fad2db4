import { LOAN, loanOf, type Arm } from './arms.js';
import { cellOf, type Scope } from './experience.js';

const rateIn = (scope: Scope, agentId: string, loan = 0, expected = 0): number => {
  const { successes, failures } = cellOf(scope, agentId);
  return (successes + 1 + loan * expected) / (successes + failures + 2 + loan);
};

/**
 * What a later attempt may expect of each agent before it has later outcomes of its own: its rate at first attempts, times how much
 * harder tasks have been after a failed check so far. Whoever is asked second meets only what the first could not do.
 */
export function carriedRates(arms: readonly Arm[], first: Scope, later: Scope, loan = LOAN): number[] {
  let [solved, expected] = [1, 2];
  for (const [agentId, { successes, failures }] of later.agents) {
    solved += successes;
    expected += (successes + failures) * rateIn(first, agentId);
  }
  const harder = Math.min(1, solved / expected);
  return arms.map((arm) => harder * rateIn(first, arm.agentId, loanOf(arm, loan), arm.expected));
}
