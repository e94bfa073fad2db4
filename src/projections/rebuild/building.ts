import { inTransaction, type Client, type Pool } from '../engine/database.js';
import type { Projection } from '../engine/projection.js';
import { dropVersion, lockVersions, makeVersion, readVersions } from '../engine/versions.js';

/** The version under construction: the one that an interrupted rebuild left behind, else a new and empty one. */
export const buildingVersion = (pool: Pool, projection: Projection): Promise<number> =>
  inTransaction(pool, async (client) => {
    await lockVersions(client);
    const mine = (await readVersions(client)).filter((v) => v.projection === projection.name);
    const left = mine.find(({ state }) => state === 'building');
    if (left?.foldVersion === projection.foldVersion) return left.version;
    const version = Math.max(0, ...mine.map((v) => v.version)) + 1;
    if (left) await dropVersion(client, projection, left.version);
    await makeVersion(client, projection, version, 'building');
    return version;
  });

/** Forgets what an interrupted rebuild left behind. */
export const dropBuilding = (pool: Pool, projection: Projection): Promise<void> =>
  inTransaction(pool, async (client) => {
    await lockVersions(client);
    for (const { projection: name, version, state } of await readVersions(client))
      if (name === projection.name && state === 'building') await dropVersion(client, projection, version);
  });

/** One rebuild of a projection at a time; the lock ends with its connection, however the process ends. */
export const withRebuildLock = async <T>(
  pool: Pool,
  projection: Projection,
  work: () => Promise<T>,
): Promise<T> => {
  const client: Client = await pool.connect();
  let broken: Error | undefined;
  const onError = (error: Error): void => {
    broken = error;
  };
  client.on('error', onError);
  const lock = `hashtext('arbiter.rebuild.' || $1)`;
  try {
    const { rows } = await client.query<{ mine: boolean }>(`SELECT pg_try_advisory_lock(${lock}) AS mine`, [
      projection.name,
    ]);
    if (rows[0]?.mine !== true)
      throw new Error(
        `REBUILD_RUNNING: ${projection.name} is being rebuilt by another process; wait for it or end it`,
      );
    try {
      return await work();
    } finally {
      await client.query(`SELECT pg_advisory_unlock(${lock})`, [projection.name]).catch((error: unknown) => {
        broken = error instanceof Error ? error : new Error(String(error));
      });
    }
  } finally {
    client.off('error', onError);
    client.release(broken);
  }
};
