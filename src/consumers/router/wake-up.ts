import { filterCandidates, type AgentView, type PresenceView } from '../../routing/index.js';
import type { WaitingTasks } from './waiting-tasks.js';

type Waiting = ReturnType<WaitingTasks['inOrder']>[number];

/**
 * Who is open to a task, found once for each tenant and price cap: the decision uses the task's own cap, and a wake-up by another one
 * would turn a task round for ever that no free agent may have.
 */
export const agentsByCap = (
  open: (tenant: string, cap: number | null) => readonly AgentView[],
): typeof open => {
  const found = new Map<string, readonly AgentView[]>();
  return (tenant, cap) => {
    const key = JSON.stringify([tenant, cap]);
    const agents = found.get(key) ?? open(tenant, cap);
    found.set(key, agents);
    return agents;
  };
};

/**
 * The waiting tasks, in order, for which somebody seems to be free; each counts as a slot taken in this round. Tasks that
 * ask for the same and found nobody are looked at once.
 * @param agentsFor those that a tenant's task could be given to just now, by its own price cap; the same list for the same answer
 */
export const tasksToWake = (
  waiting: readonly Waiting[],
  agentsFor: (tenant: string, cap: number | null) => readonly AgentView[],
  presence: readonly PresenceView[],
): readonly Waiting[] => {
  const free = new Map(presence.map((view) => [view.instance, { ...view }]));
  let left = presence.reduce((sum, { freeSlots }) => sum + Math.max(0, freeSlots), 0);
  const found: Waiting[] = [];
  // By the list of agents first: tasks that differ in their price cap are not alike.
  const hopeless = new Map<readonly AgentView[], Set<string>>();
  for (const one of waiting) {
    if (left === 0) break;
    const { costBudgetMicros, ...request } = one.request;
    const { taskType, requiredCapabilities, excludedAgents, excludedInstances } = request;
    const { tenant } = one.queued.body.meta;
    const like = JSON.stringify([tenant, taskType, requiredCapabilities, excludedAgents, excludedInstances]);
    const agents = agentsFor(tenant, costBudgetMicros);
    const without = hopeless.get(agents) ?? new Set<string>();
    if (without.has(like)) continue;
    const { candidates } = filterCandidates({
      agents,
      presence: [...free.values()],
      request,
    });
    const instance = candidates[0]?.instances[0]?.instance;
    const view = instance === undefined ? undefined : free.get(instance);
    if (view === undefined) {
      hopeless.set(agents, without.add(like));
      continue;
    }
    view.freeSlots--;
    left--;
    found.push(one);
  }
  return found;
};
