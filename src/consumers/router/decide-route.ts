import type { RouteDecided, RoutingDecision, RoutingStarted } from '../../events/generated/events.js';
import {
  filterCandidates,
  random,
  RoutingError,
  type AgentView,
  type Contender,
  type Context,
  type Decision,
  type Experience,
  type Filtered,
  type PresenceView,
} from '../../routing/index.js';
import { fallenBack, type PolicyInForce } from './policy-in-force.js';
import { alternativesOf } from './alternatives.js';

export type RouteAnswer = Omit<RouteDecided, 'meta'>;

/** What a routing decision rests on (law 11). */
export interface RoutingSituation {
  readonly agents: readonly AgentView[];
  readonly presence: readonly PresenceView[];
  readonly experience: Experience;
  readonly statisticsOffsets: RoutingDecision['statisticsOffsets'];
  /** Up to where the agents log was read. */
  readonly registryPosition: number;
  readonly inForce: PolicyInForce;
  /** ε of the exploration floor, where the policy's event sets none. */
  readonly floor: number;
  /** Number of this decision. */
  readonly ordinal: number;
  /** Assignments of the agent under way, outcome unknown. */
  pending(agentId: string): number;
  readonly seed: string;
}

/** Chooses an agent and one of its instances. Pure; the choice is drawn from the distribution it records. */
export const decideRoute = (ask: RoutingStarted, situation: RoutingSituation): RouteAnswer => {
  const filtered = filterCandidates({ agents: situation.agents, presence: situation.presence, request: ask });
  if (filtered.outcome !== 'ROUTABLE') return notRouted(filtered);
  const context = contextOf(ask, situation);
  const contenders = filtered.candidates.map(({ agentId }) => contender(agentId, situation));
  const { decision, inForce } = chosen(context, contenders, situation);
  const instance = filtered.candidates.find(({ agentId }) => agentId === decision.choice)?.instances[0]
    ?.instance;
  if (instance === undefined) return notRouted(filtered);
  const { explanation } = decision;
  const text = inForce.note === '' ? explanation.text : `${explanation.text} (${inForce.note})`;
  return {
    outcome: 'ROUTED',
    agentId: decision.choice,
    workerInstance: instance,
    decision: {
      policyId: explanation.policy.id,
      policyVersion: explanation.policy.version,
      taskType: context.taskType,
      candidates: candidatesOf(decision, contenders),
      masked: filtered.masked.map(({ agentId, reason }) => ({ agentId, reason })),
      propensity: decision.propensity,
      floor: explanation.floor,
      seed: explanation.seed,
      statisticsOffsets: situation.statisticsOffsets,
      tenant: context.tenant,
      pool: '',
      poolReason: '',
      kind: context.kind,
      features: context.features ?? [],
      riskTier: context.riskTier,
      ordinal: context.ordinal,
      parameters: JSON.stringify(explanation.parameters),
      draw: explanation.draw,
      panic: false,
      alternatives: alternativesOf(decision),
      details: Object.fromEntries(
        Object.entries(explanation.details).map(([name, value]) => [name, `${value}`]),
      ),
      text,
      registryPosition: situation.registryPosition,
    },
    reason: text,
    missingCapabilities: [],
  };
};

const contextOf = (ask: RoutingStarted, { inForce, floor, ordinal }: RoutingSituation): Context => {
  const { riskTier } = ask;
  return {
    tenant: ask.meta.tenant,
    taskType: ask.taskType,
    riskTier: riskTier === 1 || riskTier === 2 || riskTier === 3 ? riskTier : null,
    attempt: ask.attempt,
    kind: null,
    features: null,
    ordinal,
    floor: inForce.floor ?? floor,
  };
};

const contender = (agentId: string, situation: RoutingSituation): Contender => ({
  agentId,
  pending: situation.pending(agentId),
  priceMicros: null,
  ramp: 1,
});

/** A policy that cannot decide this task (a linear one without features) must not keep it from an agent. */
const chosen = (
  context: Context,
  contenders: readonly Contender[],
  { inForce, experience, seed }: RoutingSituation,
): { decision: Decision; inForce: PolicyInForce } => {
  try {
    return { decision: inForce.policy.choose(context, contenders, experience, random(seed)), inForce };
  } catch (error) {
    if (!(error instanceof RoutingError && error.code === 'FEATURES_MISSING')) throw error;
    const instead = fallenBack(inForce, error.message);
    return {
      decision: instead.policy.choose(context, contenders, experience, random(seed)),
      inForce: instead,
    };
  }
};

const candidatesOf = (
  { propensities, scores }: Decision,
  contenders: readonly Contender[],
): RoutingDecision['candidates'] => {
  const share = new Map(propensities.map(({ agentId, propensity }) => [agentId, propensity]));
  const told = new Map(contenders.map((one) => [one.agentId, one]));
  return scores.map(({ agentId, mean, score, successes, failures, pending }) => ({
    agentId,
    propensity: share.get(agentId) ?? 0,
    score,
    // Discounted evidence is not whole; the record keeps counts.
    successes: Math.round(successes),
    failures: Math.round(failures),
    mean,
    pending,
    priceMicros: told.get(agentId)?.priceMicros ?? null,
    ramp: told.get(agentId)?.ramp ?? 1,
  }));
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
