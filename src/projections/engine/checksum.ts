import type { Client, Pool } from './database.js';
import type { Projection } from './projection.js';
import { tablesOf } from './versions.js';
import { versioned } from './table.js';

/** What a table holds, whatever the order of its rows. */
export interface TableChecksum {
  readonly projection: string;
  /** Without the version. */
  readonly table: string;
  readonly rows: number;
  /** Sum of the hashes of all rows, decimal. */
  readonly checksum: string;
}

/** Counts and checksums of one version (law 1: the same before and after a rebuild). */
export const checksumsOf = async (
  client: Pool | Client,
  projection: Projection,
  version: number,
): Promise<readonly TableChecksum[]> => {
  const found: TableChecksum[] = [];
  for (const table of tablesOf(projection)) {
    const { rows } = await client.query<{ rows: number; checksum: string }>(
      `SELECT count(*) AS rows, coalesce(sum(hashtextextended(t::text, 0)), 0)::text AS checksum
         FROM ${versioned(table, version)} t`,
    );
    found.push({ projection: projection.name, table: table.name, rows: 0, checksum: '0', ...rows[0] });
  }
  return found;
};
