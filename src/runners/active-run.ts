import type { DiffStat } from '../events/generated/events.js';
import { sleep, type Clock } from '../log/clock.js';
import type { EdgePublisher } from '../producers/edge.js';
import { RunAborted, type Assignment, type Run, type RunControls, type RunResult } from './assignment.js';
import { finalReport, type FinalReport } from './final-report.js';
import { report, send, type ReportBody, type ReportName } from './reports.js';

export interface ActiveRunOptions {
  readonly edge: EdgePublisher;
  readonly clock: Clock;
  readonly random: () => number;
  readonly run: Run;
  /** Folder of the run, where there is a state folder. */
  readonly folder: string | null;
  /** How long a run may take to stop before its failure is reported without it. */
  readonly abortPatienceMs: number;
  onError(error: unknown, doing: string): void;
  /** The slot is free again. */
  onOver(run: ActiveRun): void;
}

/** How a run ended, for logs; `unreported`: its report was not acknowledged. */
export interface Ending {
  readonly outcome: 'done' | 'failed' | 'declined' | 'revoked' | 'unreported';
  readonly failureClass?: string;
  readonly reason?: string;
}

const PROGRESS_EVERY_MS = 1000;
const RETRY_MS = 250;
const MOST_RETRY_MS = 5000;
const MICROS = 1000;

/**
 * One run from its offer to its final report. Says nothing under a lease that it must assume lost; time passes by `tick` alone, so
 * that a thousand runs need one timer.
 */
export class ActiveRun {
  readonly #controller = new AbortController();
  #number = 0;
  /** Whatever is acknowledged renews the lease from the time it was sent. */
  #leaseUntil: number;
  #heartbeatAt: number;
  #heartbeatUnderWay = false;
  #diff: DiffStat | null = null;
  #progress: { readonly message: string; readonly percent: number | null } | undefined;
  #progressAt = 0;
  #abortedAt: number | undefined;
  #reported: Promise<void> | undefined;
  #ending: Ending = { outcome: 'unreported' };
  #abandoned = new AbortController();

  constructor(
    readonly assignment: Assignment,
    private readonly options: ActiveRunOptions,
  ) {
    const now = options.clock.now();
    this.#leaseUntil = now + assignment.leaseMs;
    this.#heartbeatAt = this.#nextHeartbeat(now);
  }

  get ending(): Ending {
    return this.#ending;
  }

  get aborted(): RunAborted | undefined {
    return this.#controller.signal.reason as RunAborted | undefined;
  }

  /** Asks the agent, accepts or declines, runs, reports. Never rejects. */
  async live(): Promise<void> {
    const { run, folder } = this.options;
    const controls: RunControls = {
      signal: this.#controller.signal,
      progress: (message, percent) => {
        this.#progress = { message: message.slice(0, 1000), percent: percentage(percent) };
      },
      diff: (size) => {
        this.#diff = size;
      },
      folder,
    };
    let answer: ReturnType<Run>;
    try {
      answer = run(this.assignment, controls);
    } catch (error) {
      answer = { kind: 'failed', failureClass: 'AGENT', reason: wordsOf(error) };
    }
    if ('kind' in answer && answer.kind === 'declined') {
      await this.#say('AssignmentDeclined', { busy: false, reason: answer.reason.slice(0, 1000) });
      this.#ending = { outcome: 'declined', reason: answer.reason.slice(0, 1000) };
    } else {
      void this.#say('AssignmentAccepted', {});
      await this.#report(await settled(answer));
    }
    this.options.onOver(this);
  }

  /** Stops the run. What it yields afterwards is not taken for a result. */
  abort(reason: RunAborted): void {
    if (reason.code === 'REVOKED') this.#abandoned.abort();
    if (this.#controller.signal.aborted || this.#reported !== undefined) return;
    this.#abortedAt = this.options.clock.now();
    this.#controller.abort(reason);
  }

  /** Gives up on a report that can not be delivered. */
  abandon(): void {
    this.#abandoned.abort();
  }

  tick(now: number): void {
    if (this.#reported !== undefined) return;
    if (this.#abortedAt !== undefined) {
      if (now >= this.#abortedAt + this.options.abortPatienceMs) void this.#report(undefined);
      return;
    }
    const { deadline } = this.assignment.offer;
    if (deadline !== null && now * MICROS >= deadline) {
      return this.abort(new RunAborted('DEADLINE', 'the deadline of the task has passed'));
    }
    if (now >= this.#leaseUntil) {
      const message = `nothing was acknowledged for a lease of ${this.assignment.leaseMs} ms`;
      return this.abort(new RunAborted('LEASE_LOST', message));
    }
    if (now >= this.#heartbeatAt && !this.#heartbeatUnderWay) this.#heartbeat(now);
    if (this.#progress !== undefined && now >= this.#progressAt + PROGRESS_EVERY_MS) {
      void this.#say('ProgressReported', this.#progress);
      this.#progress = undefined;
      this.#progressAt = now;
    }
  }

  #heartbeat(now: number): void {
    this.#heartbeatUnderWay = true;
    this.#heartbeatAt = this.#nextHeartbeat(now);
    void this.#say('Heartbeat', { diff: this.#diff }).then(() => {
      this.#heartbeatUnderWay = false;
    });
  }

  /** A little more than the third of a lease in which none renews it; at random, so that a thousand runs do not speak at once. */
  #nextHeartbeat(now: number): number {
    return now + (this.assignment.leaseMs / 3) * (1.05 + 0.15 * this.options.random());
  }

  /** Once, unacknowledged at worst: the next one says it again. */
  async #say<N extends ReportName>(name: N, body: ReportBody<N>): Promise<void> {
    const { edge, clock } = this.options;
    const sentAt = clock.now();
    try {
      await send(edge, name, report(this.assignment, this.#number++, clock, body));
      this.#leaseUntil = Math.max(this.#leaseUntil, sentAt + this.assignment.leaseMs);
    } catch (error) {
      this.options.onError(error, name);
    }
  }

  /** The one final report; after a revocation none. */
  #report(result: RunResult | undefined): Promise<void> {
    return (this.#reported ??= this.#deliver(finalReport(result, this.aborted)));
  }

  /** Until it is acknowledged or no longer wanted: a repeat has the same id and counts once. */
  async #deliver(final: FinalReport | undefined): Promise<void> {
    if (final === undefined) return void (this.#ending = { outcome: 'revoked' });
    const { edge, clock } = this.options;
    const { name, body } = final;
    const record = report(this.assignment, this.#number++, clock, body);
    const { signal } = this.#abandoned;
    for (let wait = RETRY_MS; !signal.aborted; wait = Math.min(2 * wait, MOST_RETRY_MS)) {
      try {
        await send(edge, name, record);
        this.#ending = endingOf(body);
        return;
      } catch (error) {
        this.options.onError(error, name);
        if (!mayHelp(error)) return final.unwritten && this.#deliver(final.unwritten(wordsOf(error)));
        await sleep(clock, wait, signal);
      }
    }
  }
}

const endingOf = (body: FinalReport['body']): Ending => {
  if (!('failureClass' in body)) return { outcome: 'done' };
  const { failureClass, reason } = body;
  return { outcome: 'failed', failureClass, reason };
};

const settled = async (answer: RunResult | Promise<RunResult>): Promise<RunResult> => {
  try {
    return await answer;
  } catch (error) {
    return { kind: 'failed', failureClass: 'AGENT', reason: wordsOf(error) };
  }
};

const percentage = (percent: number | undefined): number | null =>
  percent === undefined || !Number.isFinite(percent) ? null : Math.trunc(Math.min(100, Math.max(0, percent)));

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const mayHelp = (error: unknown): boolean => (error as { retriable?: boolean } | null)?.retriable === true;
