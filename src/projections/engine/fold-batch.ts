import { createHash } from 'node:crypto';
import type { LoggedEvent } from '../../log/domain.js';
import { withoutNul } from './array-literal.js';
import type { Projection } from './projection.js';
import { keyText, type DraftRow, type Row } from './table.js';

/** A stream whose event broke the fold; it takes no further event until a rebuild (law 13). `streamId` is shortened where it is long. */
export interface ParkedStream {
  readonly streamId: string;
  readonly offset: number;
  readonly type: string;
  readonly code: string;
  readonly message: string;
}

/** What a batch comes to: one row per key, however many events there were. */
export interface Folded {
  readonly rows: ReadonlyMap<string, Row>;
  readonly lines: readonly Row[];
  readonly parked: readonly ParkedStream[];
  /** Events of streams that were parked before. */
  readonly skipped: ReadonlyMap<string, number>;
}

const copyOf = (row: Row | undefined): DraftRow | undefined => row && { ...row };

/** Folds a batch in memory, per key. `known` gives the rows as they stand before the batch. */
export const foldBatch = (
  projection: Projection,
  partition: number,
  events: readonly LoggedEvent[],
  known: (key: string) => Row | undefined,
  parkedBefore: ReadonlySet<string>,
): Folded => {
  const rows = new Map<string, DraftRow>();
  const lines: Row[] = [];
  const parked = new Map<string, ParkedStream>();
  const skipped = new Map<string, number>();
  for (const event of events) {
    const streamId = streamName(event);
    if (parkedBefore.has(streamId) || parked.has(streamId)) {
      skipped.set(streamId, (skipped.get(streamId) ?? 0) + 1);
      continue;
    }
    try {
      const key = projection.keyOf(event, partition);
      if (key === undefined) continue;
      const text = keyText(projection.rows, key);
      const change = projection.fold(rows.get(text) ?? copyOf(known(text)), event, partition);
      if (change?.lines !== undefined) lines.push(...change.lines);
      if (change?.row !== undefined) rows.set(text, change.row);
    } catch (error) {
      parked.set(streamId, parkedBy(event, error));
    }
  }
  return { rows, lines, parked: [...parked.values()], skipped };
};

/** The keys whose rows have to be fetched before the batch can be folded. */
export const keysNeeded = (
  projection: Projection,
  partition: number,
  events: readonly LoggedEvent[],
  has: (key: string) => boolean,
): readonly Row[] => {
  const needed = new Map<string, Row>();
  const begun = new Set<string>();
  for (const event of events) {
    try {
      const key = projection.keyOf(event, partition);
      if (key === undefined) continue;
      const text = keyText(projection.rows, key);
      if (projection.begins(event)) begun.add(text);
      if (!begun.has(text) && !needed.has(text) && !has(text)) needed.set(text, key);
    } catch {
      // The fold will say what is wrong with it.
    }
  }
  return [...needed.values()];
};

const MAX_MESSAGE = 2000;
const MAX_NAME = 256;

/** A stream's name as it is kept with the parked ones: what breaks a table must not break that one too. */
const streamName = ({ body }: LoggedEvent): string => {
  const { streamId } = body.meta;
  if (streamId.length <= MAX_NAME) return withoutNul(streamId);
  return `${withoutNul(streamId.slice(0, 64))}…sha256:${createHash('sha256').update(streamId).digest('hex')}`;
};

/** Says why an event could not be folded or written. */
export const parkedBy = (event: LoggedEvent, error: unknown): ParkedStream => ({
  streamId: streamName(event),
  offset: event.offset,
  type: event.type,
  code: error instanceof Error && 'code' in error ? String(error.code) : 'FOLD_FAILED',
  message: withoutNul(error instanceof Error ? error.message : String(error)).slice(0, MAX_MESSAGE),
});
