/**
 * A hedged race: runs of several agents beside each other within one attempt. The task always stands on one of them,
 * its assignment; the others are its rivals. A rival whose result comes first takes the place of the one that is still at
 * work, and a run that is over gives its place to a rival, so that everything else knows one assignment, as without a race.
 */
import type {
  FailureClass,
  ResultClaim,
  RouteDecided,
  RoutingDecision,
  TasksEvents,
  Usage,
} from '../../events/generated/events.js';
import { specText, waivedForSpec } from './approved-spec.js';
import { after, bodyAt, emit, taskOf, type Draft } from './draft.js';
import { nameOf, start, verify } from './execution.js';
import type { Rival, TaskState } from './state.js';

/** A run that the task stands on has been offered, or is under way. */
export const isAtWork = (state: TaskState['state']): boolean => state === 'routed' || state === 'executing';

/** The declared price at which an agent was chosen, millionths of a US dollar; null: unknown. */
const plannedPrice = ({ candidates }: RoutingDecision, agentId: string): number | null =>
  candidates.find((candidate) => candidate.agentId === agentId)?.priceMicros ?? null;

/**
 * Routes the rivals that the router names, as far as the race allows: different agents, and together under the cap. What has
 * no declared price has no place in a race: a sum with an unknown part is under no cap.
 */
export const addRivals = (
  draft: Draft,
  { agentId, workerInstance, decision, rivals }: RouteDecided,
  acceptBy: number,
): void => {
  const { race, attempt, excludedAgents, excludedInstances } = taskOf(draft);
  const { limits } = draft.situation;
  if (race === null || agentId === null || workerInstance === null || decision === null) return;
  const agents = new Set([...excludedAgents, agentId]);
  const instances = new Set([...excludedInstances, workerInstance]);
  let sum = plannedPrice(decision, agentId) ?? Infinity;
  let places = Math.min(limits.rivals, race.agents - 1);
  for (const rival of rivals) {
    const price = plannedPrice(rival.decision, rival.agentId) ?? Infinity;
    if (places === 0 || sum + price > race.costCapMicros) continue;
    if (agents.has(rival.agentId) || instances.has(rival.workerInstance)) continue;
    agents.add(rival.agentId);
    instances.add(rival.workerInstance);
    sum += price;
    places -= 1;
    emit(draft, 'RivalRouted', {
      attempt,
      agentId: rival.agentId,
      workerInstance: rival.workerInstance,
      decision: rival.decision,
      acceptBy,
      leaseMs: limits.timers.executing,
    });
  }
};

interface LeftOut {
  readonly agent?: string;
  readonly instance?: string;
}

const withOne = (list: readonly string[], item: string | undefined): readonly string[] =>
  item === undefined || list.includes(item) ? list : [...list, item];

/** From here on the task stands on this run. It has a lease to show a sign of life. */
export const promote = (draft: Draft, rival: Rival, leaves: LeftOut = {}): void => {
  const { excludedAgents, excludedInstances } = taskOf(draft);
  emit(
    draft,
    'RivalPromoted',
    {
      ...nameOf(draft, rival),
      excludedAgents: withOne(excludedAgents, leaves.agent),
      excludedInstances: withOne(excludedInstances, leaves.instance),
    },
    after(draft, rival.leaseMs),
  );
};

const heldBy = (draft: Draft): Rival | undefined =>
  taskOf(draft).rivals.find(({ result }) => result !== null);

/** The result that is checked if this one fails; undefined: there is none, or it has to be loaded first. */
export const resultInReserve = (draft: Draft): ResultClaim | undefined => {
  const held = heldBy(draft);
  if (held === undefined || held.result === null) return undefined;
  // Everything that its check needs is asked for at once.
  const finished = bodyAt(draft, held.result) as TasksEvents['RivalFinished'] | undefined;
  const spec = specText(draft);
  const waived = waivedForSpec(draft);
  return spec === undefined || waived === undefined ? undefined : finished?.result;
};

/**
 * The run that the task stood on is over: the attempt goes on with a rival, first with one whose result is there already.
 * False: there is none.
 */
export const promoteNext = (draft: Draft, leaves: LeftOut): boolean => {
  const held = heldBy(draft);
  const next = held ?? taskOf(draft).rivals[0];
  if (next === undefined) return false;
  const result = resultInReserve(draft);
  promote(draft, next, leaves);
  if (next.startedAt !== null || result !== undefined) start(draft, next);
  if (result !== undefined) verify(draft, result);
  return true;
};

/** A result that came while another one is being checked. */
export const finishBeside = (draft: Draft, rival: Rival, result: ResultClaim): void =>
  emit(draft, 'RivalFinished', { ...nameOf(draft, rival), result });

interface End {
  readonly failureClass: FailureClass | null;
  readonly reason: string;
  readonly output?: string;
  readonly usage?: Usage | null;
  readonly quotaResetsAt?: number | null;
}

/** A rival is over; it is not replaced. */
export const endRival = (
  draft: Draft,
  rival: Rival,
  { failureClass, reason, output = '', usage = null, quotaResetsAt = null }: End,
): void =>
  emit(draft, 'RivalEnded', { ...nameOf(draft, rival), failureClass, reason, output, usage, quotaResetsAt });

/** Calls back every rival, in the decision that ends the race for all. */
export const endRivals = (
  draft: Draft,
  failureClass: 'OUTRUN' | 'CANCELLED' | 'SUSPENDED',
  reason: string,
): void => {
  for (const rival of taskOf(draft).rivals)
    endRival(draft, rival, { failureClass, reason, usage: rival.usage });
};
