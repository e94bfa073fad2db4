import { PROJECTIONS } from '../../src/projections/catalogue.js';
import { checksumsOf, type TableChecksum } from '../../src/projections/engine/checksum.js';
import { openPool } from '../../src/projections/engine/database.js';
import { liveByName, readVersions } from '../../src/projections/engine/versions.js';

/** Counts and checksums of everything that the views stand on. */
export const checksums = async (databaseUrl: string): Promise<readonly TableChecksum[]> => {
  const pool = openPool(databaseUrl, { max: 1, name: 'arbiter-checksums' });
  try {
    const live = liveByName(await readVersions(pool));
    const found: TableChecksum[] = [];
    for (const projection of PROJECTIONS) {
      const version = live.get(projection.name);
      if (version !== undefined) found.push(...(await checksumsOf(pool, projection, version)));
    }
    return found;
  } finally {
    await pool.end();
  }
};
