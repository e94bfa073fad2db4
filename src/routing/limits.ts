import { byId } from './order.js';

/** An agent that could do the task, before limits. */
export interface Limited {
  readonly agentId: string;
  /** assignments under way over its most, 0 to 1 */
  readonly utilisation: number;
  readonly priceMicros: number | null;
  /** this tenant's assignments at it that are under way */
  readonly ofTenant: number;
  /** from its health (ejection); 1 otherwise */
  readonly ramp: number;
}

/** What a tenant or a task allows. null: no limit. */
export interface Limits {
  /** strictly under this */
  readonly utilisationUnder: number | null;
  readonly mostPriceMicros: number | null;
  /** at one agent at once */
  readonly mostOfTenantAtAgent: number | null;
  /** at all agents at once, and how many there are now */
  readonly mostOfTenant: number | null;
  readonly ofTenant: number;
}

export type LimitCode = 'TENANT_LIMIT' | 'UTILISATION' | 'PRICE';

export interface LimitMask {
  readonly agentId: string;
  readonly code: LimitCode;
  readonly reason: string;
}

export interface WithinLimits {
  readonly allowed: readonly {
    readonly agentId: string;
    readonly ramp: number;
    readonly priceMicros: number | null;
  }[];
  readonly masked: readonly LimitMask[];
}

/**
 * Limits apart from scores (D-11: load is a mask and a ramp, never a hidden part of a score): each agent is allowed, or masked with the
 * first reason that holds. A price of null passes no
 * cap; the router asks with 0 for agents that declare none (admission.ts), so there they pass every cap.
 */
export function withinLimits(agents: readonly Limited[], limits: Limits): WithinLimits {
  const allowed: { agentId: string; ramp: number; priceMicros: number | null }[] = [];
  const masked: LimitMask[] = [];
  for (const agent of [...agents].sort((a, b) => byId(a.agentId, b.agentId))) {
    const { agentId, priceMicros, ramp } = agent;
    const mask = limited(agent, limits);
    if (mask === undefined) allowed.push({ agentId, ramp, priceMicros });
    else masked.push({ agentId, code: mask[0], reason: `${mask[0]} ${mask[1]}` });
  }
  return { allowed, masked };
}

function limited(agent: Limited, limits: Limits): readonly [LimitCode, string] | undefined {
  const { utilisationUnder, mostPriceMicros, mostOfTenantAtAgent, mostOfTenant, ofTenant } = limits;
  if (mostOfTenant !== null && ofTenant >= mostOfTenant)
    return ['TENANT_LIMIT', `${ofTenant} of ${mostOfTenant}`];
  if (mostOfTenantAtAgent !== null && agent.ofTenant >= mostOfTenantAtAgent)
    return ['TENANT_LIMIT', `${agent.ofTenant} of ${mostOfTenantAtAgent} at this agent`];
  if (utilisationUnder !== null && !(agent.utilisation < utilisationUnder))
    return ['UTILISATION', `${agent.utilisation.toFixed(2)}, expected under ${utilisationUnder}`];
  if (mostPriceMicros !== null && !(agent.priceMicros !== null && agent.priceMicros <= mostPriceMicros))
    return [
      'PRICE',
      agent.priceMicros === null ? 'unknown' : `${agent.priceMicros}, expected up to ${mostPriceMicros}`,
    ];
  return undefined;
}
