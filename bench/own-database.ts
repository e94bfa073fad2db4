import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import pg from 'pg';
import { testStack } from '../test/support/stack.js';

/** Runs `work` with an empty database on the stack's PostgreSQL, and drops it afterwards. */
export const withDatabase = async <T>(work: (databaseUrl: string) => Promise<T>): Promise<T> => {
  const stack = await testStack();
  const name = `bench_${randomUUID().replaceAll('-', '')}`;
  const url = new URL(stack.databaseUrl);
  url.pathname = `/${name}`;
  const admin = new pg.Client({ connectionString: stack.databaseUrl });
  await admin.connect();
  try {
    await admin.query(`CREATE DATABASE ${name}`);
    return await work(url.href);
  } finally {
    await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    await admin.end();
  }
};

const TICK_US = 10_000;

/** CPU time of the server's processes behind this database; undefined where they are not on this machine. */
export const serverCpuMicros = async (pool: pg.Pool): Promise<number | undefined> => {
  const { rows } = await pool.query<{ pid: number }>(
    'SELECT pid FROM pg_stat_activity WHERE datname = current_database()',
  );
  try {
    return rows.reduce((sum, { pid }) => {
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
      return sum + (Number(fields[11]) + Number(fields[12])) * TICK_US;
    }, 0);
  } catch {
    return undefined;
  }
};
