import type { BusAdmin } from '../bus/port.js';
import type { Clock } from './clock.js';
import { micros } from './clock.js';

/**
 * Law 7: to fire a timer, after it is due, read the ends of the edge topics, wait until intake's committed offsets reach
 * them, then decide on facts up to an end read after that. So a broker or an intake that stood still expires nothing.
 */
export interface TimerGate {
  /**
   * The inbox position that must have been decided before a timer due at `dueAt` (µs) may fire; undefined: not known
   * yet, `onSettled` is called when it is.
   */
  horizon(dueAt: number, partition: number, onSettled: () => void): number | undefined;
}

/** Owners whose timers depend on nobody's reports. */
export const openGate: TimerGate = { horizon: () => 0 };

export interface EdgeGateOptions {
  readonly admin: BusAdmin;
  readonly clock: Clock;
  /** Topics intake reads, and its group. */
  readonly edgeTopics: readonly string[];
  readonly intakeGroup: string;
  readonly inboxTopic: string;
  /** Time between looks at intake's offsets, ms. */
  readonly pollMs: number;
  onError(error: unknown): void;
}

interface Sample {
  /** When the edge ends were read, µs: timers due before it are covered. */
  readonly at: number;
  /** Ends of the inbox, by partition, read after intake had reached the edge ends. */
  readonly inboxEnds: readonly number[];
}

/** A gate that looks at the bus; `close` ends a wait for an intake that stands still. */
export interface EdgeGate extends TimerGate {
  close(): void;
}

/** One sample serves every timer and partition that was due before it; nothing is read while nothing is due. */
export const createEdgeGate = (options: EdgeGateOptions): EdgeGate => {
  let closed = false;
  let settled: Sample | undefined;
  let sampling = false;
  const waiting = new Set<() => void>();

  const intakeReached = async (ends: ReadonlyMap<string, readonly number[]>): Promise<boolean> => {
    for (const [topic, positions] of ends) {
      const committed = await options.admin.committed(options.intakeGroup, topic);
      if (positions.some((end, p) => end > 0 && (committed[p]?.offset ?? 0) < end)) return false;
    }
    return true;
  };

  const pause = (): Promise<void> =>
    new Promise((resolve) => {
      options.clock.schedule(options.pollMs, resolve);
    });

  const sample = async (): Promise<Sample> => {
    const at = micros(options.clock);
    const ends = new Map<string, readonly number[]>();
    for (const topic of options.edgeTopics) ends.set(topic, await options.admin.endOffsets(topic));
    while (!closed && !(await intakeReached(ends))) await pause();
    return { at, inboxEnds: await options.admin.endOffsets(options.inboxTopic) };
  };

  const begin = (): void => {
    if (sampling || closed) return;
    sampling = true;
    void sample()
      .then(
        (done) => {
          if (!closed) settled = done;
        },
        async (error: unknown) => {
          options.onError(error);
          await pause();
        },
      )
      .then(() => {
        sampling = false;
        const callers = [...waiting];
        waiting.clear();
        for (const call of callers) call();
      });
  };

  return {
    horizon: (dueAt, partition, onSettled) => {
      if (settled !== undefined && settled.at >= dueAt) return settled.inboxEnds[partition];
      waiting.add(onSettled);
      begin();
      return undefined;
    },
    close: () => {
      closed = true;
    },
  };
};
