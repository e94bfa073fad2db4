import type { Input } from '../../log/domain.js';
import { NEUTRAL } from '../neutral.js';
import type { TaskEvent } from '../memoryless.js';

/**
 * Reads ahead, in one partition, which routings are over: the offsets of TaskRouted that a later event left behind. The
 * owner looks ahead at each takeover, then decides; what is decided on is forgotten.
 */
export class LookAhead {
  readonly #superseded = new Set<number>();
  readonly #open = new Map<string, number>();

  get size(): number {
    return this.#superseded.size + this.#open.size;
  }

  see({ type, offset, record: { taskId } }: Input<TaskEvent> & { kind: 'record' }): void {
    if (NEUTRAL.has(type) || type === 'ExecutionStarted') return;
    const routed = this.#open.get(taskId);
    if (routed !== undefined) this.#superseded.add(routed);
    if (type === 'TaskRouted') this.#open.set(taskId, offset);
    else this.#open.delete(taskId);
  }

  isSuperseded(token: number): boolean {
    return this.#superseded.has(token);
  }

  /** The look is over, and this offset will not be decided on again. */
  decided(offset: number): void {
    this.#open.clear();
    this.#superseded.delete(offset);
  }
}
