import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { Bus } from '../bus/port.js';
import type { LogBroken, LogCodec } from '../log/index.js';
import { sleep, type Clock } from '../log/clock.js';
import { traceOf } from '../platform/component.js';
import type { EdgePublisher } from '../producers/edge.js';
import { ActiveRun } from './active-run.js';
import { RunAborted, type Assignment, type Run } from './assignment.js';
import { reportLosses } from './losses.js';
import { followOffers } from './offers.js';
import { createPresence } from './presence.js';
import { report, send } from './reports.js';
import { openRunFolders } from './run-folders.js';
import { voidRecords } from './void-records.js';

export interface WorkerOptions {
  readonly bus: Bus;
  readonly codec: LogCodec;
  /** Publishes to the edge topics. */
  readonly publisher: EdgePublisher;
  readonly clock: Clock;
  readonly agentId: string;
  /** Of this start, never used before; by default random. Offers name it, so a restarted worker is another. */
  readonly instance?: string;
  /** Runs at once at most. */
  readonly slots: number;
  /** Named in the presence. */
  readonly build: string;
  readonly run: Run;
  readonly logger?: Logger;
  /** Where runs are written down, so that the next start reports the loss of those that a crash has ended. */
  readonly stateFolder?: string;
  readonly presenceMs?: number;
  /** All of a stop at most. Default 30 s. */
  readonly stopLimitMs?: number;
  /** How long a run that is told to stop may take; after that its failure is reported without it. Default 10 s. */
  readonly graceMs?: number;
  readonly random?: () => number;
  /** A record of the log that does not count (law 3), for metrics; the log tells of it in any case. */
  onRejected?(topic: string, reason: string): void;
  /** The log of assignments can not be trusted any more; the worker has begun to stop. */
  onBroken?(error: LogBroken): void;
}

export interface Worker {
  readonly instance: string;
  /** Runs under way. */
  readonly active: number;
  /** Leaves: takes no offer any more, waits for the runs, as long as the limit allows unless told, then ends them and reports that. */
  stop(waitMs?: number): Promise<void>;
}

const STOP_LIMIT_MS = 30_000;
const GRACE_MS = 10_000;
/** For what follows a grace: programs die, the last reports are acknowledged. */
const REPORTS_MS = 4000;
/** For what is not waited for any longer: a broker that is away must not hold up a worker that has nothing left to say. */
const CLOSING_MS = 1000;
/** Of a stop, what no run can have. */
export const AFTER_GRACE_MS = REPORTS_MS + CLOSING_MS;
const PRESENCE_MS = 2000;
const TICK_MS = 50;
/** Offers remembered, so that a repeated one is not run again. */
const MOST_SEEN = 20_000;

/**
 * Starts one instance of an agent: reports the losses of a crashed one, reads `arbiter.assignments` to its end, shows itself, and
 * from then on takes the offers that name it. Resolves once it shows itself.
 * @throws RangeError on slots that are no positive integer; BusError `UNKNOWN_TOPIC` where the stack has not been set up; LogBroken
 */
export const startWorker = async (options: WorkerOptions): Promise<Worker> => {
  const { publisher: edge, clock, agentId, slots, build, logger } = options;
  if (!Number.isSafeInteger(slots) || slots < 1)
    throw new RangeError(`slots: expected a whole number from 1, found ${slots}`);
  const instance = options.instance ?? randomUUID();
  const random = options.random ?? Math.random;
  const { stopLimitMs = STOP_LIMIT_MS, graceMs = GRACE_MS } = options;
  const sayVoid = voidRecords(logger);
  const active = new Map<string, ActiveRun>();
  const seen = new Set<string>();
  let leaving = false;
  let ticking = false;
  let onIdle: () => void = () => undefined;
  let onBroken: () => void = () => undefined;

  if (options.stateFolder !== undefined) await reportLosses(options.stateFolder, edge, clock, logger);
  const folders =
    options.stateFolder === undefined ? undefined : openRunFolders(options.stateFolder, instance);

  const presence = createPresence({
    edge,
    clock,
    agentId,
    instance,
    build,
    slots,
    free: () => slots - active.size,
    onError: (error) => logger?.debug({ err: error, instance }, 'presence not shown'),
    everyMs: options.presenceMs ?? PRESENCE_MS,
  });

  const tick = (): void => {
    const now = clock.now();
    for (const run of active.values()) run.tick(now);
    ticking = active.size > 0;
    if (ticking) clock.schedule(TICK_MS, tick);
  };

  const keyOf = ({ taskId, token }: { taskId: string; token: number }): string => `${taskId}/${token}`;

  const unseen = (key: string): boolean => {
    if (seen.has(key)) return false;
    seen.add(key);
    if (seen.size > MOST_SEEN) for (const oldest of seen.values()) if (seen.delete(oldest)) break;
    return true;
  };

  const busy = (assignment: Assignment, reason: string): void => {
    const record = report<'AssignmentDeclined'>(assignment, 0, clock, { busy: true, reason });
    send(edge, 'AssignmentDeclined', record).catch((error: unknown) => {
      logger?.warn({ err: error, taskId: assignment.taskId }, 'decline not acknowledged');
    });
  };

  const begin = (assignment: Assignment): void => {
    const { taskId, token, attempt, traceparent } = assignment;
    const log = logger?.child({ taskId, token, ...traceOf(traceparent) });
    let folder: string | undefined;
    try {
      folder = folders?.begin(assignment);
    } catch (error) {
      log?.error({ err: error }, 'no folder for the run');
      return busy(assignment, 'the worker can not write to its state folder');
    }
    const run = new ActiveRun(assignment, {
      edge,
      clock,
      random,
      run: options.run,
      folder: folder ?? null,
      abortPatienceMs: graceMs + REPORTS_MS / 2,
      onError: (error, doing) => log?.warn({ err: error, doing }, 'report not acknowledged'),
      onOver: ({ ending }) => {
        log?.info({ ...ending, ms: clock.now() - begun }, 'run ended');
        void over(assignment, folder, log);
      },
    });
    const begun = clock.now();
    log?.info({ attempt }, 'run begins');
    active.set(keyOf(assignment), run);
    presence.changed();
    void run.live();
    if (!ticking) {
      ticking = true;
      clock.schedule(TICK_MS, tick);
    }
  };

  const over = async (
    assignment: Assignment,
    folder: string | undefined,
    log: Logger | undefined,
  ): Promise<void> => {
    if (folder !== undefined) {
      await folders?.end(folder).catch((error: unknown) => {
        log?.warn({ err: error, folder }, 'the folder of a run could not be removed');
      });
    }
    active.delete(keyOf(assignment));
    presence.changed();
    if (active.size === 0) onIdle();
  };

  const offers = await followOffers({
    bus: options.bus,
    codec: options.codec,
    clock,
    agentId,
    instance,
    onOffer: (assignment) => {
      if (!unseen(keyOf(assignment))) return;
      // The saga has given up on it, or is about to.
      if (assignment.acceptBy < clock.now() * 1000) return;
      if (leaving) return busy(assignment, 'the worker is leaving');
      if (active.size >= slots) return busy(assignment, `all ${slots} slots are taken`);
      begin(assignment);
    },
    onRevoked: (taskId, token, reason) => {
      unseen(keyOf({ taskId, token }));
      active.get(keyOf({ taskId, token }))?.abort(new RunAborted('REVOKED', reason));
    },
    onRejected: (at, reason) => {
      sayVoid(at, reason);
      options.onRejected?.(at.topic, reason);
    },
    onError: (error, at) => logger?.warn({ err: error, ...at }, 'assignments can not be read now'),
    onBroken: (error) => {
      logger?.fatal({ err: error }, 'the log of assignments is broken: stopping');
      options.onBroken?.(error);
      onBroken();
    },
  });

  const idle = (ms: number): Promise<boolean> =>
    new Promise((resolve) => {
      if (active.size === 0) return resolve(true);
      const cancel = clock.schedule(ms, () => resolve(false));
      onIdle = () => {
        cancel();
        resolve(true);
      };
    });

  let stopping: Promise<void> | undefined;
  const stop = (waitMs = Math.max(0, stopLimitMs - graceMs - AFTER_GRACE_MS)): Promise<void> =>
    (stopping ??= leave(waitMs));
  const leave = async (waitMs: number): Promise<void> => {
    leaving = true;
    const left = orLate(presence.leave());
    if (!(await idle(waitMs))) {
      for (const run of active.values()) run.abort(new RunAborted('STOPPING', 'the worker was stopped'));
      if (!(await idle(graceMs + REPORTS_MS))) for (const run of active.values()) run.abandon();
    }
    await left;
    await orLate(offers.close());
    if (active.size > 0) return;
    await folders?.close().catch((error: unknown) => {
      logger?.warn({ err: error }, 'the folder of the worker could not be removed');
    });
  };
  const orLate = (closing: Promise<void>): Promise<void> => Promise.race([closing, sleep(clock, CLOSING_MS)]);

  try {
    await offers.caughtUp;
  } catch (error) {
    await stop(0);
    throw error;
  }
  onBroken = () => void stop(0);
  presence.start();
  logger?.info({ agentId, instance, slots }, 'worker is ready');
  return {
    instance,
    get active() {
      return active.size;
    },
    stop,
  };
};
