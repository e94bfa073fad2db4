import type { ExecutionStarted, LogMeta, RoutingStarted } from '../../events/generated/events.js';
import { micros, type LoggedEvent } from '../../log/index.js';
import { wordsOf, type Component, type ComponentContext } from '../../platform/component.js';
import { filterCandidates } from '../../routing/index.js';
import { answerHead, asComponent, headFrom, startAsking } from '../asking.js';
import { decideRoute } from './decide-route.js';
import { startFleetView } from './fleet-view.js';
import { Slots } from './slots.js';
import { WaitingTasks } from './waiting-tasks.js';

export const ROUTER_GROUP = 'arbiter.router';

export interface RouterOptions {
  /** ε of the exploration floor; none at tier 1. */
  readonly explorationFloor: number;
  /** A worker instance not heard of for this long gets no work, ms. */
  readonly presenceTtlMs: number;
}

/** Events that take a task away from its instance. */
const LEAVES = new Set([
  'OfferEnded',
  'ExecutionCompleted',
  'ExecutionFailed',
  'TaskSuspended',
  'VerdictRequested',
]);

/** The router: answers RoutingStarted with an agent and an instance, and wakes queued tasks when capacity appears. */
export const startRouter = async (context: ComponentContext, options: RouterOptions): Promise<Component> => {
  const { clock, facts, name, logger } = context;
  const slots = new Slots(options.presenceTtlMs * 1000);
  const waiting = new WaitingTasks();
  let waking: (() => void) | undefined;

  const wakeSoon = (): void => {
    if (waking !== undefined || waiting.size === 0) return;
    waking = clock.schedule(5, () => {
      waking = undefined;
      wakeWaiting();
    });
  };
  const fleet = await startFleetView(context, slots, wakeSoon);

  /** Hints to the most urgent tasks for which somebody seems to be free; each hint counts as a slot taken in this round. */
  const wakeWaiting = (): void => {
    const agents = fleet.agents();
    const free = new Map(slots.views(micros(clock)).map((view) => [view.instance, { ...view }]));
    for (const { queued, request } of waiting.inOrder()) {
      const presence = [...free.values()];
      if (!presence.some(({ freeSlots }) => freeSlots > 0)) return;
      const { candidates } = filterCandidates({ agents, presence, request });
      const instance = candidates[0]?.instances[0]?.instance;
      const view = instance === undefined ? undefined : free.get(instance);
      if (view === undefined) continue;
      view.freeSlots--;
      waiting.remove(request.taskId);
      facts.publish('CapacityFound', headFrom(name, queued), {}).catch((error: unknown) => {
        logger.warn({ error: wordsOf(error) }, 'hint not acknowledged, the timer wakes the task');
      });
    }
  };

  const observe = (event: LoggedEvent): void => {
    const { type, body } = event;
    const { taskId, meta } = body as unknown as { taskId: string; meta: LogMeta };
    waiting.see(event);
    if (type === 'TaskRouted') {
      slots.reserve(taskId, (body as unknown as ExecutionStarted).workerInstance);
    } else if (type === 'ExecutionStarted') slots.accepted(taskId, meta.occurredAt);
    else if (LEAVES.has(type) && slots.release(taskId, meta.occurredAt)) wakeSoon();
    if (type === 'TaskQueued') wakeSoon();
  };

  const asker = await startAsking(context, {
    groupId: ROUTER_GROUP,
    asks: ['RoutingStarted'],
    kinds: ['ROUTE'],
    concurrency: 2000,
    observe,
    handle: async (ask) => {
      await fleet.whenReady();
      const answer = decideRoute(ask.event.body as unknown as RoutingStarted, {
        agents: fleet.agents(),
        presence: slots.views(micros(clock)),
        statistics: fleet.statistics(),
        statisticsOffsets: fleet.statisticsOffsets(),
        floor: options.explorationFloor,
        seed: ask.ref.eventId,
      });
      if (answer.workerInstance !== null) slots.reserve(ask.taskId, answer.workerInstance);
      await facts.publish('RouteDecided', answerHead(name, ask), answer);
    },
  });
  return asComponent(context, asker, async () => {
    waking?.();
    await fleet.close();
  });
};
