import { sagaLimits } from '../../../src/saga/index.js';

/** Short, so that a lifecycle takes a second or two of virtual time; tight, so that every bound is met now and then. */
export const LIMITS = sagaLimits({
  timers: {
    unseen: 1200,
    validating_spec: 250,
    queued: 20_000,
    routing: 250,
    routed: 600,
    executing: 500,
    verifying: 250,
    running_gates: 250,
    awaiting_spec_waiver: 250,
    awaiting_waiver: 250,
    suspended: 2000,
    sealed: 250,
  },
  askMaxMs: 600,
  askRepeats: 4,
  askOutageMs: 30_000,
  verifyErrors: 2,
  gates: 3,
  gateMs: 300,
  waiverMs: 2500,
  waiverAskMaxMs: 600,
  executionMs: 5000,
  queueRetryMs: 300,
  queueHints: 20,
  capableGraceMs: 1200,
  capableRetryMs: 200,
  maxAttempts: 3,
  offers: 20,
  rivals: 2,
  outages: 3,
  suspensions: 3,
  commands: 20,
  rememberedPerTask: 4,
  rememberedPerPartition: 10,
  inFlight: 2,
  waiting: 100,
});

/** A process's clock is off by this much at most, ms. */
export const SKEW_MS = 20;
export const PRESENCE_MS = 150;
export const PRESENCE_TTL_MS = 600;
/** How long a group waits for a silent member, ms: one of these in each seed. */
export const SESSIONS_MS = [150, 400, 800] as const;
