import type { Cursor } from '../../log/follow.js';
import type { Client, Pool } from './database.js';

/** Whose position it is: one version of one projection in one partition of its topic. */
export interface OffsetKey {
  readonly projection: string;
  readonly version: number;
  readonly topic: string;
  readonly partition: number;
}

interface OffsetRow {
  readonly partition: number;
  readonly position: number;
  readonly claim: number;
  readonly seq: number;
}

const cursorOf = ({ position, claim, seq }: OffsetRow): Cursor => ({ position, acceptance: { claim, seq } });

const whose = ({ projection, version, topic, partition }: OffsetKey): readonly (string | number)[] => [
  projection,
  version,
  topic,
  partition,
];

/** The position as it stands, made at the beginning of the log when there is none. */
export const readOrMakeOffset = async (client: Pool | Client, key: OffsetKey): Promise<Cursor> => {
  await client.query(
    `INSERT INTO projection_offsets (projection, version, topic, partition, position, claim, seq, updated_at)
     SELECT $1, $2, $3, $4, 0, -1, 0, now() FROM projection_versions
      WHERE projection = $1 AND version = $2 ON CONFLICT DO NOTHING`,
    [...whose(key)],
  );
  const { rows } = await client.query<OffsetRow>(
    `SELECT partition, position, claim, seq FROM projection_offsets
      WHERE projection = $1 AND version = $2 AND topic = $3 AND partition = $4`,
    [...whose(key)],
  );
  const row = rows[0];
  if (row === undefined) throw new VersionGone(key);
  return cursorOf(row);
};

/** Positions of all partitions of one version. */
export const readOffsets = async (
  client: Pool | Client,
  projection: string,
  version: number,
  lock = false,
): Promise<ReadonlyMap<number, Cursor>> => {
  const { rows } = await client.query<OffsetRow>(
    `SELECT partition, position, claim, seq FROM projection_offsets
      WHERE projection = $1 AND version = $2 ORDER BY partition${lock ? ' FOR UPDATE' : ''}`,
    [projection, version],
  );
  return new Map(rows.map((row) => [row.partition, cursorOf(row)]));
};

/**
 * Moves the position iff it is where we believe it to be. False: somebody else has been here (or PostgreSQL lost its last
 * commits in a crash); roll back and read it again. This alone makes every event count once.
 */
export const compareAndSet = async (
  client: Client,
  key: OffsetKey,
  expected: Cursor,
  next: Cursor,
): Promise<boolean> => {
  const { rowCount } = await client.query({
    name: 'projection_cas',
    text: `UPDATE projection_offsets SET position = $8, claim = $9, seq = $10, updated_at = now()
      WHERE projection = $1 AND version = $2 AND topic = $3 AND partition = $4
        AND position = $5 AND claim = $6 AND seq = $7`,
    values: [...whose(key), ...numbers(expected), ...numbers(next)],
  });
  return rowCount === 1;
};

const numbers = ({ position, acceptance }: Cursor): readonly number[] => [
  position,
  acceptance.claim,
  acceptance.seq,
];

/** The version has been swapped away or was never made. */
export class VersionGone extends Error {
  override readonly name = 'VersionGone';
  readonly code = 'VERSION_GONE';
  constructor(key: Pick<OffsetKey, 'projection' | 'version'>) {
    super(
      `version ${key.version} of projection ${key.projection} is gone: it has been replaced or never made`,
    );
  }
}
