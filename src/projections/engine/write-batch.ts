import type { LoggedEvent } from '../../log/domain.js';
import type { Cursor } from '../../log/follow.js';
import { arrayLiteral } from './array-literal.js';
import { inTransaction, type Client, type Pool } from './database.js';
import { foldBatch, keysNeeded, type Folded, type ParkedStream } from './fold-batch.js';
import { compareAndSet, type OffsetKey } from './offsets.js';
import type { Projection } from './projection.js';
import type { RowCache } from './row-cache.js';
import { insertSql, selectSql, upsertSql } from './sql.js';
import { keyText, versioned, type Row, type Table } from './table.js';

/** One partition of one version, as its only folder believes it to stand. */
export interface Folder {
  readonly projection: Projection;
  readonly key: OffsetKey;
  readonly cache: RowCache;
  readonly parked: Set<string>;
}

/** The position was not where we believed it to be; nothing was written. */
export class PositionMoved extends Error {
  override readonly name = 'PositionMoved';
  readonly code = 'POSITION_MOVED';
}

export interface Written {
  readonly rows: number;
  readonly lines: number;
  readonly parked: readonly ParkedStream[];
}

/**
 * Events, position and parked streams in one transaction: either all of it or nothing. The position is set first, so that a
 * second folder of the same partition waits on its row and then loses, before either has touched the tables.
 * @param poison streams to be parked, whose events an earlier attempt could not write; those are not among `events`
 */
export const writeBatch = async (
  pool: Pool,
  folder: Folder,
  events: readonly LoggedEvent[],
  from: Cursor,
  to: Cursor,
  poison: readonly ParkedStream[] = [],
): Promise<Written> => {
  const { projection, key, cache, parked } = folder;
  const folded = await inTransaction(pool, async (client) => {
    if (!(await compareAndSet(client, key, from, to)))
      throw new PositionMoved(`${key.topic}/${key.partition}`);
    const missing = keysNeeded(projection, key.partition, events, (text) => cache.has(text));
    const loaded = new Map<string, Row>();
    for (const row of await loadRows(client, projection.rows, key.version, missing))
      loaded.set(keyText(projection.rows, row), row);
    const known = (text: string): Row | undefined => cache.get(text) ?? loaded.get(text);
    const result = foldBatch(projection, key.partition, events, known, parked);
    await write(client, projection.rows, key.version, [...result.rows.values()], upsertSql);
    if (projection.lines) await write(client, projection.lines, key.version, result.lines, insertSql);
    await park(client, key, [...result.parked, ...poison], result.skipped);
    return result;
  });
  settle(folder, folded, poison);
  return {
    rows: folded.rows.size,
    lines: folded.lines.length,
    parked: [...folded.parked, ...poison],
  };
};

/** What is committed may be believed. */
const settle = (
  { projection, cache, parked }: Folder,
  folded: Folded,
  poison: readonly ParkedStream[],
): void => {
  for (const [key, row] of folded.rows) {
    if (projection.finished(row)) cache.delete(key);
    else cache.set(key, row);
  }
  for (const { streamId } of [...folded.parked, ...poison]) parked.add(streamId);
};

const loadRows = async (
  client: Client,
  table: Table,
  version: number,
  keys: readonly Row[],
): Promise<readonly Row[]> => {
  if (keys.length === 0) return [];
  const { rows } = await client.query<Row>({
    name: `load_${versioned(table, version)}`,
    text: selectSql(table, version),
    values: table.key.map((column) => arrayLiteral(keys, column, table.columns[column] ?? 'text')),
  });
  return rows;
};

const write = async (
  client: Client,
  table: Table,
  version: number,
  rows: readonly Row[],
  sql: (table: Table, version: number) => string,
): Promise<void> => {
  if (rows.length === 0) return;
  await client.query({
    name: `write_${versioned(table, version)}`,
    text: sql(table, version),
    values: Object.entries(table.columns).map(([column, type]) => arrayLiteral(rows, column, type)),
  });
};

const park = async (
  client: Client,
  { projection, version, topic, partition }: OffsetKey,
  parked: readonly ParkedStream[],
  skipped: ReadonlyMap<string, number>,
): Promise<void> => {
  for (const stream of parked) {
    await client.query(
      `INSERT INTO projection_parked
         (projection, version, stream_id, topic, partition, first_offset, event, code, message, skipped, parked_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, now()) ON CONFLICT DO NOTHING`,
      [
        projection,
        version,
        stream.streamId,
        topic,
        partition,
        stream.offset,
        stream.type,
        stream.code,
        stream.message,
      ],
    );
  }
  for (const [streamId, count] of skipped) {
    await client.query(
      `UPDATE projection_parked SET skipped = skipped + $4
        WHERE projection = $1 AND version = $2 AND stream_id = $3`,
      [projection, version, streamId, count],
    );
  }
};
