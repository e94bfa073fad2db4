import type { DerivedIndex, DueTimer } from '../../log/domain.js';
import { IndexedHeap } from '../../saga/indexed-heap.js';
import {
  dueOf,
  placeOfWaiver,
  placesOfDemand,
  type DemandState,
  type DeskValue,
  type WaiverState,
} from './state.js';

const HOUR = 3_600_000_000;

/** Sets by key, without empty ones. */
class Groups {
  readonly #groups = new Map<string, Set<string>>();

  add(key: string, id: string): void {
    const group = this.#groups.get(key) ?? new Set();
    this.#groups.set(key, group.add(id));
  }

  delete(key: string, id: string): void {
    const group = this.#groups.get(key);
    group?.delete(id);
    if (group?.size === 0) this.#groups.delete(key);
  }

  /** In one order, whatever the order in which they came. */
  of(key: string): readonly string[] {
    return [...(this.#groups.get(key) ?? [])].sort();
  }
}

const byTime = (a: number, b: number): number => a - b;

/** What the desk must know of all streams at once. Every move is undone by the opposite move. */
export class DeskIndex implements DerivedIndex<DeskValue> {
  readonly #timers = new IndexedHeap<number>(byTime);
  readonly #keys = new Map<string, string>();
  readonly #waivers = new Groups();
  readonly #demandsByTask = new Groups();
  readonly #waitingAt = new Groups();
  readonly #retries = new Groups();
  readonly #denials = new Map<string, number>();
  readonly #overrides = new Map<string, Map<string, number>>();
  #admins = 0;
  #principals = 0;
  #live = 0;
  #over = 0;
  #waiting = 0;

  moved(streamId: string, before: DeskValue | undefined, after: DeskValue | undefined): void {
    if (before !== undefined) this.#count(streamId, before, -1);
    if (after !== undefined) this.#count(streamId, after, 1);
    const due = dueOf(after);
    if (due !== null) this.#timers.set(streamId, due);
    else this.#timers.delete(streamId);
  }

  #count(streamId: string, value: DeskValue, by: 1 | -1): void {
    if (value.kind === 'principal') {
      this.#principals += by;
      if (!value.retired && value.roles.includes('ADMIN')) this.#admins += by;
      if (by === 1) this.#keys.set(value.keyId, value.principalId);
      else this.#keys.delete(value.keyId);
    } else if (value.kind === 'waiver') this.#countWaiver(streamId, value, by);
    else if (value.kind === 'over') {
      this.#over += by;
      for (const subject of value.denied) this.#add(subject, by);
      if (value.override !== null) this.#overridden(value.override.by, streamId, value.override.at, by);
    } else if (value.kind === 'demand') this.#countDemand(streamId, value, by);
  }

  #countWaiver(streamId: string, value: WaiverState, by: 1 | -1): void {
    this.#live += by;
    for (const clause of value.clauses) {
      if (by === 1) this.#waivers.add(placeOfWaiver(clause, value), streamId);
      else this.#waivers.delete(placeOfWaiver(clause, value), streamId);
    }
    if (value.waiverKind === 'OVERRIDE')
      this.#overridden(value.approvedBy[0] ?? '', streamId, value.grantedAt ?? 0, by);
  }

  #countDemand(streamId: string, value: DemandState, by: 1 | -1): void {
    const move = (groups: Groups, key: string): void => {
      if (by === 1) groups.add(key, streamId);
      else groups.delete(key, streamId);
    };
    move(this.#demandsByTask, value.taskId);
    if (value.end !== null) return;
    this.#waiting += by;
    if (value.retryOf !== null) move(this.#retries, value.retryOf);
    for (const clause of new Set(value.needs.map((need) => need.clause)))
      for (const place of placesOfDemand(clause, value)) move(this.#waitingAt, place);
  }

  #add(subject: string, by: 1 | -1): void {
    const next = (this.#denials.get(subject) ?? 0) + by;
    if (next === 0) this.#denials.delete(subject);
    else this.#denials.set(subject, next);
  }

  #overridden(principal: string, streamId: string, at: number, by: 1 | -1): void {
    const granted = this.#overrides.get(principal) ?? new Map<string, number>();
    if (by === 1) granted.set(streamId, at);
    else granted.delete(streamId);
    if (granted.size === 0) this.#overrides.delete(principal);
    else this.#overrides.set(principal, granted);
  }

  /** The principal whose key it is, or was. */
  ownerOf(keyId: string): string | undefined {
    return this.#keys.get(keyId);
  }

  /** Admins that are not retired. */
  get admins(): number {
    return this.#admins;
  }

  get principals(): number {
    return this.#principals;
  }

  /** Waivers that are asked for or granted. */
  get liveWaivers(): number {
    return this.#live;
  }

  /** Waivers in memory, those that are over as well. */
  get keptWaivers(): number {
    return this.#live + this.#over;
  }

  /** Streams of the waivers that are asked for or granted at that place. */
  waiversAt(place: string): readonly string[] {
    return this.#waivers.of(place);
  }

  /** Streams of the demands that wait for what stands at that place, among others. */
  demandsAt(place: string): readonly string[] {
    return this.#waitingAt.of(place);
  }

  /** Streams of the demands of tasks that wait, and retry that one. */
  retriesOf(taskId: string): readonly string[] {
    return this.#retries.of(taskId);
  }

  get waitingDemands(): number {
    return this.#waiting;
  }

  /** Streams of the task's demands, closed ones as well, as long as they are known. */
  demandsOf(taskId: string): readonly string[] {
    return this.#demandsByTask.of(taskId);
  }

  /** The most denials of any of the subjects. */
  denials(subjects: readonly string[]): number {
    return Math.max(0, ...subjects.map((subject) => this.#denials.get(subject) ?? 0));
  }

  /** Overrides of that principal in the hour before `now` (µs). One counter each (D-45). */
  overridesWithinHour(principalId: string, now: number): number {
    return [...(this.#overrides.get(principalId)?.values() ?? [])].filter((at) => at > now - HOUR).length;
  }

  nextTimer(): DueTimer | undefined {
    const first = this.#timers.peek();
    return first && { streamId: first.id, timer: 'DEADLINE', dueAt: first.item };
  }
}
