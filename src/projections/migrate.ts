import { PROJECTIONS } from './catalogue.js';
import { inTransaction, openPool } from './engine/database.js';
import { liveByName, lockVersions, makeVersion, readVersions } from './engine/versions.js';
import { runMigrations } from './migrations/run.js';
import { pointViews } from './views/create.js';

/**
 * Makes a database ready, new or old: bookkeeping, a first version of every projection that has none, and the views. Rows
 * come from the log afterwards. Safe to call from many processes at once.
 */
export const migrate = async (databaseUrl: string): Promise<void> => {
  await runMigrations(databaseUrl);
  const pool = openPool(databaseUrl, { max: 1, name: 'arbiter-migrate' });
  try {
    await inTransaction(pool, async (client) => {
      await lockVersions(client);
      const versions = await readVersions(client);
      const live = new Map(liveByName(versions));
      for (const projection of PROJECTIONS) {
        if (live.has(projection.name)) continue;
        const used = versions.filter((v) => v.projection === projection.name).map((v) => v.version);
        const version = Math.max(0, ...used) + 1;
        await makeVersion(client, projection, version, 'live');
        live.set(projection.name, version);
      }
      await pointViews(client, PROJECTIONS, live);
    });
  } finally {
    await pool.end();
  }
};
