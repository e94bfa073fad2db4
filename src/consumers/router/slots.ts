import type { WorkerSeen } from '../../events/generated/events.js';
import type { PresenceView } from '../../routing/index.js';

/** A slot that a routing decision has used, as far as the tasks log tells. All times in µs. */
interface Reservation {
  readonly instance: string;
  acceptedAt: number | undefined;
}

interface Seen extends WorkerSeen {
  /** Slots given back since this presence was sent. */
  freed: number;
}

/**
 * Free slots by worker instance: what the instance said last, less what has been routed to it since, plus what has come
 * back since. A hint, never truth: an instance that is full declines BUSY.
 */
export class Slots {
  readonly #seen = new Map<string, Seen>();
  readonly #reserved = new Map<string, Reservation>();
  readonly #byInstance = new Map<string, Set<string>>();

  /** An instance not heard of for this long is gone, µs. */
  constructor(private readonly staleAfter: number) {}

  see(presence: WorkerSeen): void {
    const known = this.#seen.get(presence.instance);
    if (known !== undefined && known.occurredAt > presence.occurredAt) return;
    if (presence.leaving) this.#seen.delete(presence.instance);
    else this.#seen.set(presence.instance, { ...presence, freed: 0 });
  }

  reserve(taskId: string, instance: string): void {
    this.release(taskId, 0);
    this.#reserved.set(taskId, { instance, acceptedAt: undefined });
    const tasks = this.#byInstance.get(instance) ?? new Set<string>();
    this.#byInstance.set(instance, tasks.add(taskId));
  }

  accepted(taskId: string, at: number): void {
    const reservation = this.#reserved.get(taskId);
    if (reservation !== undefined) reservation.acceptedAt = at;
  }

  /** The task has left its instance; true: a slot came back. */
  release(taskId: string, at: number): boolean {
    const reservation = this.#reserved.get(taskId);
    if (reservation === undefined) return false;
    this.#reserved.delete(taskId);
    this.#byInstance.get(reservation.instance)?.delete(taskId);
    const seen = this.#seen.get(reservation.instance);
    const counted =
      reservation.acceptedAt !== undefined && seen !== undefined && reservation.acceptedAt <= seen.occurredAt;
    if (counted && at > seen.occurredAt) seen.freed++;
    return true;
  }

  /** What routing may count on at `now` (µs). */
  views(now: number): readonly PresenceView[] {
    const views: PresenceView[] = [];
    for (const [instance, seen] of this.#seen) {
      if (seen.occurredAt + this.staleAfter < now) {
        this.#seen.delete(instance);
        this.#byInstance.delete(instance);
        continue;
      }
      const freeSlots = Math.max(0, seen.freeSlots + seen.freed - this.#unseenBy(seen));
      views.push({ agentId: seen.agentId, instance, slots: seen.slots, freeSlots, leaving: false });
    }
    return views;
  }

  /** Reservations that the instance did not know of when it sent its presence. */
  #unseenBy(seen: Seen): number {
    let count = 0;
    for (const taskId of this.#byInstance.get(seen.instance) ?? []) {
      const acceptedAt = this.#reserved.get(taskId)?.acceptedAt;
      if (acceptedAt === undefined || acceptedAt > seen.occurredAt) count++;
    }
    return count;
  }
}
