import type { BusAdmin } from '../bus/port.js';
import type { Clock } from './clock.js';
import { micros, sleep } from './clock.js';

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
  /** No timer fires for so long after the edge was out of reach, ms: at least one lease. */
  readonly graceMs: number;
  /** Told once per time out of reach, and of every failure to look at intake's offsets. */
  onError(error: unknown): void;
}

interface Sample {
  /** When the edge ends were read, µs: timers due before it are covered. */
  readonly at: number;
  /** Ends of the inbox, by partition, read after intake had reached the edge ends. */
  readonly inboxEnds: readonly number[];
}

/** A gate that looks at the bus; `close` ends its looks and a wait for an intake that stands still. */
export interface EdgeGate extends TimerGate {
  close(): void;
}

/** So many looks at the edge in a grace; without one for so many of them the edge was out of reach. */
const LOOKS = 10;
const MISSED_LOOKS = 2.5;

/**
 * One sample serves every timer and partition that was due before it. Besides, the edge is looked at steadily: while it was
 * out of reach its writers had no way to report either, and they get the grace of a takeover once it is back (law 7).
 */
export const createEdgeGate = (options: EdgeGateOptions): EdgeGate => {
  const { admin, clock, graceMs } = options;
  const closing = new AbortController();
  const lookMs = graceMs / LOOKS;
  let settled: Sample | undefined;
  let sampling = false;
  let lastLook = clock.now();
  let reached = true;
  let graceUntil = 0;
  const waiting = new Set<() => void>();

  const pause = (ms: number): Promise<void> => sleep(clock, ms, closing.signal);

  /** The ends of the edge topics; undefined: out of reach. */
  const look = async (): Promise<ReadonlyMap<string, readonly number[]> | undefined> => {
    const ends = new Map<string, readonly number[]>();
    try {
      for (const topic of options.edgeTopics) ends.set(topic, await admin.endOffsets(topic));
    } catch (error) {
      if (reached && !closing.signal.aborted) options.onError(error);
      reached = false;
      return undefined;
    }
    const now = clock.now();
    if (!reached || now - lastLook > MISSED_LOOKS * lookMs) graceUntil = now + graceMs;
    reached = true;
    lastLook = now;
    return ends;
  };

  const watch = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      await look();
      await pause(lookMs);
    }
  };
  void watch();

  const intakeReached = async (ends: ReadonlyMap<string, readonly number[]>): Promise<boolean> => {
    for (const [topic, positions] of ends) {
      const committed = await admin.committed(options.intakeGroup, topic);
      if (positions.some((end, p) => end > 0 && (committed[p]?.offset ?? 0) < end)) return false;
    }
    return true;
  };

  const sample = async (): Promise<Sample | undefined> => {
    const at = micros(clock);
    const ends = await look();
    if (ends === undefined || clock.now() < graceUntil) return undefined;
    while (!closing.signal.aborted && !(await intakeReached(ends))) await pause(options.pollMs);
    return { at, inboxEnds: await admin.endOffsets(options.inboxTopic) };
  };

  const begin = (): void => {
    if (sampling || closing.signal.aborted) return;
    sampling = true;
    void sample()
      .then(
        async (done) => {
          if (done === undefined) return pause(Math.max(options.pollMs, graceUntil - clock.now()));
          settled = done;
        },
        async (error: unknown) => {
          options.onError(error);
          await pause(options.pollMs);
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
    close: () => closing.abort(),
  };
};
