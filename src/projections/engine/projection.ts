import type { TopicName } from '../../events/topics.js';
import type { LoggedEvent } from '../../log/domain.js';
import type { DraftRow, Row, Table } from './table.js';

/** What one event changes. */
export interface Change {
  /** The whole row of `rows` after the event. */
  readonly row?: DraftRow;
  /** Rows to be added to `lines`. */
  readonly lines?: readonly Row[];
}

/**
 * A projection: one topic in, its tables out, with one position for all of them. Tables of different projections meet in
 * views only, for nothing can be said of the order between topics.
 */
export interface Projection {
  readonly name: string;
  readonly topic: TopicName;
  /** Raised whenever folds or columns change: then the tables are outdated and have to be rebuilt. */
  readonly foldVersion: number;
  /** One row per key, folded. */
  readonly rows: Table;
  /** Rows that are added and never changed. */
  readonly lines?: Table;
  /** The event makes its row, so there is none to be fetched before it. */
  begins(event: LoggedEvent): boolean;
  /** Nothing more happens to it: need not be kept in memory. */
  finished(row: Row): boolean;
  /**
   * The key columns of the row that the event is about, `undefined` when the projection takes no notice of it. A row belongs
   * to one partition: two partitions never fold the same row, so a row known in memory is the row in the table.
   */
  keyOf(event: LoggedEvent, partition: number): Row | undefined;
  /**
   * Depends on the row and the event alone. `row` belongs to the batch and may be changed in place: copying it for every event
   * would cost more than all the rest. Throws, before it changes anything, on an event that does not fit; its stream is parked.
   */
  fold(row: DraftRow | undefined, event: LoggedEvent, partition: number): Change | undefined;
}
