import type { Client, Pool } from './database.js';
import type { Projection } from './projection.js';
import { createIndexesSql, createTableSql, dropTableSql } from './sql.js';
import type { Table } from './table.js';

export interface Version {
  readonly projection: string;
  readonly version: number;
  readonly foldVersion: number;
  readonly state: 'live' | 'building';
}

/** Serialises everything that makes, swaps or drops versions; released with the transaction. */
export const lockVersions = (client: Client): Promise<unknown> =>
  client.query(`SELECT pg_advisory_xact_lock(hashtext('arbiter.projections'))`);

export const readVersions = async (client: Pool | Client): Promise<readonly Version[]> => {
  const { rows } = await client.query<Version>(
    `SELECT projection, version, fold_version AS "foldVersion", state FROM projection_versions ORDER BY projection, version`,
  );
  return rows;
};

export const liveVersion = async (client: Pool | Client, projection: string): Promise<Version | undefined> =>
  (await readVersions(client)).find(
    (version) => version.projection === projection && version.state === 'live',
  );

/** Live versions by projection. */
export const liveByName = (versions: readonly Version[]): ReadonlyMap<string, number> =>
  new Map(
    versions.filter(({ state }) => state === 'live').map(({ projection, version }) => [projection, version]),
  );

export const tablesOf = ({ rows, lines }: Projection): readonly Table[] => (lines ? [rows, lines] : [rows]);

/** Makes the tables of a version and books it. Indexes wait until it is loaded, unless it starts out live and empty. */
export const makeVersion = async (
  client: Client,
  projection: Projection,
  version: number,
  state: 'live' | 'building',
): Promise<void> => {
  for (const table of tablesOf(projection)) {
    await client.query(dropTableSql(table, version));
    await client.query(createTableSql(table, version));
  }
  if (state === 'live') await makeIndexes(client, projection, version);
  await client.query(
    `INSERT INTO projection_versions (projection, version, fold_version, state) VALUES ($1, $2, $3, $4)`,
    [projection.name, version, projection.foldVersion, state],
  );
};

export const makeIndexes = async (
  client: Pool | Client,
  projection: Projection,
  version: number,
): Promise<void> => {
  for (const table of tablesOf(projection))
    for (const sql of createIndexesSql(table, version)) await client.query(sql);
};

/** Drops tables, offsets and parked streams of a version. The views must not point at it any more. */
export const dropVersion = async (client: Client, projection: Projection, version: number): Promise<void> => {
  await client.query('DELETE FROM projection_versions WHERE projection = $1 AND version = $2', [
    projection.name,
    version,
  ]);
  for (const table of tablesOf(projection)) await client.query(dropTableSql(table, version));
};
