import { RoutingError } from './errors.js';
import { byId } from './order.js';

export interface AgentView {
  readonly agentId: string;
  /** AVAILABLE takes work; anything else, an unknown word included, does not */
  readonly status: string;
  readonly capabilities: readonly string[];
  /** task types it serves; empty: any */
  readonly taskTypes: readonly string[];
  /** most assignments at once over all of its instances; null: as many as its instances have slots */
  readonly maxConcurrency: number | null;
}

/** A worker instance as last seen: a hint, never truth. */
export interface PresenceView {
  readonly agentId: string;
  readonly instance: string;
  readonly slots: number;
  readonly freeSlots: number;
  readonly leaving: boolean;
}

export interface RoutingRequest {
  readonly taskType: string;
  readonly requiredCapabilities: readonly string[];
  readonly excludedAgents: readonly string[];
  readonly excludedInstances: readonly string[];
}

/** In the order in which they are asked; the first that holds is the reason on record. */
export type MaskCode =
  | 'TASK_TYPE_NOT_SERVED'
  | 'MISSING_CAPABILITY'
  | 'EXCLUDED'
  | 'NOT_AVAILABLE'
  | 'NO_PRESENCE'
  | 'INSTANCES_EXCLUDED'
  | 'CONCURRENCY_LIMIT'
  | 'NO_FREE_SLOT';

export interface MaskedAgent {
  readonly agentId: string;
  readonly code: MaskCode;
  /** the code with what it is about, as it is written into the decision: `MISSING_CAPABILITY go, rust` */
  readonly reason: string;
}

export interface Candidate {
  readonly agentId: string;
  /** where the work can go: most free slots first, then by id */
  readonly instances: readonly { readonly instance: string; readonly freeSlots: number }[];
}

export interface Filtered {
  readonly candidates: readonly Candidate[];
  readonly masked: readonly MaskedAgent[];
  /** NO_CAPACITY: somebody could do it, later. NO_CAPABLE_AGENT: waiting for those known does not help. */
  readonly outcome: 'ROUTABLE' | 'NO_CAPACITY' | 'NO_CAPABLE_AGENT';
  /** Required capabilities that no agent serving the task type has; where each has somebody, those the nearest agent lacks. */
  readonly missingCapabilities: readonly string[];
}

/** These say that the agent would not do however long one waits. */
const FOR_GOOD: ReadonlySet<MaskCode> = new Set(['TASK_TYPE_NOT_SERVED', 'MISSING_CAPABILITY', 'EXCLUDED']);

/**
 * Who may be chosen, and why each of the others may not. Every agent is looked at and none is cut off by rank (D-09); both lists
 * are in the order of ids, whatever the order of the input (D-06).
 * @throws RoutingError DUPLICATE_AGENT
 */
export function filterCandidates(input: {
  readonly agents: readonly AgentView[];
  readonly presence: readonly PresenceView[];
  readonly request: RoutingRequest;
}): Filtered {
  const agents = [...input.agents].sort((a, b) => byId(a.agentId, b.agentId));
  agents.forEach(({ agentId }, at) => {
    if (agents[at + 1]?.agentId !== agentId) return;
    throw new RoutingError('DUPLICATE_AGENT', `agents: ${JSON.stringify(agentId)} stands twice`);
  });
  const seen = instancesByAgent(input.presence);
  const candidates: Candidate[] = [];
  const masked: MaskedAgent[] = [];
  for (const agent of agents) {
    const { agentId } = agent;
    const present = seen.get(agentId) ?? [];
    const mask = unfit(agent, input.request) ?? unready(agent, present, input.request);
    if (mask !== undefined)
      masked.push({ agentId, code: mask[0], reason: mask.filter((part) => part !== '').join(' ') });
    else candidates.push({ agentId, instances: free(present, input.request) });
  }
  const waiting = masked.some(({ code }) => !FOR_GOOD.has(code));
  return {
    candidates,
    masked,
    outcome: candidates.length > 0 ? 'ROUTABLE' : waiting ? 'NO_CAPACITY' : 'NO_CAPABLE_AGENT',
    missingCapabilities: candidates.length > 0 || waiting ? [] : missing(agents, input.request),
  };
}

type Mask = readonly [MaskCode, string];

/** Reasons in what the agent is. */
function unfit(agent: AgentView, request: RoutingRequest): Mask | undefined {
  if (!serves(agent, request)) return ['TASK_TYPE_NOT_SERVED', request.taskType];
  const lacks = lacking(agent, request);
  if (lacks.length > 0) return ['MISSING_CAPABILITY', lacks.join(', ')];
  return request.excludedAgents.includes(agent.agentId) ? ['EXCLUDED', ''] : undefined;
}

/** Reasons in how the agent is just now. */
function unready(
  agent: AgentView,
  present: readonly PresenceView[],
  request: RoutingRequest,
): Mask | undefined {
  if (agent.status !== 'AVAILABLE') return ['NOT_AVAILABLE', agent.status];
  if (present.every(({ leaving }) => leaving)) return ['NO_PRESENCE', ''];
  const allowed = present.filter(
    ({ instance, leaving }) => !leaving && !request.excludedInstances.includes(instance),
  );
  if (allowed.length === 0) return ['INSTANCES_EXCLUDED', ''];
  const busy = present.reduce(
    (sum, { slots, freeSlots }) => sum + Math.max(0, slots - Math.max(0, freeSlots)),
    0,
  );
  if (agent.maxConcurrency !== null && busy >= agent.maxConcurrency)
    return ['CONCURRENCY_LIMIT', `${agent.maxConcurrency}`];
  return free(present, request).length === 0 ? ['NO_FREE_SLOT', ''] : undefined;
}

function free(
  present: readonly PresenceView[],
  { excludedInstances }: RoutingRequest,
): Candidate['instances'] {
  return present
    .filter(
      ({ instance, freeSlots, leaving }) =>
        !leaving && freeSlots > 0 && !excludedInstances.includes(instance),
    )
    .map(({ instance, freeSlots }) => ({ instance, freeSlots }))
    .sort((a, b) => b.freeSlots - a.freeSlots || byId(a.instance, b.instance));
}

function serves({ taskTypes }: AgentView, { taskType }: RoutingRequest): boolean {
  return taskTypes.length === 0 || taskTypes.includes(taskType);
}

function lacking({ capabilities }: AgentView, { requiredCapabilities }: RoutingRequest): string[] {
  return [...new Set(requiredCapabilities)].filter((required) => !capabilities.includes(required)).sort(byId);
}

function missing(agents: readonly AgentView[], request: RoutingRequest): string[] {
  const serving = agents.filter((agent) => serves(agent, request));
  const nobodys = [...new Set(request.requiredCapabilities)]
    .filter((required) => !serving.some(({ capabilities }) => capabilities.includes(required)))
    .sort(byId);
  if (nobodys.length > 0) return nobodys;
  const [nearest] = serving.map((agent) => lacking(agent, request)).sort((a, b) => a.length - b.length);
  return nearest ?? [];
}

/** One entry per instance; of an instance told twice the more cautious reading stands. */
function instancesByAgent(presence: readonly PresenceView[]): ReadonlyMap<string, readonly PresenceView[]> {
  const byAgent = new Map<string, Map<string, PresenceView>>();
  for (const one of presence) {
    const instances = byAgent.get(one.agentId) ?? new Map<string, PresenceView>();
    const known = instances.get(one.instance);
    const cautious =
      known === undefined
        ? one
        : {
            ...one,
            slots: Math.max(known.slots, one.slots),
            freeSlots: Math.min(known.freeSlots, one.freeSlots),
            leaving: known.leaving || one.leaving,
          };
    byAgent.set(one.agentId, instances.set(one.instance, cautious));
  }
  return new Map([...byAgent].map(([agentId, instances]) => [agentId, [...instances.values()]]));
}
