import type { Client } from '../engine/database.js';
import type { Projection } from '../engine/projection.js';
import { viewDefinitions } from './views.js';

/**
 * Points the views at these versions, in the caller's transaction. Views that say the same as before are not touched, so
 * that a start of one more process locks out no reader.
 */
export const pointViews = async (
  client: Client,
  projections: readonly Projection[],
  live: ReadonlyMap<string, number>,
): Promise<void> => {
  const wanted = viewDefinitions(projections, live);
  const { rows } = await client.query<{ name: string; definition: string }>(
    'SELECT name, definition FROM projection_views',
  );
  const present = new Map(rows.map(({ name, definition }) => [name, definition]));
  const stale = new Set([
    ...wanted.filter(({ name, sql }) => present.get(name) !== sql).map(({ name }) => name),
    ...[...present.keys()].filter((name) => wanted.every((view) => view.name !== name)),
  ]);
  for (const name of stale) {
    const sql = wanted.find((view) => view.name === name)?.sql;
    await client.query('DELETE FROM projection_views WHERE name = $1', [name]);
    if (sql === undefined) await client.query(`DROP VIEW IF EXISTS ${name}`);
    else await replaceView(client, name, sql);
  }
};

/** Replaces a view in place, which keeps the grants on it; only where its columns changed is it dropped first. */
const replaceView = async (client: Client, name: string, sql: string): Promise<void> => {
  await client.query('SAVEPOINT replacing');
  try {
    await client.query(`CREATE OR REPLACE VIEW ${name} AS ${sql}`);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === COLUMNS_CHANGED)) throw error;
    await client.query('ROLLBACK TO SAVEPOINT replacing');
    await client.query(`DROP VIEW IF EXISTS ${name}`);
    await client.query(`CREATE VIEW ${name} AS ${sql}`);
  }
  await client.query('INSERT INTO projection_views (name, definition) VALUES ($1, $2)', [name, sql]);
};

/** `invalid_table_definition` */
const COLUMNS_CHANGED = '42P16';
