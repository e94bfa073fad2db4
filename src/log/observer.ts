import type { LogRecord, TopicPartition } from '../bus/port.js';
import type { Input, LoggedEvent } from './domain.js';
import type { Decided } from './request.js';

export type OwnerStatus = 'starting' | 'claiming' | 'owning' | 'halted' | 'stopped';

/** What an owner tells the outside: metrics, logs, dead letters. Besides `undecodable` none of it may throw or wait. */
export interface OwnerObserver {
  status(at: TopicPartition, status: OwnerStatus, detail?: string): void;
  /** A record of the owned log without effect (law 3). */
  rejected(at: TopicPartition, reason: string): void;
  /** An inbox record that can not be decoded. The owner goes on once it is put aside; after a rejection it tells again. */
  undecodable(record: LogRecord, code: string, message: string): Promise<void>;
  /** An input whose decision can not be made or written; it is passed over, others go on (law 13). */
  parked(at: TopicPartition, input: Input<unknown>, error: unknown): void;
  /** A stream that could not be folded, or whose timer could not be decided: it takes no events until a build that can. */
  streamParked?(at: TopicPartition, streamId: string, error: unknown): void;
  appended(at: TopicPartition, events: readonly LoggedEvent[], milliseconds: number): void;
  /** Inputs of one turn that are done with, from when they were taken until what follows from them stands in the log. */
  handled(at: TopicPartition, decided: readonly Decided<unknown>[], milliseconds: number): void;
  doubtful(at: TopicPartition, error: unknown): void;
}

export const silentObserver: OwnerObserver = {
  status: () => undefined,
  rejected: () => undefined,
  undecodable: () => Promise.resolve(),
  parked: () => undefined,
  appended: () => undefined,
  handled: () => undefined,
  doubtful: () => undefined,
};
