import type { StateName } from './table.js';

/** Bounds of the saga (law 13). All times in milliseconds; counts are per task unless said otherwise. */
export interface SagaLimits {
  /** How long a task may rest in a state before its timer fires (law 7). */
  readonly timers: Readonly<Record<TimedState, number>>;
  /** Re-asks wait twice as long each time, up to this. */
  readonly askMaxMs: number;
  /** Re-asks of one ask while its component answers others; then the task fails. */
  readonly askRepeats: number;
  /** An ask that nobody answers at all (the component is down) is given up after this. */
  readonly askOutageMs: number;
  /** How often a verification that ended in an error of the infrastructure is asked again. */
  readonly verifyErrors: number;
  /** Gates of one result. */
  readonly gates: number;
  /** Longest time-out of a gate, whatever its order says. */
  readonly gateMs: number;
  /** Longest wait for a waiver, whatever request and policy say. */
  readonly waiverMs: number;
  /** A wait for people: repeats of its ask come no more often than this, once they have slowed down. */
  readonly waiverAskMaxMs: number;
  /** Longest run, however often its lease is renewed. */
  readonly executionMs: number;
  /** How often a task that waits for capacity asks without a hint. */
  readonly queueRetryMs: number;
  /** Wake-ups by a hint; afterwards only the timer wakes. */
  readonly queueHints: number;
  /** How long an agent with the capability may be missing. */
  readonly capableGraceMs: number;
  /** How often it is looked for in the meantime. */
  readonly capableRetryMs: number;
  readonly maxAttempts: number;
  /** Offers that ended without work. */
  readonly offers: number;
  /** Agents that may work beside the first where a request asks for a race; 0: such requests are refused. */
  readonly rivals: number;
  /** Failures that were nobody's doing and spend no attempt. */
  readonly outages: number;
  readonly suspensions: number;
  /** Commands that get an event on the task's own stream. */
  readonly commands: number;
  /** Commands remembered for one task not yet seen, and in the whole partition. */
  readonly rememberedPerTask: number;
  readonly rememberedPerPartition: number;
  /** Tasks of one partition that are routed, executed or verified at once. */
  readonly inFlight: number;
  /** Tasks of one partition that wait, be it for their verdict; beyond it requests are refused OVERLOADED. */
  readonly waiting: number;
}

export type TimedState = Extract<
  StateName,
  | 'unseen'
  | 'validating_spec'
  | 'queued'
  | 'routing'
  | 'routed'
  | 'executing'
  | 'verifying'
  | 'running_gates'
  | 'awaiting_spec_waiver'
  | 'awaiting_waiver'
  | 'suspended'
  | 'sealed'
>;

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/**
 * `queued`: the longest wait at a stretch; `executing`: the lease; `unseen`: how long a command waits for its task;
 * `running_gates`: what the gates' component gets on top of the gate's own time-out; `awaiting_…`: the first repeat.
 */
export const DEFAULT_TIMERS: SagaLimits['timers'] = {
  unseen: 10 * MINUTE,
  validating_spec: 10 * SECOND,
  queued: 24 * HOUR,
  routing: 10 * SECOND,
  routed: 15 * SECOND,
  executing: 30 * SECOND,
  verifying: 60 * SECOND,
  running_gates: 30 * SECOND,
  awaiting_spec_waiver: MINUTE,
  awaiting_waiver: MINUTE,
  suspended: 7 * 24 * HOUR,
  sealed: 10 * SECOND,
};

export const DEFAULT_LIMITS: SagaLimits = {
  timers: DEFAULT_TIMERS,
  askMaxMs: 2 * MINUTE,
  askRepeats: 5,
  askOutageMs: 24 * HOUR,
  verifyErrors: 3,
  gates: 32,
  gateMs: HOUR,
  waiverMs: 7 * 24 * HOUR,
  waiverAskMaxMs: HOUR,
  executionMs: 24 * HOUR,
  queueRetryMs: 30 * SECOND,
  queueHints: 1000,
  capableGraceMs: MINUTE,
  capableRetryMs: 5 * SECOND,
  maxAttempts: 10,
  offers: 100,
  rivals: 0,
  outages: 3,
  suspensions: 20,
  commands: 100,
  rememberedPerTask: 8,
  rememberedPerPartition: 1000,
  inFlight: 1000,
  waiting: 10_000,
};
