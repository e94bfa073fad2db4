import type { ParkedStream } from './engine/fold-batch.js';

/** Where something happened. */
export interface Place {
  readonly projection: string;
  readonly topic: string;
  readonly partition: number;
}

/** What a projector tells the outside: metrics and logs. None of it may throw or wait. */
export interface ProjectorObserver {
  applied(at: Place, events: number, milliseconds: number): void;
  /** A record of the log without effect (law 3). */
  rejected(at: Place, reason: string): void;
  /** A type that this build does not know was skipped (law 12). */
  unknown(at: Place, fullName: string): void;
  parked(at: Place, stream: ParkedStream): void;
  /** PostgreSQL or the registry is away, or another projector was faster; it goes on by itself. */
  trouble(at: Place, error: unknown): void;
  /** It does not go on without an operator. */
  halted(at: Place, error: unknown): void;
}

export const silentProjector: ProjectorObserver = {
  applied: () => undefined,
  rejected: () => undefined,
  unknown: () => undefined,
  parked: () => undefined,
  trouble: () => undefined,
  halted: () => undefined,
};
