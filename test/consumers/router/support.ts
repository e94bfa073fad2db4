import type { RoutingStarted, TaskSize } from '../../../src/events/generated/events.js';
import { NO_LIMITS, type RoutableAgent } from '../../../src/consumers/router/admission.js';
import {
  decideRoute,
  type RouteAnswer,
  type RoutingSituation,
} from '../../../src/consumers/router/decide-route.js';
import { poolHealth, marked, NO_MARKS } from '../../../src/consumers/router/health.js';
import { policyInForce } from '../../../src/consumers/router/policy-in-force.js';
import { UnderWay } from '../../../src/consumers/router/under-way.js';
import { UsageLedger } from '../../../src/consumers/router/usage-ledger.js';
import { NO_WALLS } from '../../../src/consumers/router/walls.js';
import { NO_EXPERIENCE, random, rememberAll, type PolicyOutcome } from '../../../src/routing/index.js';
import type { RecordedDecision } from '../../../src/routing/recorded/index.js';

export const NOW = 1_000_000_000_000;

export const agent = (agentId: string, over: Partial<RoutableAgent> = {}): RoutableAgent => ({
  agentId,
  status: 'AVAILABLE',
  capabilities: [],
  taskTypes: [],
  maxConcurrency: null,
  tenant: 'default',
  priceMicros: null,
  quotas: [],
  prior: null,
  expectedCostMicros: over.priceMicros ?? null,
  availableSince: null,
  ...over,
});

export const ask = (over: Partial<RoutingStarted> = {}): RoutingStarted => ({
  meta: { tenant: 'default' } as RoutingStarted['meta'],
  taskId: 'T-1',
  attempt: 1,
  taskType: 'code-editing',
  requiredCapabilities: [],
  excludedAgents: [],
  excludedInstances: [],
  riskTier: 2,
  priority: 5,
  deadline: null,
  costBudgetMicros: null,
  size: null,
  race: null,
  ...over,
});

/** Of a task about which much is known. */
export const size = (over: Partial<TaskSize> = {}): TaskSize => ({
  descriptionLength: 5,
  scopePaths: 0,
  acceptanceCriteria: 0,
  maxFiles: null,
  maxLines: null,
  declared: '',
  ...over,
});

export const outcome = (over: Partial<PolicyOutcome> = {}): PolicyOutcome => ({
  tenant: 'default',
  taskType: 'code-editing',
  agentId: 'a',
  decisionId: '0/1',
  result: 'SUCCESS',
  failureClass: null,
  attempt: 1,
  kind: null,
  features: null,
  propensity: 0.5,
  costMicros: null,
  occurredAt: NOW - 1_000_000,
  partition: 0,
  offset: 0,
  ...over,
});

/** Outcomes of two partitions, some of every sort, in the order of the log of each. */
export const history = (seed: string, count: number, agents: readonly string[]): PolicyOutcome[] => {
  const rng = random(seed);
  const offsets = new Map<number, number>();
  return Array.from({ length: count }, () => {
    const partition = rng.next() < 0.5 ? 0 : 1;
    const luck = rng.next();
    const offset = (offsets.get(partition) ?? 0) + 1 + Math.floor(rng.next() * 3);
    offsets.set(partition, offset);
    return outcome({
      agentId: agents[Math.floor(rng.next() * agents.length)] ?? 'a',
      result: luck < 0.5 ? 'SUCCESS' : luck < 0.9 ? 'FAILURE' : 'VOID',
      failureClass: luck < 0.5 ? null : luck < 0.8 ? 'AGENT' : 'INFRASTRUCTURE',
      taskType: rng.next() < 0.8 ? 'code-editing' : 'review',
      features: [1, Math.floor(rng.next() * 8) / 8],
      kind: rng.next() < 0.5 ? 'standard' : 'complex',
      propensity: 0.1 + rng.next() / 2,
      // Clocks of two owners: neither partition is in order of the other.
      occurredAt: NOW - Math.floor(rng.next() * 5_000_000),
      partition,
      offset,
    });
  });
};

export const situation = (
  agents: readonly RoutableAgent[],
  outcomes: readonly PolicyOutcome[] = [],
  over: Partial<RoutingSituation> = {},
): RoutingSituation => ({
  agents,
  presence: agents.map(({ agentId }) => ({
    agentId,
    instance: `${agentId}-1`,
    slots: 4,
    freeSlots: 4,
    leaving: false,
  })),
  experience: rememberAll(NO_EXPERIENCE, outcomes),
  statisticsOffsets: [0, 1].map((partition) => ({
    partition,
    position: Math.max(
      0,
      ...outcomes.filter((one) => one.partition === partition).map(({ offset }) => offset + 1),
    ),
  })),
  registryPosition: 7,
  inForce: policyInForce(undefined),
  floor: 0.1,
  ordinal: 3,
  admission: {
    health: poolHealth(
      agents.map(({ agentId }) => agentId),
      marked(NO_MARKS, outcomes),
      NOW,
    ),
    ledger: new UsageLedger(),
    walls: NO_WALLS,
    underWay: new UnderWay(),
    limits: NO_LIMITS,
    now: NOW,
  },
  seed: 'arbiter.tasks/0/1/2',
  ...over,
});

/** The answer, which has to be a choice. */
export const routed = (
  asked: RoutingStarted,
  around: RoutingSituation,
): RouteAnswer & { readonly decision: NonNullable<RouteAnswer['decision']>; readonly agentId: string } => {
  const { answer } = decideRoute(asked, around);
  const { decision, agentId } = answer;
  if (decision === null || agentId === null) throw new Error(`not routed: ${answer.reason}`);
  return { ...answer, decision, agentId };
};

export const recorded = (asked: RoutingStarted, around: RoutingSituation): RecordedDecision => ({
  ...routed(asked, around).decision,
  attempt: asked.attempt,
});
