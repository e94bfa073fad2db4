import type { RoutingDecision } from '../../events/generated/events.js';
import type { Decision } from '../../routing/index.js';

/** More than the three that are asked for: what a person reads in one look. */
const MOST = 5;

/** The others in the order in which they would have been chosen, each with why not it. */
export const alternativesOf = ({
  choice,
  scores,
  propensities,
}: Decision): RoutingDecision['alternatives'] => {
  const share = new Map(propensities.map(({ agentId, propensity }) => [agentId, propensity]));
  const of = (agentId: string): number => share.get(agentId) ?? 0;
  const won = scores.find(({ agentId }) => agentId === choice);
  return scores
    .filter(({ agentId }) => agentId !== choice)
    .sort((a, b) => of(b.agentId) - of(a.agentId) || b.score - a.score || (a.agentId < b.agentId ? -1 : 1))
    .slice(0, MOST)
    .map(({ agentId, score, mean, expected, successes, failures, pending }) => ({
      agentId,
      score,
      propensity: of(agentId),
      reason: [
        `probability ${of(agentId).toFixed(4)} against ${of(choice).toFixed(4)}`,
        `rate ${mean.toFixed(3)} against ${(won?.mean ?? 0).toFixed(3)}`,
        `${Math.round(successes)} of ${Math.round(successes + failures)} so far`,
        ...(expected === 0.5 ? [] : [`expected ${expected.toFixed(3)} before`]),
        ...(pending > 0 ? [`${pending} under way`] : []),
      ].join(', '),
    }));
};
