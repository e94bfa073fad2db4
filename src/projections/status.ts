import { PROJECTIONS } from './catalogue.js';
import { openPool } from './engine/database.js';
import { readOffsets } from './engine/offsets.js';
import { readVersions } from './engine/versions.js';

/** One version of one projection, for lists. */
export interface ProjectionStatus {
  readonly projection: string;
  readonly topic: string;
  readonly version: number;
  readonly state: 'live' | 'building';
  /** False: made by another fold version, has to be rebuilt. */
  readonly current: boolean;
  /** By partition. */
  readonly positions: readonly { readonly partition: number; readonly position: number }[];
  readonly parkedStreams: number;
}

/** What stands in the database, live and under construction. */
export const projectionStatus = async (databaseUrl: string): Promise<readonly ProjectionStatus[]> => {
  const pool = openPool(databaseUrl, { max: 1, name: 'arbiter-projections' });
  try {
    const { rows: parked } = await pool.query<{ projection: string; version: number; streams: number }>(
      'SELECT projection, version, count(*) AS streams FROM projection_parked GROUP BY projection, version',
    );
    const found: ProjectionStatus[] = [];
    for (const { projection: name, version, state, foldVersion } of await readVersions(pool)) {
      const projection = PROJECTIONS.find((p) => p.name === name);
      if (projection === undefined) continue;
      const offsets = await readOffsets(pool, name, version);
      found.push({
        projection: name,
        topic: projection.topic,
        version,
        state,
        current: foldVersion === projection.foldVersion,
        positions: [...offsets].map(([partition, { position }]) => ({ partition, position })),
        parkedStreams: parked.find((p) => p.projection === name && p.version === version)?.streams ?? 0,
      });
    }
    return found;
  } finally {
    await pool.end();
  }
};
