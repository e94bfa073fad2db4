import type { Input } from '../../log/domain.js';
import { NEUTRAL } from '../neutral.js';
import type { TaskEvent } from '../memoryless.js';

/** An offer to a rival is over with its end, and with a report of its work. */
const RIVAL_OVER: ReadonlySet<string> = new Set(['RivalEnded', 'RivalFinished']);

/**
 * Reads ahead, in one partition, which routings are over: the offsets of TaskRouted that a later event left behind. The
 * owner looks ahead at each takeover, then decides; what is decided on is forgotten.
 */
export class LookAhead {
  readonly #superseded = new Set<number>();
  readonly #open = new Map<string, number>();
  /** Offsets of RivalRouted that are not over. */
  readonly #rivals = new Set<number>();

  get size(): number {
    return this.#superseded.size + this.#open.size + this.#rivals.size;
  }

  see({ type, offset, record }: Input<TaskEvent> & { kind: 'record' }): void {
    const { taskId, token } = record;
    if (type === 'RivalRouted') this.#rivals.add(offset);
    else if (RIVAL_OVER.has(type) && this.#rivals.delete(token as number))
      this.#superseded.add(token as number);
    if (NEUTRAL.has(type) || type === 'ExecutionStarted') return;
    const routed = this.#open.get(taskId);
    if (type === 'RivalPromoted') return this.#promote(taskId, token as number, routed);
    if (routed !== undefined) this.#superseded.add(routed);
    if (type === 'TaskRouted') this.#open.set(taskId, offset);
    else this.#open.delete(taskId);
  }

  /** The two change places, and neither is over: what ended the one before was seen, or is still to come. */
  #promote(taskId: string, token: number, before: number | undefined): void {
    this.#open.delete(taskId);
    if (before !== undefined) this.#rivals.add(before);
    if (this.#rivals.delete(token)) this.#open.set(taskId, token);
  }

  isSuperseded(token: number): boolean {
    return this.#superseded.has(token);
  }

  /** The look is over, and this offset will not be decided on again. */
  decided(offset: number): void {
    this.#open.clear();
    this.#rivals.clear();
    this.#superseded.delete(offset);
  }
}
