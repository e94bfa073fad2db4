import type { Clock } from './clock.js';

/** Wakes one waiting loop. A notification that comes while nobody waits is kept. */
export class Wake {
  #pending = false;
  #resolve: (() => void) | undefined;

  constructor(readonly clock: Clock) {}

  notify = (): void => {
    this.#pending = true;
    this.#resolve?.();
  };

  /** Resolves at the next notification, or after `maxMs`. */
  async wait(maxMs?: number): Promise<void> {
    if (!this.#pending && (maxMs === undefined || maxMs > 0)) {
      await new Promise<void>((resolve) => {
        const cancel = maxMs === undefined ? undefined : this.clock.schedule(maxMs, () => this.#resolve?.());
        this.#resolve = () => {
          cancel?.();
          resolve();
        };
      });
      this.#resolve = undefined;
    }
    this.#pending = false;
  }
}
