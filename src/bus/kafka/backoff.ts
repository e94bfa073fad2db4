/** Jittered exponential back-off, and a sleep that a close can cut short. */
export interface Backoff {
  /** Milliseconds to wait before the next attempt. */
  next(): number;
  reset(): void;
}

/** Full jitter between half of the step and the step; the step doubles from `firstMs` to `maxMs`. */
export const createBackoff = (firstMs = 50, maxMs = 2_000): Backoff => {
  let step = firstMs;
  return {
    next: () => {
      const wait = step / 2 + (Math.random() * step) / 2;
      step = Math.min(step * 2, maxMs);
      return wait;
    },
    reset: () => {
      step = firstMs;
    },
  };
};

/** Resolves after `ms` or at once when the signal fires; never rejects, leaves no listener behind. */
export const pause = (ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal?.aborted === true) {
      resolve();
      return;
    }
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done);
  });
