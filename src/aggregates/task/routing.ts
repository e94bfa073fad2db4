import type { CapacityFound, QueueReason, RouteDecided, TasksEvents } from '../../events/generated/events.js';
import { specText } from './approved-spec.js';
import { after, bodyAt, emit, MICROS, taskOf, type Draft } from './draft.js';
import { addRivals } from './race.js';
import { seal } from './seal.js';

interface Routing {
  readonly attempt?: number;
  readonly excludeAgent?: string;
  readonly excludeInstance?: string;
}

const withOne = (list: readonly string[], item: string | undefined): readonly string[] =>
  item === undefined || list.includes(item) ? list : [...list, item];

/** Asks the router. A new attempt begins a new round: nobody's instance is left out any more. */
export const startRouting = (draft: Draft, routing: Routing = {}): void => {
  const task = taskOf(draft);
  const { request, approval } = task;
  const attempt = routing.attempt ?? Math.max(1, task.attempt);
  const instances = attempt > task.attempt ? [] : task.excludedInstances;
  emit(draft, 'RoutingStarted', {
    attempt,
    taskType: request.taskType,
    requiredCapabilities: request.capabilities,
    excludedAgents: withOne(task.excludedAgents, routing.excludeAgent),
    excludedInstances: withOne(instances, routing.excludeInstance),
    riskTier: approval?.riskTier ?? null,
    priority: request.priority,
    deadline: request.deadline,
    costBudgetMicros: request.costBudgetMicros,
    size: {
      descriptionLength: request.textLength,
      scopePaths: approval?.specSize?.scopePaths ?? 0,
      acceptanceCriteria: approval?.specSize?.acceptanceCriteria ?? 0,
      maxFiles: approval?.budget?.maxFiles ?? null,
      maxLines: approval?.budget?.maxLines ?? null,
      declared: request.complexity,
    },
    race: draft.situation.limits.rivals > 0 ? task.race : null,
  });
};

/** An approved task goes on if a slot is free, else it waits in line (law 13). */
export const routeOrWait = (draft: Draft): void => {
  const { around, limits } = draft.situation;
  if (around.inFlight < limits.inFlight) startRouting(draft);
  else queue(draft, 'IN_FLIGHT_LIMIT');
};

const queue = (draft: Draft, reason: Exclude<QueueReason, 'UNKNOWN'>): void => {
  const { limits, context } = draft.situation;
  const retry = {
    // Woken when a slot frees; the timer is for giving up alone.
    IN_FLIGHT_LIMIT: Infinity,
    NO_CAPACITY: limits.queueRetryMs,
    NO_CAPABLE_AGENT: limits.capableRetryMs,
  }[reason];
  const last = (taskOf(draft).queuedSince ?? context.now) + limits.timers.queued * MICROS;
  emit(draft, 'TaskQueued', { reason }, Math.min(last, after(draft, retry)));
};

/** Answer to RoutingStarted. An answer that makes no sense is none: the ask stands and is repeated (law 10). */
export const routeDecided = (draft: Draft, fact: RouteDecided): void => {
  if (fact.outcome === 'ROUTED') routed(draft, fact);
  else if (fact.outcome === 'NO_CAPACITY') queue(draft, 'NO_CAPACITY');
  else if (fact.outcome === 'NO_CAPABLE_AGENT') nobodyAble(draft, fact);
};

const nobodyAble = (draft: Draft, fact: RouteDecided): void => {
  const task = taskOf(draft);
  const { limits, context } = draft.situation;
  const since = task.incapableSince ?? context.now;
  if (context.now < since + limits.capableGraceMs * MICROS) return queue(draft, 'NO_CAPABLE_AGENT');
  emit(draft, 'RouteFailed', { reason: fact.reason, missingCapabilities: fact.missingCapabilities });
  seal(draft, 'FAILED', `no able agent: ${fact.reason}`);
};

const routed = (draft: Draft, fact: RouteDecided): void => {
  const task = taskOf(draft);
  const { agentId, workerInstance, decision } = fact;
  if (agentId === null || workerInstance === null || decision === null || task.approval === null) return;
  if (task.excludedAgents.includes(agentId) || task.excludedInstances.includes(workerInstance)) return;
  const request = bodyAt(draft, task.request.offset) as TasksEvents['TaskReceived'] | undefined;
  const spec = specText(draft, request);
  if (request === undefined || spec === undefined) return;
  const acceptBy = after(draft, draft.situation.limits.timers.routed);
  const { type, title, description, repository, deadline, tokenBudget, costBudgetMicros, metadata } =
    request.request;
  emit(
    draft,
    'TaskRouted',
    {
      attempt: task.attempt,
      agentId,
      workerInstance,
      decision,
      acceptBy,
      leaseMs: draft.situation.limits.timers.executing,
      offer: {
        taskType: type,
        title,
        description,
        spec,
        repository,
        baseCommit: task.approval.baseCommit,
        budget: task.approval.budget,
        deadline,
        tokenBudget,
        costBudgetMicros,
        metadata,
      },
    },
    acceptBy,
  );
  addRivals(draft, fact, acceptBy);
};

/** A hint for a task that waits for an agent, in reply to its TaskQueued; only so many are taken. */
export const capacityFound = (draft: Draft, _fact: CapacityFound): void => {
  const task = taskOf(draft);
  if (task.queueReason === 'IN_FLIGHT_LIMIT' || task.rounds >= draft.situation.limits.queueHints) return;
  routeOrWait(draft);
};
