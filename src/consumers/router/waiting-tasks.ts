import type { RoutingStarted, TaskQueued } from '../../events/generated/events.js';
import type { LoggedEvent } from '../../log/index.js';
import type { RoutingRequest } from '../../routing/index.js';
import { NEUTRAL } from '../neutral.js';

interface Waiting {
  readonly partition: number;
  readonly queued: LoggedEvent;
  readonly request: RoutingRequest & { readonly taskId: string; readonly costBudgetMicros: number | null };
  readonly priority: number;
}

/** What a later hint needs of a routing that found nobody. */
interface Routing extends RoutingRequest {
  readonly partition: number;
  readonly taskId: string;
  readonly priority: number;
  readonly costBudgetMicros: number | null;
}

/** Tasks that wait for capacity, as the tasks log tells; a task the router has not seen waits for the saga's timer. */
export class WaitingTasks {
  readonly #routing = new Map<string, Routing>();
  readonly #waiting = new Map<string, Waiting>();

  get size(): number {
    return this.#waiting.size;
  }

  see(event: LoggedEvent, partition: number): void {
    const { type, body } = event;
    if (NEUTRAL.has(type)) return;
    const { taskId } = body as unknown as { taskId: string };
    this.#waiting.delete(taskId);
    if (type === 'RoutingStarted') {
      const {
        taskType,
        requiredCapabilities,
        excludedAgents,
        excludedInstances,
        priority,
        costBudgetMicros,
      } = body as unknown as RoutingStarted;
      this.#routing.set(taskId, {
        partition,
        taskId,
        taskType,
        requiredCapabilities,
        excludedAgents,
        excludedInstances,
        priority,
        costBudgetMicros,
      });
      return;
    }
    const routing = this.#routing.get(taskId);
    this.#routing.delete(taskId);
    if (type !== 'TaskQueued' || routing === undefined) return;
    if ((body as unknown as TaskQueued).reason !== 'NO_CAPACITY') return;
    const { priority, ...request } = routing;
    this.#waiting.set(taskId, { partition, queued: event, request, priority });
  }

  remove(taskId: string): void {
    this.#waiting.delete(taskId);
  }

  /** The partition is another process's now. */
  forget(partition: number): void {
    for (const known of [this.#routing, this.#waiting])
      for (const [taskId, one] of known) if (one.partition === partition) known.delete(taskId);
  }

  /** Most urgent first, then the oldest. */
  inOrder(): readonly Waiting[] {
    return [...this.#waiting.values()].sort(
      (a, b) => b.priority - a.priority || a.queued.body.meta.occurredAt - b.queued.body.meta.occurredAt,
    );
  }
}
