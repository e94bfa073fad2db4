import type { Cursor } from '../../log/follow.js';
import type { Pool } from '../engine/database.js';

/** What the views must have seen: every record of the partition below `position`. */
export interface PositionWanted {
  readonly topic: string;
  readonly partition: number;
  readonly position: number;
}

/** Whether the views are there; if not, which positions are still missing. Never a silent stale read. */
export type Waited =
  | { readonly kind: 'reached' }
  | { readonly kind: 'stale'; readonly missing: readonly (PositionWanted & { readonly at: number })[] };

export interface PositionQueries {
  /** Read your own writes: resolves when the views have seen these positions, or after `timeoutMs`. */
  waitFor(wanted: readonly PositionWanted[], timeoutMs: number): Promise<Waited>;
  /** How far the views have come. */
  positions(): Promise<readonly PositionWanted[]>;
  /** Where the views stand in a topic, by partition, with the acceptance that makes it a place to read on from (law 3). */
  cursors(topic: string): Promise<readonly (Cursor | undefined)[]>;
}

const FIRST_POLL_MS = 2;
const LAST_POLL_MS = 100;

export const positionQueries = (pool: Pool): PositionQueries => {
  const positions = async (): Promise<readonly PositionWanted[]> => {
    const { rows } = await pool.query<PositionWanted>(
      `SELECT o.topic, o.partition, min(o.position) AS position FROM projection_offsets o
         JOIN projection_versions v USING (projection, version) WHERE v.state = 'live'
        GROUP BY o.topic, o.partition ORDER BY o.topic, o.partition`,
    );
    return rows;
  };

  const waitFor = async (wanted: readonly PositionWanted[], timeoutMs: number): Promise<Waited> => {
    const until = performance.now() + timeoutMs;
    for (let wait = FIRST_POLL_MS; ; wait = Math.min(LAST_POLL_MS, wait * 1.5)) {
      const seen = await positions();
      const missing = wanted.flatMap((want) => {
        const found = seen.find(
          ({ topic, partition }) => topic === want.topic && partition === want.partition,
        );
        const at = found?.position ?? 0;
        return at >= want.position ? [] : [{ ...want, at }];
      });
      if (missing.length === 0) return { kind: 'reached' };
      if (performance.now() >= until) return { kind: 'stale', missing };
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  };

  const cursors = async (topic: string): Promise<readonly (Cursor | undefined)[]> => {
    const { rows } = await pool.query<{
      partition: number;
      position: number;
      claim: number;
      seq: number;
    }>(
      `SELECT o.partition, o.position, o.claim, o.seq FROM projection_offsets o
         JOIN projection_versions v USING (projection, version) WHERE v.state = 'live' AND o.topic = $1
        ORDER BY o.partition, o.position DESC`,
      [topic],
    );
    const found: (Cursor | undefined)[] = [];
    for (const { partition, position, claim, seq } of rows)
      found[partition] = { position, acceptance: { claim, seq } };
    return found;
  };

  return { waitFor, positions, cursors };
};
