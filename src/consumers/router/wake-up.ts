import { filterCandidates, type AgentView, type PresenceView } from '../../routing/index.js';
import type { WaitingTasks } from './waiting-tasks.js';

type Waiting = ReturnType<WaitingTasks['inOrder']>[number];

/**
 * The waiting tasks, in order, for which somebody seems to be free; each counts as a slot taken in this round. Tasks that
 * ask for the same and found nobody are looked at once.
 * @param agentsFor those that a tenant's tasks could be given to just now
 */
export const tasksToWake = (
  waiting: readonly Waiting[],
  agentsFor: (tenant: string) => readonly AgentView[],
  presence: readonly PresenceView[],
): readonly Waiting[] => {
  const free = new Map(presence.map((view) => [view.instance, { ...view }]));
  let left = presence.reduce((sum, { freeSlots }) => sum + Math.max(0, freeSlots), 0);
  const found: Waiting[] = [];
  const hopeless = new Set<string>();
  for (const one of waiting) {
    if (left === 0) break;
    const { taskId: _taskId, ...request } = one.request;
    const { taskType, requiredCapabilities, excludedAgents, excludedInstances } = request;
    const { tenant } = one.queued.body.meta;
    const like = JSON.stringify([tenant, taskType, requiredCapabilities, excludedAgents, excludedInstances]);
    if (hopeless.has(like)) continue;
    const { candidates } = filterCandidates({
      agents: agentsFor(tenant),
      presence: [...free.values()],
      request,
    });
    const instance = candidates[0]?.instances[0]?.instance;
    const view = instance === undefined ? undefined : free.get(instance);
    if (view === undefined) {
      hopeless.add(like);
      continue;
    }
    view.freeSlots--;
    left--;
    found.push(one);
  }
  return found;
};
