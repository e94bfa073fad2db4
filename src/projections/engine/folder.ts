import type { Cursor } from '../../log/follow.js';
import type { Pool } from './database.js';
import { readOrMakeOffset } from './offsets.js';
import type { Projection } from './projection.js';
import { RowCache } from './row-cache.js';
import type { Folder } from './write-batch.js';

/** Begins, or begins anew, where PostgreSQL says that this partition stands. Throws `VERSION_GONE`. */
export const openFolder = async (
  pool: Pool,
  projection: Projection,
  version: number,
  partition: number,
  maxCachedRows?: number,
): Promise<{ readonly folder: Folder; readonly cursor: Cursor }> => {
  const key = { projection: projection.name, version, topic: projection.topic, partition };
  const cursor = await readOrMakeOffset(pool, key);
  const { rows } = await pool.query<{ stream_id: string }>(
    `SELECT stream_id FROM projection_parked WHERE projection = $1 AND version = $2 AND partition = $3`,
    [key.projection, version, partition],
  );
  const parked = new Set(rows.map(({ stream_id }) => stream_id));
  return { folder: { projection, key, cache: new RowCache(maxCachedRows), parked }, cursor };
};
