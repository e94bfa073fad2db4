import type { DiffStat, Evidence, FailureClass, Offer, Usage } from '../events/generated/events.js';

/** One piece of work offered to this instance, as the offer says it; times in microseconds since the epoch. */
export interface Assignment {
  readonly taskId: string;
  /** Fencing token: everything that is said about the run carries it. Unique within a task, not across tasks. */
  readonly token: number;
  readonly attempt: number;
  readonly agentId: string;
  readonly workerInstance: string;
  readonly acceptBy: number;
  readonly leaseMs: number;
  readonly tenant: string;
  readonly traceparent: string | null;
  readonly offer: Offer;
}

/** Why a run is to stop: what `controls.signal` is aborted with. */
export class RunAborted extends Error {
  override readonly name = 'RunAborted';

  constructor(
    readonly code: 'REVOKED' | 'LEASE_LOST' | 'DEADLINE' | 'STOPPING',
    message: string,
  ) {
    super(message);
  }
}

/** What a run may do besides its work. */
export interface RunControls {
  /** Aborted with a `RunAborted`: stop at once, the result will not count. */
  readonly signal: AbortSignal;
  /** Tells people how far it is, 0 to 100 where known; renews the lease. Throttled: the newest within a second wins. */
  readonly progress: (message: string, percent?: number) => void;
  /** Size of the change so far; the next heartbeats carry it. */
  readonly diff: (size: DiffStat) => void;
  /** Folder for what the run leaves on disk, removed after it and by the next start after a crash; null without a state folder. */
  readonly folder: string | null;
}

/** The run is done. A task without a workspace gives `resultSha256`, one with a workspace `commit` and `ref`. */
export interface RunDone {
  readonly kind: 'done';
  readonly commit?: string;
  readonly ref?: string;
  readonly resultSha256?: string;
  readonly exitCode?: number | null;
  readonly output?: string;
  readonly usage?: Usage;
  readonly evidence?: readonly Evidence[];
}

export interface RunFailed {
  readonly kind: 'failed';
  readonly failureClass: Extract<FailureClass, 'AGENT' | 'INFRASTRUCTURE' | 'TIME_LIMIT' | 'QUOTA'>;
  readonly reason: string;
  /** With QUOTA: when the quota is there again, µs; left out: not known. */
  readonly quotaResetsAt?: number;
  readonly output?: string;
  readonly usage?: Usage;
}

/** The agent does not take this work. Only as an answer at once: a promise is a run, and its offer is accepted. */
export interface RunDeclined {
  readonly kind: 'declined';
  readonly reason: string;
}

export type RunResult = RunDone | RunFailed;

/** The work itself. What it throws or rejects with is a failure of the agent. */
export type Run = (
  assignment: Assignment,
  controls: RunControls,
) => Promise<RunResult> | RunResult | RunDeclined;
