/**
 * The bus in memory: for simulations (virtual time, seeded faults, processes that can be killed or stopped) and, with a real
 * clock, for a look without Kafka. Nothing is kept when the program ends.
 */
import type { Bus, Group, LogRecord, TopicPartition, TopicSpec } from '../port.js';
import { BusError } from '../port.js';
import { CALM, type Faults } from './faults.js';
import { createProcessBus, type ProcessBus } from './process-bus.js';
import { createRandom, type Random } from './random.js';
import { Scheduler, type BusClock } from './scheduler.js';
import { World, type Limits } from './world.js';

export { CALM, type Faults } from './faults.js';
export type { ProcessBus } from './process-bus.js';
export type { Random } from './random.js';
export type { BusClock } from './scheduler.js';

export interface MemoryBusOptions extends Partial<Limits> {
  /** Default 1. */
  readonly seed?: number;
  /** Added to `CALM`. */
  readonly faults?: Partial<Faults>;
  /** A real clock makes the bus run by itself; without one time is virtual and the test steps. */
  readonly clock?: BusClock;
  /** Virtual time to begin with (ms since the epoch). */
  readonly startAt?: number;
}

export interface MemoryBus extends ProcessBus {
  /** Another process on the same world: a bus with a clock of its own that can be killed and stopped. */
  process(name: string): ProcessBus;
  readonly random: Random;
  /** Runs the next task (message or timer) and all that follows from it at once. False if there is none. */
  step(): Promise<boolean>;
  /** Steps until no message is on its way (timers may wait on). Rejects after `maxSteps`. */
  drain(maxSteps?: number): Promise<void>;
  /** Runs all that is due within the next `ms` of virtual time. */
  advance(ms: number): Promise<void>;
  /** Steps until the promise settles, and settles the same way. */
  run<T>(promise: Promise<T>, maxSteps?: number): Promise<T>;
  /** From now on these faults; `calm()` for none. */
  setFaults(faults: Partial<Faults>): void;
  calm(): void;
  /** For `ms` the broker answers nobody; who asked meanwhile finds it again up to `reconnectMs` later. */
  outage(ms: number, reconnectMs: number): void;
  /** Every member of the group is to join again. */
  rebalance(groupId: string): void;
  /** The member's session ends unknown to it. */
  expire(member: Group): void;
  /** The member's process is gone; the group learns it when the session ends. Same as `kill()` of its process. */
  crash(member: Group): void;
  /** At once, without a step: for setting up. */
  createTopicsNow(specs: readonly TopicSpec[]): void;
  /** What a partition holds, at once. */
  recordsOf(at: TopicPartition): readonly LogRecord[];
  /** The end of a partition as a position, at once. */
  endOf(at: TopicPartition): number;
}

const LIMITS: Limits = { latencyMs: [0, 5], maxBatch: 64, lateMs: 5_000 };
const START_AT = 1_700_000_000_000;
const MAX_STEPS = 1_000_000;

/** Lets everything that the last step resolved run on. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** @see MemoryBusOptions */
export const createMemoryBus = (options: MemoryBusOptions = {}): MemoryBus => {
  const { seed = 1, faults = {}, clock, startAt = START_AT, ...limits } = options;
  const scheduler = new Scheduler(startAt, clock);
  const world = new World(scheduler, createRandom(seed), { ...LIMITS, ...limits }, { ...CALM, ...faults });
  const step = async (): Promise<boolean> => {
    const ran = scheduler.runNext();
    if (ran) {
      world.strike();
      await settle();
    }
    return ran;
  };
  const tooMany = (what: string, steps: number): BusError =>
    new BusError(
      'STALLED',
      `${what}: not at rest after ${steps} steps (${scheduler.messages} messages on their way, seed ${seed})`,
      false,
    );
  const groupOf = (member: Group): ReturnType<typeof main.memberOf> => main.memberOf(member);
  const main = createProcessBus(world, 'main');
  const bus: MemoryBus = Object.assign(Object.create(null) as object, main, {
    process: (name: string) => createProcessBus(world, name, main),
    random: world.random,
    step,
    drain: async (maxSteps = MAX_STEPS) => {
      await settle();
      for (let steps = 0; scheduler.messages > 0; steps++) {
        if (steps >= maxSteps) throw tooMany('drain', steps);
        await step();
      }
    },
    advance: async (ms: number) => {
      const until = scheduler.now() + ms;
      await settle();
      while ((scheduler.nextAt ?? Infinity) <= until) await step();
      scheduler.moveTo(until);
    },
    run: async <T>(promise: Promise<T>, maxSteps = MAX_STEPS): Promise<T> => {
      let settled = false;
      const done = (): void => {
        settled = true;
      };
      promise.then(done, done);
      await settle();
      const pending = (): boolean => !settled;
      for (let steps = 0; pending(); steps++) {
        if (steps >= maxSteps || !(await step())) throw tooMany('run', steps);
      }
      return promise;
    },
    setFaults: (next: Partial<Faults>) => {
      world.faults = { ...world.faults, ...next };
    },
    calm: () => {
      world.faults = CALM;
    },
    outage: (ms: number, reconnectMs: number) => {
      world.outage = { until: scheduler.now() + ms, reconnectMs };
    },
    rebalance: (groupId: string) => world.coordinator(groupId).rebalance(),
    expire: (member: Group) => groupOf(member).group.expire(),
    crash: (member: Group) => groupOf(member).process.kill(),
    createTopicsNow: (specs: readonly TopicSpec[]) => specs.forEach((spec) => world.createTopic(spec)),
    recordsOf: (at: TopicPartition) => world.log(at).records,
    endOf: (at: TopicPartition) => world.log(at).end,
  });
  return bus;
};

/** A memory bus that runs by itself on real time, for a look without Kafka. */
export const openLiveMemoryBus = (options: Omit<MemoryBusOptions, 'clock'> = {}): Bus =>
  createMemoryBus({
    latencyMs: [0, 1],
    ...options,
    clock: {
      now: () => Date.now(),
      schedule: (ms, run) => {
        const timer = setTimeout(run, ms);
        return () => clearTimeout(timer);
      },
    },
  });
