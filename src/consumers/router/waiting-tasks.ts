import type { RoutingStarted, TaskQueued } from '../../events/generated/events.js';
import type { LoggedEvent } from '../../log/index.js';
import type { RoutingRequest } from '../../routing/index.js';

interface Waiting {
  readonly queued: LoggedEvent;
  readonly request: RoutingRequest & { readonly taskId: string };
  readonly priority: number;
}

/** What a later hint needs of a routing that found nobody. */
interface Routing extends RoutingRequest {
  readonly taskId: string;
  readonly priority: number;
}

/** Tasks that wait for capacity, as the tasks log tells; a task the router has not seen waits for the saga's timer. */
export class WaitingTasks {
  readonly #routing = new Map<string, Routing>();
  readonly #waiting = new Map<string, Waiting>();

  get size(): number {
    return this.#waiting.size;
  }

  see(event: LoggedEvent): void {
    const { type, body } = event;
    if (type === 'LeaseRenewed' || type === 'CommandRefused' || type === 'AskRepeated') return;
    const { taskId } = body as unknown as { taskId: string };
    this.#waiting.delete(taskId);
    if (type === 'RoutingStarted') {
      const { taskType, requiredCapabilities, excludedAgents, excludedInstances, priority } =
        body as unknown as RoutingStarted;
      this.#routing.set(taskId, {
        taskId,
        taskType,
        requiredCapabilities,
        excludedAgents,
        excludedInstances,
        priority,
      });
      return;
    }
    const routing = this.#routing.get(taskId);
    this.#routing.delete(taskId);
    if (type !== 'TaskQueued' || routing === undefined) return;
    if ((body as unknown as TaskQueued).reason !== 'NO_CAPACITY') return;
    const { priority, ...request } = routing;
    this.#waiting.set(taskId, { queued: event, request, priority });
  }

  remove(taskId: string): void {
    this.#waiting.delete(taskId);
  }

  /** Most urgent first, then the oldest. */
  inOrder(): readonly Waiting[] {
    return [...this.#waiting.values()].sort(
      (a, b) => b.priority - a.priority || a.queued.offset - b.queued.offset,
    );
  }
}
