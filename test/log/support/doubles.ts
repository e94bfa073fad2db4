import type { Bus } from '../../../src/bus/port.js';
import type { CheckpointStore, LogCodec } from '../../../src/log/index.js';
import type { PartitionFold } from '../../../src/log/partition-fold.js';
import type { Seat } from './simulation.js';

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- doubles look at folds of any domain
export type AnyFold = PartitionFold<any, any, any>;

/** What a simulation replaces around the real code, to show that the checks see it. Nothing of this is in the product. */
export interface Doubles {
  bus?(bus: Bus, seat: Seat): Bus;
  codec?(codec: LogCodec, seat: Seat): LogCodec;
  checkpoints?(store: CheckpointStore, seat: Seat): CheckpointStore;
  beforeTurn?(fold: AnyFold, seat: Seat): Promise<void>;
  /** Replaces methods of the product's classes; the answer puts them back. */
  patch?(): () => void;
  /** Timers wait for nobody. */
  readonly openGate?: boolean;
  /** Owners of owned inboxes do not look ahead. */
  readonly blind?: boolean;
  /** Components commit their low-water mark with the acceptance of what they have read since. */
  readonly markAtEnd?: boolean;
}
