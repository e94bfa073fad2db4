import type { LogMeta, RoutingStarted, TaskRouted } from '../../events/generated/events.js';
import { micros, type LoggedEvent } from '../../log/index.js';
import { traceOf, wordsOf, type Component, type ComponentContext } from '../../platform/component.js';
import type { AgentView } from '../../routing/index.js';
import { answerHead, asComponent, headFrom, startAsking } from '../asking.js';
import { admit, mayUse, NO_LIMITS, type RoutingLimits } from './admission.js';
import { decideRoute } from './decide-route.js';
import { startFleetView } from './fleet-view.js';
import { poolHealth } from './health.js';
import { Slots } from './slots.js';
import { UnderWay } from './under-way.js';
import { WaitingTasks } from './waiting-tasks.js';
import { agentsByCap, tasksToWake } from './wake-up.js';

export const ROUTER_GROUP = 'arbiter.router';

export interface RouterOptions {
  /** ε of the exploration floor; none at tier 1. */
  readonly explorationFloor: number;
  /** A worker instance not heard of for this long gets no work, ms. */
  readonly presenceTtlMs: number;
  /** Bounds by tenant and load; default: none. */
  readonly limits?: RoutingLimits;
}

/** Changes that come together wake once. */
const WAKE_MS = 5;
/** setTimeout knows no longer ones. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** Events that take a task away from its instance. */
const LEAVES = new Set([
  'OfferEnded',
  'ExecutionCompleted',
  'ExecutionFailed',
  'TaskSuspended',
  'VerdictRequested',
]);

const instanceIn = ({ workerInstance }: LoggedEvent['body']): string => String(workerInstance);

/** The router: answers RoutingStarted with an agent and an instance, and wakes queued tasks when capacity appears. */
export const startRouter = async (context: ComponentContext, options: RouterOptions): Promise<Component> => {
  const { clock, facts, name, logger } = context;
  const slots = new Slots({ staleAfter: options.presenceTtlMs * 1000 });
  const waiting = new WaitingTasks();
  const underWay = new UnderWay();
  const limits = options.limits ?? NO_LIMITS;
  let ordinal = 0;
  let waking: (() => void) | undefined;

  const wakeSoon = (): void => {
    if (waking !== undefined || waiting.size === 0) return;
    waking = clock.schedule(WAKE_MS, () => {
      waking = undefined;
      wakeWaiting();
    });
  };
  const fleet = await startFleetView(context, slots, wakeSoon);

  /** What limits rest on, as of now. */
  const admission = () => {
    const now = micros(clock);
    const ids = fleet.agents().map(({ agentId }) => agentId);
    const health = poolHealth(ids, fleet.marks(), now);
    return { health, ledger: fleet.ledger, walls: fleet.walls(), underWay, limits, now };
  };

  let wakingAt = Infinity;
  let cancelWakeAt: (() => void) | undefined;
  /** An ejection or a quota ends by itself: whoever waits for it is woken then. */
  const wakeLater = (at: number): void => {
    if (at >= wakingAt) return;
    cancelWakeAt?.();
    wakingAt = at;
    cancelWakeAt = clock.schedule(
      Math.min(LONGEST_TIMER, Math.max(0, (at - micros(clock)) / 1000) + 1),
      () => {
        wakingAt = Infinity;
        cancelWakeAt = undefined;
        wakeSoon();
      },
    );
  };

  /** Who is out or at a limit would not be chosen: waking a task for it would only turn it round. */
  const agentsNow = (): ((tenant: string, costBudgetMicros: number | null) => readonly AgentView[]) => {
    const [all, around] = [fleet.agents(), admission()];
    return agentsByCap((tenant, costBudgetMicros) => {
      const usable = all.filter((agent) => mayUse(tenant, agent));
      const { allowed } = admit(usable, { ...around, tenant, costBudgetMicros });
      const open = new Set(allowed.map(({ agentId }) => agentId));
      return usable.filter(({ agentId }) => open.has(agentId));
    });
  };

  /** Hints to the most urgent tasks for which somebody seems to be free. */
  const wakeWaiting = (): void => {
    const woken = tasksToWake(waiting.inOrder(), agentsNow(), slots.views(micros(clock)));
    for (const { queued, request } of woken) {
      waiting.remove(request.taskId);
      facts.publish('CapacityFound', headFrom(name, queued), {}).catch((error: unknown) => {
        const place = { taskId: request.taskId, ...traceOf(queued.body.meta.traceparent) };
        logger.warn({ ...place, error: wordsOf(error) }, 'hint not acknowledged, the timer wakes the task');
      });
    }
  };

  const observe = (event: LoggedEvent, partition: number): void => {
    const { type, body } = event;
    const { taskId, meta } = body as unknown as { taskId: string; meta: LogMeta };
    waiting.see(event, partition);
    underWay.see(event, partition);
    if (type === 'TaskRouted') {
      slots.reserve(taskId, (body as unknown as TaskRouted).workerInstance, partition, meta.occurredAt);
    } else if (type === 'RivalRouted') {
      slots.reserveBeside(taskId, instanceIn(body), partition, meta.occurredAt);
    } else if (type === 'RivalPromoted') slots.promote(taskId, instanceIn(body));
    else if (type === 'RivalEnded' || type === 'RivalFinished') {
      if (slots.releaseBeside(taskId, instanceIn(body), meta.occurredAt)) wakeSoon();
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
    onUnfollowed: (partition) => {
      slots.forget(partition);
      waiting.forget(partition);
      underWay.forget(partition);
    },
    handle: async (ask) => {
      await fleet.whenReady();
      if (!ask.isWanted()) return;
      const request = ask.event.body as unknown as RoutingStarted;
      const { tenant } = request.meta;
      // From here to the reservation nothing waits: what is decided next sees this one as under way.
      const { answer, wakeAt } = decideRoute(request, {
        agents: fleet.agents(),
        presence: slots.views(micros(clock)),
        experience: fleet.experience(),
        statisticsOffsets: fleet.statisticsOffsets(),
        registryPosition: fleet.registryPosition(),
        inForce: fleet.inForce(),
        floor: options.explorationFloor,
        ordinal: ordinal++,
        admission: admission(),
        seed: ask.ref.eventId,
      });
      if (answer.agentId !== null && answer.workerInstance !== null) {
        slots.answered(ask.taskId, answer, ask.partition, micros(clock));
        underWay.begun(ask.taskId, answer.agentId, tenant, request.taskType, ask.partition);
      }
      if (answer.agentId === null && wakeAt !== null) wakeLater(wakeAt);
      await facts.publish('RouteDecided', answerHead(name, ask), answer);
    },
  }).catch(async (error: unknown) => {
    await fleet.close();
    throw error;
  });
  return asComponent(context, ROUTER_GROUP, asker, {
    readiness: () => fleet.readiness(),
    stop: async () => {
      waking?.();
      cancelWakeAt?.();
      await fleet.close();
    },
  });
};
