import type { AgentQuota } from '../../events/generated/events.js';
import {
  withinLimits,
  withoutEjected,
  type AgentView,
  type Health,
  type Prior,
} from '../../routing/index.js';
import { withinQuotas } from './quotas.js';
import type { UnderWay } from './under-way.js';
import type { UsageLedger } from './usage-ledger.js';
import { standing, type Walls } from './walls.js';

/** An agent with what limits ask for. */
export interface RoutableAgent extends AgentView {
  /** whose agent it is; the default tenant's are everybody's */
  readonly tenant: string;
  /** declared price of a task, millionths of a US dollar; null: unknown */
  readonly priceMicros: number | null;
  readonly quotas: readonly AgentQuota[];
  /** declared baseline of its model family; null: none */
  readonly prior: Prior | null;
  /** the price, else what the baseline says a task costs; null: unknown */
  readonly expectedCostMicros: number | null;
  /** when an operator last declared it available again, µs: what it reported of its quota before is lifted; null: never */
  readonly availableSince: number | null;
}

/** Bounds by the settings of the process; null: none. */
export interface RoutingLimits {
  readonly utilisationUnder: number | null;
  readonly mostOfTenant: number | null;
  readonly mostOfTenantAtAgent: number | null;
}

export const NO_LIMITS: RoutingLimits = {
  utilisationUnder: null,
  mostOfTenant: null,
  mostOfTenantAtAgent: null,
};

/** The tenant whose agents everybody may use. */
export const SHARED_TENANT = 'default';

export const mayUse = (tenant: string, agent: Pick<RoutableAgent, 'tenant'>): boolean =>
  agent.tenant === SHARED_TENANT || agent.tenant === tenant;

export interface AdmissionContext {
  readonly tenant: string;
  /** the task's own; agents that declare a higher price are left out; null: none */
  readonly costBudgetMicros: number | null;
  readonly health: ReadonlyMap<string, Health>;
  readonly ledger: UsageLedger;
  readonly walls: Walls;
  readonly underWay: UnderWay;
  readonly limits: RoutingLimits;
  /** µs */
  readonly now: number;
}

export interface Admitted {
  readonly allowed: readonly {
    readonly agentId: string;
    readonly ramp: number;
  }[];
  readonly masked: readonly { readonly agentId: string; readonly reason: string }[];
  /** so few healthy ones were left that ejection was set aside */
  readonly panic: boolean;
  /** µs; the first moment at which one of those left out may be back; null: unknown */
  readonly wakeAt: number | null;
}

/**
 * Which of the able may be chosen just now: ejection, then limits, then quotas; each of the others with its reason. Apart from scores
 * (D-11), and before the policy, so that propensities are those of the agents that could really be chosen.
 */
export const admit = (agents: readonly RoutableAgent[], context: AdmissionContext): Admitted => {
  const { tenant, costBudgetMicros, health, ledger, walls: reported, underWay, limits, now } = context;
  const known = agents.flatMap(({ agentId }) => health.get(agentId) ?? []);
  const ejected = withoutEjected(known, now);
  const ramps = new Map(ejected.allowed.map(({ agentId, ramp }) => [agentId, ramp]));
  const left = agents.filter(({ agentId }) => ramps.has(agentId));
  const bounds = {
    utilisationUnder: limits.utilisationUnder,
    mostPriceMicros: costBudgetMicros,
    mostOfTenantAtAgent: limits.mostOfTenantAtAgent,
    mostOfTenant: limits.mostOfTenant,
    ofTenant: underWay.ofTenant(tenant),
  };
  const within = withinLimits(
    left.map(({ agentId, maxConcurrency, priceMicros }) => ({
      agentId,
      utilisation: maxConcurrency === null ? 0 : underWay.ofAgent(agentId) / maxConcurrency,
      // Who declares no price is not kept from work by a budget: the cap fails open, and the offer tells the agent what it may spend.
      priceMicros: priceMicros ?? 0,
      ofTenant: underWay.ofTenantAt(tenant, agentId),
      ramp: ramps.get(agentId) ?? 1,
    })),
    bounds,
  );
  const declared = new Map(agents.map((agent) => [agent.agentId, agent]));
  const judged = within.allowed.map(({ agentId, ramp }) => {
    const pending = underWay.ofAgent(agentId);
    const agent = declared.get(agentId);
    const wall = standing(reported, agentId, agent?.availableSince ?? null);
    const verdict = withinQuotas(agentId, agent?.quotas ?? [], { ledger, pending, now, wall });
    return { agentId, ramp, verdict };
  });
  const walls = judged.flatMap(({ agentId, verdict }) =>
    verdict.allowed ? [] : [{ agentId, reason: quotaReason(verdict.until), until: verdict.until }],
  );
  const masked = [
    ...ejected.masked.map(({ agentId, until }) => ({
      agentId,
      reason: `EJECTED until ${iso(until)}: failures in a row`,
      until,
    })),
    ...within.masked.map(({ agentId, reason }) => ({ agentId, reason, until: null })),
    ...walls,
  ];
  const times = masked.flatMap(({ until }) => (until === null ? [] : [until]));
  return {
    allowed: judged.flatMap(({ agentId, ramp, verdict }) =>
      verdict.allowed ? [{ agentId, ramp: Math.min(ramp, verdict.ramp) }] : [],
    ),
    masked: masked.map(({ agentId, reason }) => ({ agentId, reason })),
    panic: ejected.panic,
    wakeAt: times.length === 0 ? null : Math.min(...times),
  };
};

const quotaReason = (until: number | null): string =>
  until === null ? 'QUOTA used up' : `QUOTA used up until ${iso(until)}`;
const iso = (micros: number): string => new Date(micros / 1000).toISOString();
