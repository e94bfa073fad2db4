import type { AgentState } from '../../aggregates/agent/index.js';
import type { WorkerSeen } from '../../events/generated/events.js';

/** What a watch has to say of one agent. */
export interface PresenceReport {
  readonly agentId: string;
  readonly present: boolean;
  /** µs since the epoch, by the clock that heard it. */
  readonly lastSeenAt: number | null;
  readonly instances: number;
}

export interface WatchLimits {
  /** An agent of which no instance has been heard of for this long is offline, µs. */
  readonly offlineAfter: number;
  /** Time between two looks that is a gap, µs: who looked away can not say who was silent. */
  readonly longestGap: number;
  /** Instances remembered at most: presence is an open topic. */
  readonly maxInstances?: number;
}

const MAX_INSTANCES = 20_000;
const LONGEST_NAME = 256;

interface Heard {
  readonly agentId: string;
  readonly at: number;
}

/**
 * Who is heard of, and who no longer: instances in, changes out. Pure but for what it remembers. Silence counts only while the
 * watch itself was listening, so that a broker or a watch that stood still takes nobody offline (law 7).
 */
export class PresenceWatch {
  readonly #heard = new Map<string, Heard>();
  /** Since when it has listened without a gap, µs. */
  #listeningSince: number | undefined;
  #lookedAt: number | undefined;

  constructor(private readonly limits: WatchLimits) {}

  /** @param heardAt µs */
  hear(seen: WorkerSeen, heardAt: number): void {
    const { agentId, instance } = seen;
    if (instance === '' || instance.length > LONGEST_NAME || agentId.length > LONGEST_NAME) return;
    // Who says goodbye is missed after the time, like others: a restart within it is no event.
    if (seen.leaving) return;
    const known = this.#heard.get(instance);
    if (known === undefined && this.#heard.size >= (this.limits.maxInstances ?? MAX_INSTANCES)) return;
    this.#heard.set(instance, { agentId, at: Math.max(known?.at ?? 0, heardAt) });
  }

  /** It could not listen: the feed failed, or lags behind. */
  lookedAway(): void {
    this.#listeningSince = undefined;
    this.#lookedAt = undefined;
  }

  /**
   * Changes against what the registry has.
   * @param now µs; called while the feed has been read to its end
   */
  look(agents: Iterable<AgentState>, now: number): readonly PresenceReport[] {
    if (this.#lookedAt !== undefined && now - this.#lookedAt > this.limits.longestGap) this.lookedAway();
    this.#lookedAt = now;
    this.#listeningSince ??= now;
    const byAgent = this.#present(now);
    const reports: PresenceReport[] = [];
    for (const { agentId, retired, presence, lastSeenAt } of agents) {
      if (retired) continue;
      const present = byAgent.get(agentId);
      if (present !== undefined && presence !== 'PRESENT')
        reports.push({ agentId, present: true, lastSeenAt: present.at, instances: present.instances });
      else if (present === undefined && presence === 'PRESENT' && this.#isSilence(now)) {
        const last = this.#lastOf(agentId) ?? lastSeenAt;
        reports.push({ agentId, present: false, lastSeenAt: last, instances: 0 });
      }
    }
    this.#forget(now);
    return reports;
  }

  #isSilence(now: number): boolean {
    return this.#listeningSince !== undefined && now - this.#listeningSince >= this.limits.offlineAfter;
  }

  #present(now: number): ReadonlyMap<string, { at: number; instances: number }> {
    const byAgent = new Map<string, { at: number; instances: number }>();
    for (const { agentId, at } of this.#heard.values()) {
      if (now - at >= this.limits.offlineAfter) continue;
      const known = byAgent.get(agentId) ?? { at: 0, instances: 0 };
      byAgent.set(agentId, { at: Math.max(known.at, at), instances: known.instances + 1 });
    }
    return byAgent;
  }

  #lastOf(agentId: string): number | undefined {
    let last: number | undefined;
    for (const heard of this.#heard.values())
      if (heard.agentId === agentId) last = Math.max(last ?? 0, heard.at);
    return last;
  }

  /** Long silent instances are not kept: restarts make new ones without end (law 13). */
  #forget(now: number): void {
    for (const [instance, { at }] of this.#heard)
      if (now - at > 10 * this.limits.offlineAfter) this.#heard.delete(instance);
  }
}
