import type { RouteDecided, RoutingDecision, RoutingStarted } from '../../events/generated/events.js';
import {
  chooseAgent,
  countsOf,
  filterCandidates,
  floorAt,
  type AgentView,
  type Filtered,
  type PresenceView,
  type Statistics,
} from '../../routing/index.js';

export type RouteAnswer = Omit<RouteDecided, 'meta'>;

/** What a routing decision rests on (law 11). */
export interface RoutingSituation {
  readonly agents: readonly AgentView[];
  readonly presence: readonly PresenceView[];
  readonly statistics: Statistics;
  readonly statisticsOffsets: RoutingDecision['statisticsOffsets'];
  /** ε of the exploration floor. */
  readonly floor: number;
  readonly seed: string;
}

/** Chooses an agent and one of its instances. Pure; the choice is drawn from the distribution it records. */
export const decideRoute = (ask: RoutingStarted, situation: RoutingSituation): RouteAnswer => {
  const filtered = filterCandidates({ agents: situation.agents, presence: situation.presence, request: ask });
  if (filtered.outcome !== 'ROUTABLE') return notRouted(filtered);
  const floor = floorAt(
    ask.riskTier === 1 || ask.riskTier === 2 || ask.riskTier === 3 ? ask.riskTier : null,
    situation.floor,
  );
  const choice = chooseAgent({
    candidates: filtered.candidates.map(({ agentId }) => {
      const { successes, failures } = countsOf(situation.statistics, agentId, ask.taskType);
      return { agentId, successes, failures };
    }),
    floor,
    seed: situation.seed,
  });
  const instance = filtered.candidates.find(({ agentId }) => agentId === choice.chosen)?.instances[0]
    ?.instance;
  if (instance === undefined) return notRouted(filtered);
  const propensities = new Map(choice.propensities.map(({ agentId, propensity }) => [agentId, propensity]));
  const decision: RoutingDecision = {
    policyId: choice.policy.id,
    policyVersion: choice.policy.version,
    taskType: ask.taskType,
    candidates: choice.scores.map(({ agentId, mean, successes, failures }) => ({
      agentId,
      propensity: propensities.get(agentId) ?? 0,
      score: mean,
      successes,
      failures,
    })),
    masked: filtered.masked.map(({ agentId, reason }) => ({ agentId, reason })),
    propensity: choice.propensity,
    floor,
    seed: choice.seed,
    statisticsOffsets: situation.statisticsOffsets,
  };
  const reason = `${choice.chosen} drawn with probability ${choice.propensity.toFixed(4)} out of ${choice.scores.length}`;
  return {
    outcome: 'ROUTED',
    agentId: choice.chosen,
    workerInstance: instance,
    decision,
    reason,
    missingCapabilities: [],
  };
};

const notRouted = ({ outcome, masked, missingCapabilities }: Filtered): RouteAnswer => ({
  outcome: outcome === 'NO_CAPABLE_AGENT' ? 'NO_CAPABLE_AGENT' : 'NO_CAPACITY',
  agentId: null,
  workerInstance: null,
  decision: null,
  reason: reasonOf(masked, missingCapabilities),
  missingCapabilities: [...missingCapabilities],
});

const reasonOf = (masked: Filtered['masked'], missing: readonly string[]): string => {
  if (missing.length > 0) return `no agent has: ${missing.join(', ')}`;
  if (masked.length === 0) return 'no agent is registered';
  return masked
    .slice(0, 20)
    .map(({ agentId, reason }) => `${agentId}: ${reason}`)
    .join('; ');
};
