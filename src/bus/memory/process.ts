/**
 * A process of the simulation. Whatever comes back to it (answers, batches, notices, timers) comes through here, so that it
 * can be killed (nothing comes back any more) or stopped (everything comes later, while the world goes on).
 * What it has sent is on its way and lands all the same.
 */
import type { BusClock, Scheduler } from './scheduler.js';

export type ProcessState = 'running' | 'stopped' | 'killed';

export class Process {
  state: ProcessState = 'running';
  readonly #scheduler: Scheduler;
  readonly #latency: () => number;
  readonly #reachableAt: () => number;
  /** When it has found the broker again after an outage. */
  #reconnectedAt = 0;
  #backlog: (() => void)[] = [];
  /** Told when the process stops, goes on, or dies. */
  readonly watchers = new Set<(state: ProcessState) => void>();

  constructor(
    readonly name: string,
    scheduler: Scheduler,
    latency: () => number,
    reachableAt: () => number,
  ) {
    this.#scheduler = scheduler;
    this.#latency = latency;
    this.#reachableAt = reachableAt;
  }

  /** Virtual time; its timers die with the process. */
  readonly clock: BusClock = {
    now: () => this.#scheduler.now(),
    schedule: (ms, run) => this.#scheduler.schedule(ms, () => this.#enter(run)),
  };

  /** A message to the process. */
  post(run: () => void, ms = this.#latency()): void {
    this.#scheduler.post(ms, () => this.#enter(run));
  }

  /** A message from the process to the broker: it arrives whatever becomes of the process. */
  send(run: () => void): void {
    if (this.state === 'killed') return;
    this.#reconnectedAt = Math.max(this.#reconnectedAt, this.#reachableAt());
    this.#scheduler.post(this.#reconnectedAt - this.#scheduler.now() + this.#latency(), run);
  }

  /** A request and its answer; an error of `work` is the answer, too. */
  ask<T>(work: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.send(() => {
        try {
          const answer = work();
          this.post(() => resolve(answer));
        } catch (caught) {
          const error = caught instanceof Error ? caught : new Error(String(caught));
          this.post(() => reject(error));
        }
      });
    });
  }

  #enter(run: () => void): void {
    if (this.state === 'running') run();
    else if (this.state === 'stopped') this.#backlog.push(run);
  }

  #become(state: ProcessState): void {
    if (this.state === 'killed' || this.state === state) return;
    this.state = state;
    for (const watcher of [...this.watchers]) watcher(state);
  }

  /** kill -9. */
  kill(): void {
    this.#become('killed');
    this.#backlog = [];
  }

  /** SIGSTOP. */
  stop(): void {
    this.#become('stopped');
  }

  /** SIGCONT. */
  resume(): void {
    this.#become('running');
    for (const run of this.#backlog.splice(0)) this.post(run, 0);
  }
}
