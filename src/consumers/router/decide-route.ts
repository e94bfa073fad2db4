import type { Race, RouteDecided, RoutingDecision, RoutingStarted } from '../../events/generated/events.js';
import {
  filterCandidates,
  random,
  RoutingError,
  type Contender,
  type Context,
  type Decision,
  type Experience,
  type Filtered,
  type PresenceView,
} from '../../routing/index.js';
import { admit, mayUse, type AdmissionContext, type Admitted, type RoutableAgent } from './admission.js';
import { alternativesOf } from './alternatives.js';
import { assessmentOf, tierOf, type Assessed } from './assessment.js';
import { fallenBack, type PolicyInForce } from './policy-in-force.js';
import { chooseRivals, type Pick } from './rivals.js';

export type RouteAnswer = Omit<RouteDecided, 'meta'>;

/** What a routing decision rests on (law 11). */
export interface RoutingSituation {
  readonly agents: readonly RoutableAgent[];
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
  /** Health, quotas, limits, work under way. */
  readonly admission: Omit<AdmissionContext, 'tenant' | 'costBudgetMicros'>;
  readonly seed: string;
}

export interface Routed {
  readonly answer: RouteAnswer;
  /** µs: when somebody who is left out may be back; null: nothing is known of that */
  readonly wakeAt: number | null;
}

/** Chooses an agent and one of its instances. Pure; the choice is drawn from the distribution it records. */
export const decideRoute = (ask: RoutingStarted, situation: RoutingSituation): Routed => {
  const { tenant } = ask.meta;
  const agents = situation.agents.filter((agent) => mayUse(tenant, agent));
  const filtered = filterCandidates({ agents, presence: situation.presence, request: ask });
  if (filtered.outcome !== 'ROUTABLE') return { answer: notRouted(filtered), wakeAt: null };
  const able = new Set(filtered.candidates.map(({ agentId }) => agentId));
  const admitted = admit(
    agents.filter(({ agentId }) => able.has(agentId)),
    {
      ...situation.admission,
      tenant,
      costBudgetMicros: ask.costBudgetMicros,
    },
  );
  const masked = [...admitted.masked, ...filtered.masked.map(({ agentId, reason }) => ({ agentId, reason }))];
  const { wakeAt } = admitted;
  const nobody = { answer: notRouted({ outcome: 'NO_CAPACITY', masked, missingCapabilities: [] }), wakeAt };
  if (admitted.allowed.length === 0) return nobody;
  const assessed = assessmentOf(ask);
  const context = contextOf(ask, situation, assessed);
  const { underWay } = situation.admission;
  const declared = new Map(agents.map((agent) => [agent.agentId, agent]));
  const contenders = admitted.allowed.map(({ agentId, ramp }) => ({
    agentId,
    ramp,
    pending: underWay.ofType(tenant, ask.taskType, agentId),
    priceMicros: declared.get(agentId)?.expectedCostMicros ?? null,
    prior: declared.get(agentId)?.prior ?? null,
  }));
  const pick: Pick = (from, alsoMasked, seed) => {
    const { decision, inForce } = chosen(context, from, { ...situation, seed });
    const found = filtered.candidates.find(({ agentId }) => agentId === decision.choice);
    const instance = found?.instances[0]?.instance;
    if (instance === undefined) return undefined;
    const { text: words } = decision.explanation;
    const text = inForce.note === '' ? words : `${words} (${inForce.note})`;
    const known = { context, contenders: from, decision, admitted, assessed, situation };
    const record = recordOf({ ...known, masked: [...masked, ...alsoMasked], text });
    return { agentId: decision.choice, workerInstance: instance, decision: record };
  };
  const prices = new Map(agents.map(({ agentId, priceMicros }) => [agentId, priceMicros]));
  const first = pick(contenders, [], situation.seed);
  if (first === undefined) return nobody;
  const raced =
    ask.race === null
      ? { first, rivals: [] }
      : chooseRivals(
          underBudget(ask.race, ask.costBudgetMicros),
          { first, contenders, prices, seed: situation.seed },
          pick,
        );
  const answer: RouteAnswer = {
    outcome: 'ROUTED',
    ...raced.first,
    reason: raced.first.decision.text,
    missingCapabilities: [],
    rivals: raced.rivals,
  };
  return { answer, wakeAt };
};

/** All of a race together cost no more than the task may. */
const underBudget = (race: Race, costBudgetMicros: number | null): Race => ({
  ...race,
  costCapMicros: Math.min(race.costCapMicros, costBudgetMicros ?? Infinity),
});

interface Decided {
  readonly context: Context;
  readonly contenders: readonly Contender[];
  readonly decision: Decision;
  readonly masked: RoutingDecision['masked'];
  readonly admitted: Admitted;
  readonly assessed: Assessed | undefined;
  readonly situation: RoutingSituation;
  readonly text: string;
}

/** A decision is an event, and a registry may be large: who could have been chosen is whole, who could not is bounded (law 13). */
const MOST_MASKED = 100;

/** Those that were kept from work just now come first; who never could have done it gives way. */
const bounded = (masked: RoutingDecision['masked']): RoutingDecision['masked'] => {
  const forGood = /^(TASK_TYPE_NOT_SERVED|MISSING_CAPABILITY)/;
  const first = masked.filter(({ reason }) => !forGood.test(reason));
  const rest = masked.filter(({ reason }) => forGood.test(reason));
  return [...first, ...rest].slice(0, MOST_MASKED).sort((a, b) => (a.agentId < b.agentId ? -1 : 1));
};

/** Everything the choice rested on, as the log keeps it. */
const recordOf = ({
  context,
  contenders,
  decision,
  masked,
  admitted,
  assessed,
  situation,
  text,
}: Decided): RoutingDecision => {
  const { explanation } = decision;
  const complexity = assessed?.complexity;
  return {
    policyId: explanation.policy.id,
    policyVersion: explanation.policy.version,
    taskType: context.taskType,
    candidates: candidatesOf(decision, contenders),
    masked: bounded(masked),
    propensity: decision.propensity,
    floor: context.floor,
    seed: explanation.seed,
    statisticsOffsets: situation.statisticsOffsets,
    tenant: context.tenant,
    pool: complexity?.pool ?? '',
    poolReason: complexity?.reasons.join(', ') ?? '',
    kind: context.kind,
    features: context.features ?? [],
    riskTier: context.riskTier,
    ordinal: context.ordinal,
    parameters: JSON.stringify(explanation.parameters),
    draw: explanation.draw,
    panic: admitted.panic,
    alternatives: alternativesOf(decision),
    details: {
      ...Object.fromEntries(
        Object.entries(explanation.details).map(([name, value]) => [name, String(value)]),
      ),
      ...(masked.length > MOST_MASKED ? { masked: String(masked.length) } : {}),
    },
    text,
    registryPosition: situation.registryPosition,
  };
};

const contextOf = (
  ask: RoutingStarted,
  { inForce, floor, ordinal }: RoutingSituation,
  assessed: Assessed | undefined,
): Context => {
  const riskTier = tierOf(ask.riskTier);
  return {
    tenant: ask.meta.tenant,
    taskType: ask.taskType,
    riskTier,
    attempt: ask.attempt,
    kind: assessed?.complexity.pool ?? null,
    features: assessed?.features ?? null,
    ordinal,
    // Nothing is tried out on purpose at tier 1; the record holds the floor that was applied.
    floor: riskTier === 1 ? 0 : (inForce.floor ?? floor),
  };
};

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
  return scores.map(({ agentId, expected, mean, score, successes, failures, pending }) => ({
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
    prior: told.get(agentId)?.prior ?? null,
    expected,
  }));
};

interface Nobody {
  readonly outcome: Filtered['outcome'];
  readonly masked: readonly { readonly agentId: string; readonly reason: string }[];
  readonly missingCapabilities: readonly string[];
}

const notRouted = ({ outcome, masked, missingCapabilities }: Nobody): RouteAnswer => ({
  outcome: outcome === 'NO_CAPABLE_AGENT' ? 'NO_CAPABLE_AGENT' : 'NO_CAPACITY',
  agentId: null,
  workerInstance: null,
  decision: null,
  reason: reasonOf(masked, missingCapabilities),
  missingCapabilities: [...missingCapabilities],
  rivals: [],
});

const reasonOf = (masked: Nobody['masked'], missing: readonly string[]): string => {
  if (missing.length > 0) return `no agent has: ${missing.join(', ')}`;
  if (masked.length === 0) return 'no agent is registered';
  return masked
    .slice(0, 20)
    .map(({ agentId, reason }) => `${agentId}: ${reason}`)
    .join('; ');
};
