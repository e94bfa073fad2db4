import { PROJECTIONS } from '../catalogue.js';
import { checksumsOf, type TableChecksum } from '../engine/checksum.js';
import { inTransaction, type Client } from '../engine/database.js';
import { readOffsets } from '../engine/offsets.js';
import { dropVersion, liveByName, lockVersions, readVersions, type Version } from '../engine/versions.js';
import { pointViews } from '../views/create.js';
import { advance, type AdvanceOptions } from './advance.js';

/** What stood there and what stands there now, at one and the same positions. */
export interface Compared {
  /** Undefined when there was nothing before, or it was of another fold version and can not be compared. */
  readonly before: readonly TableChecksum[] | undefined;
  readonly after: readonly TableChecksum[];
  readonly equal: boolean;
}

/** The new tables say something else than the old at the same positions, though both come from the same log. */
export class ProjectionDiffers extends Error {
  override readonly name = 'ProjectionDiffers';
  readonly code = 'PROJECTION_DIFFERS';
  constructor(
    projection: string,
    readonly compared: Compared,
  ) {
    const lines = compared.after.map(({ table, rows, checksum }, i) => {
      const old = compared.before?.[i];
      return `${table}: expected ${old?.rows ?? 0} rows ${old?.checksum ?? '-'}, found ${rows} rows ${checksum}`;
    });
    super(
      `PROJECTION_DIFFERS: ${projection}: ${lines.join('; ')}. The views were not touched. ` +
        'The new tables are the fold of the log: to take them, run the rebuild again with --accept-difference',
    );
  }
}

/**
 * Holds both versions at one offset vector, compares them, points the views at the new one and drops the old: all in one
 * transaction. Undefined: the positions could not be brought together yet, try again.
 */
export const compareAndSwap = (
  options: AdvanceOptions,
  acceptDifference: boolean,
): Promise<Compared | undefined> =>
  inTransaction(options.pool, async (client) => {
    const { projection, version } = options;
    // Short, for whoever reads the views waits behind a lock that waits.
    await client.query(`SET LOCAL lock_timeout = '2s'`);
    await lockVersions(client);
    const versions = await readVersions(client);
    const old = versions.find((v) => v.projection === projection.name && v.state === 'live');
    const together = old === undefined ? 'yes' : await bringTogether(options, client, old);
    if (together === 'no') return undefined;
    const comparable = old !== undefined && old.foldVersion === projection.foldVersion;
    const before = comparable ? await checksumsOf(client, projection, old.version) : undefined;
    const after = await checksumsOf(client, projection, version);
    const equal = before === undefined || JSON.stringify(before) === JSON.stringify(after);
    const compared: Compared = { before, after, equal };
    if (!equal && !acceptDifference) throw new ProjectionDiffers(projection.name, compared);
    await swap(client, options, versions, old);
    return compared;
  });

/** With the old version held still, brings the new one to exactly the same positions. */
const bringTogether = async (
  options: AdvanceOptions,
  client: Client,
  old: Version,
): Promise<'yes' | 'no'> => {
  const { projection, pool, version } = options;
  const target = await readOffsets(client, projection.name, old.version, true);
  for (const [partition, { position }] of target) await advance(options, partition, position);
  const reached = await readOffsets(pool, projection.name, version);
  // Another fold version may be ahead: views only must not go back in time.
  if (old.foldVersion !== projection.foldVersion) return 'yes';
  const partitions = new Set([...target.keys(), ...reached.keys()]);
  const same = [...partitions].every(
    (p) => (target.get(p)?.position ?? 0) === (reached.get(p)?.position ?? 0),
  );
  return same ? 'yes' : 'no';
};

const swap = async (
  client: Client,
  { projection, version }: AdvanceOptions,
  versions: readonly Version[],
  old: Version | undefined,
): Promise<void> => {
  if (old !== undefined)
    await client.query(`DELETE FROM projection_versions WHERE projection = $1 AND version = $2`, [
      projection.name,
      old.version,
    ]);
  await client.query(`UPDATE projection_versions SET state = 'live' WHERE projection = $1 AND version = $2`, [
    projection.name,
    version,
  ]);
  const live = new Map(liveByName(versions)).set(projection.name, version);
  await pointViews(client, PROJECTIONS, live);
  if (old !== undefined) await dropVersion(client, projection, old.version);
};
