import type { Bus } from '../../bus/port.js';
import type { LogCodec } from '../../log/codec.js';
import { projectionNamed } from '../catalogue.js';
import { openPool, type Pool } from '../engine/database.js';
import { readOffsets } from '../engine/offsets.js';
import type { Projection } from '../engine/projection.js';
import { liveVersion, makeIndexes, tablesOf } from '../engine/versions.js';
import { versioned } from '../engine/table.js';
import { migrate } from '../migrate.js';
import { silentProjector } from '../observer.js';
import { advance, type AdvanceOptions } from './advance.js';
import { buildingVersion, dropBuilding, withRebuildLock } from './building.js';
import { silentProgress, type RebuildProgress } from './progress.js';
import { compareAndSwap, type Compared } from './swap.js';

export interface RebuildOptions {
  readonly bus: Bus;
  readonly codec: LogCodec;
  readonly databaseUrl: string;
  /** Name of the projection. */
  readonly projection: string;
  readonly progress?: RebuildProgress;
  /** Takes the new tables although they differ from the old at the same positions. */
  readonly acceptDifference?: boolean;
  /** Begins at 0 even if an interrupted rebuild could be resumed. */
  readonly fresh?: boolean;
}

export interface Rebuilt extends Compared {
  readonly projection: string;
  readonly version: number;
  readonly events: number;
  readonly milliseconds: number;
}

const ROUNDS = 40;
/** Partitions loaded at once; each has a transaction of its own. */
const AT_ONCE = 4;

/**
 * Folds a projection anew from offset 0 into tables of its own while the old ones serve, then compares and swaps (E.8). Resumable:
 * after an interruption the same call goes on where it was. Rejects with `PROJECTION_DIFFERS`, `REBUILD_RUNNING`.
 */
export const rebuild = async (options: RebuildOptions): Promise<Rebuilt> => {
  const projection = projectionNamed(options.projection);
  await migrate(options.databaseUrl);
  const pool = openPool(options.databaseUrl, { name: 'arbiter-rebuild', max: AT_ONCE + 3 });
  try {
    return await withRebuildLock(pool, projection, () => build(options, pool, projection));
  } finally {
    await pool.end();
  }
};

const build = async (options: RebuildOptions, pool: Pool, projection: Projection): Promise<Rebuilt> => {
  const begun = performance.now();
  const progress = options.progress ?? silentProgress;
  if (options.fresh === true) await dropBuilding(pool, projection);
  const version = await buildingVersion(pool, projection);
  let events = 0;
  const advancing: AdvanceOptions = {
    bus: options.bus,
    codec: options.codec,
    pool,
    projection,
    version,
    observer: silentProjector,
    onProgress: (offsets, folded) => {
      events += folded;
      progress.advanced(offsets, folded);
    },
  };
  const ends = await options.bus.admin.endOffsets(projection.topic);
  const resumed = await readOffsets(pool, projection.name, version);
  const done = [...resumed.values()].reduce((sum, { position }) => sum + position, 0);
  progress.begin(
    projection.name,
    done,
    ends.reduce((sum, end) => sum + end, 0),
  );
  try {
    await advanceAll(advancing, ends);
    progress.phase('indexes');
    await makeIndexes(pool, projection, version);
    for (const table of tablesOf(projection)) await pool.query(`ANALYZE ${versioned(table, version)}`);
    progress.phase('compare');
    const compared = await meet(options, advancing, projection);
    return {
      projection: projection.name,
      version,
      events,
      milliseconds: performance.now() - begun,
      ...compared,
    };
  } finally {
    progress.end();
  }
};

/** Brings both versions to the end, again and again, until they can be held at the same place. */
const meet = async (
  options: RebuildOptions,
  advancing: AdvanceOptions,
  projection: Projection,
): Promise<Compared> => {
  for (let round = 0; round < ROUNDS; round++) {
    const ends = await options.bus.admin.endOffsets(projection.topic);
    await advanceAll(advancing, ends);
    const old = await liveVersion(advancing.pool, projection.name);
    // The projector of the old one may be down or behind; the position in PostgreSQL takes no harm from two of us.
    if (old?.foldVersion === projection.foldVersion) {
      const { onProgress: _, ...silent } = advancing;
      await advanceAll({ ...silent, version: old.version }, ends);
    }
    try {
      const compared = await compareAndSwap(advancing, options.acceptDifference === true);
      if (compared) return compared;
    } catch (error) {
      if (!isLockTimeout(error)) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 100 + Math.random() * 400));
  }
  throw new Error(
    `NO_BARRIER: ${projection.name}: the views could not be locked, or the positions not be brought together, in ${ROUNDS} attempts; run the rebuild again, it resumes`,
  );
};

const isLockTimeout = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === '55P03' || error.code === '40P01');

/** All partitions, a few at once. When one fails the others stop between two batches, before this rejects. */
const advanceAll = async (options: AdvanceOptions, ends: readonly number[]): Promise<void> => {
  const failed = new AbortController();
  const waiting = [...ends.entries()];
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift())
      await advance({ ...options, signal: failed.signal }, next[0], next[1]);
  };
  const guarded = (): Promise<void> => worker().catch((error: unknown) => failed.abort(error));
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, ends.length) }, guarded));
  failed.signal.throwIfAborted();
};
