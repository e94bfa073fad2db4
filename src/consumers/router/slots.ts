import type { RouteDecided, WorkerSeen } from '../../events/generated/events.js';
import type { PresenceView } from '../../routing/index.js';

/** A slot that a routing decision has used, as far as the tasks log tells. All times in µs. */
interface Reservation {
  readonly partition: number;
  readonly instance: string;
  readonly at: number;
  /** Beside another: the log never tells of its acceptance. */
  readonly silent: boolean;
  acceptedAt: number | undefined;
}

interface Seen extends WorkerSeen {
  /** When it was heard, by the clock of this process: the worker's own may be wrong. */
  readonly heardAt: number;
  /** Slots given back since this presence was sent. */
  freed: number;
}

export interface SlotLimits {
  /** An instance not heard of for this long is gone, µs. */
  readonly staleAfter: number;
  /** A reservation that nobody has accepted for this long counts no more, µs: its answer was not taken. */
  readonly reservedFor?: number;
  /** Presence is an open topic. */
  readonly maxInstances?: number;
}

const RESERVED_FOR = 60_000_000;
/** An instance that shows itself so long after a silent reservation has heard of it, µs. */
const HEARD_OF = 5_000_000;
const MAX_INSTANCES = 10_000;
const LONGEST_NAME = 256;

/**
 * Free slots by worker instance: what the instance said last, less what has been routed to it since, plus what has come
 * back since. A hint, never truth: an instance that is full declines BUSY.
 */
export class Slots {
  readonly #seen = new Map<string, Seen>();
  readonly #reserved = new Map<string, Reservation>();
  readonly #byInstance = new Map<string, Set<string>>();

  constructor(private readonly limits: SlotLimits) {}

  get reservations(): number {
    return this.#reserved.size;
  }

  /** @param heardAt µs by the clock of this process; never in the future */
  see(presence: WorkerSeen, heardAt: number): void {
    const { instance, agentId } = presence;
    if (instance === '' || instance.length > LONGEST_NAME || agentId.length > LONGEST_NAME) return;
    const known = this.#seen.get(instance);
    // An older word of the same instance, unless its clock was set back meanwhile.
    if (known !== undefined && known.occurredAt > presence.occurredAt && known.heardAt >= heardAt) return;
    if (presence.leaving) this.#seen.delete(instance);
    else if (known !== undefined || this.#seen.size < (this.limits.maxInstances ?? MAX_INSTANCES))
      this.#seen.set(instance, { ...presence, heardAt, freed: 0 });
  }

  /** @param at when it was routed, µs */
  reserve(taskId: string, instance: string, partition: number, at: number): void {
    this.release(taskId, 0);
    this.#put(taskId, { partition, instance, at, silent: false, acceptedAt: undefined });
  }

  /** The same for an agent that works on the task beside another. */
  reserveBeside(taskId: string, instance: string, partition: number, at: number): void {
    this.releaseBeside(taskId, instance, 0);
    this.#put(besideOf(taskId, instance), { partition, instance, at, silent: true, acceptedAt: undefined });
  }

  /** An answer of ours, before the log has it: what is decided next sees the slots of all its agents as taken. */
  answered(
    taskId: string,
    { workerInstance, rivals }: Pick<RouteDecided, 'workerInstance' | 'rivals'>,
    partition: number,
    at: number,
  ): void {
    if (workerInstance === null) return;
    this.reserve(taskId, workerInstance, partition, at);
    for (const rival of rivals) this.reserveBeside(taskId, rival.workerInstance, partition, at);
  }

  releaseBeside(taskId: string, instance: string, at: number): boolean {
    return this.release(besideOf(taskId, instance), at);
  }

  /** The task now stands on this instance; the one before goes on beside it, unless it has left. */
  promote(taskId: string, instance: string): void {
    const beside = besideOf(taskId, instance);
    const [before, rival] = [this.#reserved.get(taskId), this.#reserved.get(beside)];
    if (before !== undefined) this.#drop(taskId, before);
    if (rival !== undefined) this.#drop(beside, rival);
    if (before !== undefined) this.#put(besideOf(taskId, before.instance), before);
    if (rival !== undefined) this.#put(taskId, rival);
  }

  accepted(taskId: string, at: number): void {
    const reservation = this.#reserved.get(taskId);
    if (reservation !== undefined) reservation.acceptedAt = at;
  }

  /** The task has left its instance; true: a slot came back. */
  release(taskId: string, at: number): boolean {
    const reservation = this.#reserved.get(taskId);
    if (reservation === undefined) return false;
    this.#drop(taskId, reservation);
    const seen = this.#seen.get(reservation.instance);
    const counted =
      reservation.acceptedAt !== undefined && seen !== undefined && reservation.acceptedAt <= seen.occurredAt;
    if (counted && at > seen.occurredAt) seen.freed++;
    return true;
  }

  /** The partition is another process's now: nobody will tell this one when its tasks leave their instances. */
  forget(partition: number): void {
    for (const [taskId, reservation] of this.#reserved)
      if (reservation.partition === partition) this.#drop(taskId, reservation);
  }

  /** What routing may count on at `now` (µs). */
  views(now: number): readonly PresenceView[] {
    const views: PresenceView[] = [];
    for (const [instance, seen] of this.#seen) {
      if (seen.heardAt + this.limits.staleAfter < now) {
        this.#seen.delete(instance);
        continue;
      }
      const open = seen.freeSlots + seen.freed - this.#unseenBy(seen, now);
      const freeSlots = Math.min(Math.max(0, open), Math.max(0, seen.slots));
      views.push({ agentId: seen.agentId, instance, slots: seen.slots, freeSlots, leaving: false });
    }
    return views;
  }

  #put(taskId: string, reservation: Reservation): void {
    this.#reserved.set(taskId, reservation);
    const tasks = this.#byInstance.get(reservation.instance) ?? new Set<string>();
    this.#byInstance.set(reservation.instance, tasks.add(taskId));
  }

  #drop(taskId: string, { instance }: Reservation): void {
    this.#reserved.delete(taskId);
    const tasks = this.#byInstance.get(instance);
    tasks?.delete(taskId);
    if (tasks?.size === 0) this.#byInstance.delete(instance);
  }

  /** Reservations that the instance did not know of when it sent its presence. */
  #unseenBy(seen: Seen, now: number): number {
    let count = 0;
    for (const taskId of this.#byInstance.get(seen.instance) ?? []) {
      const reservation = this.#reserved.get(taskId);
      if (reservation === undefined) continue;
      const { acceptedAt, at, silent } = reservation;
      if (acceptedAt !== undefined) count += acceptedAt > seen.occurredAt ? 1 : 0;
      else if (at + (this.limits.reservedFor ?? RESERVED_FOR) < now) this.#drop(taskId, reservation);
      else if (!silent || seen.occurredAt <= at + HEARD_OF) count++;
    }
    return count;
  }
}

const besideOf = (taskId: string, instance: string): string => `${taskId}\u0000${instance}`;
