import { TOPICS } from '../events/topics.js';
import { micros, type Clock } from '../log/clock.js';
import type { EdgePublisher } from '../producers/edge.js';

export interface PresenceOptions {
  readonly edge: EdgePublisher;
  readonly clock: Clock;
  readonly agentId: string;
  readonly instance: string;
  readonly build: string;
  readonly slots: number;
  /** Slots free now. */
  readonly free: () => number;
  readonly onError: (error: unknown) => void;
  readonly everyMs: number;
}

/** Shows an instance and its free slots: a hint for the router, never truth. */
export interface Presence {
  start(): void;
  /** The number of free slots has changed: told soon, several changes at once. */
  changed(): void;
  /** Says that no offer is wanted any more, and is silent from then on. */
  leave(): Promise<void>;
}

const SOON_MS = 30;

/** One record under way at a time: a broker that is away fills no queue with stale hints. */
export const createPresence = (options: PresenceOptions): Presence => {
  const { edge, clock, agentId, instance, build, slots } = options;
  let state: 'silent' | 'shown' | 'left' = 'silent';
  let cancel = (): void => undefined;
  let nextAt = Infinity;
  let underWay: Promise<void> | undefined;

  const publish = async (leaving: boolean): Promise<void> => {
    const freeSlots = leaving ? 0 : Math.max(0, options.free());
    const record = { agentId, instance, slots, freeSlots, leaving, build, occurredAt: micros(clock) };
    await edge.publish(TOPICS.presence, 'WorkerSeen', instance, record).then(undefined, options.onError);
  };
  const plan = (ms: number): void => {
    const at = clock.now() + ms;
    if (state !== 'shown' || nextAt <= at) return;
    cancel();
    nextAt = at;
    cancel = clock.schedule(ms, show);
  };
  const show = (): void => {
    nextAt = Infinity;
    if (underWay !== undefined) return plan(SOON_MS);
    underWay = publish(false).then(() => {
      underWay = undefined;
    });
    plan(options.everyMs);
  };
  return {
    start: () => {
      state = 'shown';
      show();
    },
    changed: () => plan(SOON_MS),
    leave: async () => {
      const shown = state === 'shown';
      state = 'left';
      cancel();
      await underWay;
      if (shown) await publish(true);
    },
  };
};
