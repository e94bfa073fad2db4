import pg from 'pg';

const NUMBERS: ReadonlySet<number> = new Set([pg.types.builtins.INT8, pg.types.builtins.NUMERIC]);

/** Offsets, counts and micros are safe to 2^53; as numbers they compare as numbers. */
const toNumber = (text: string): number => Number(text);

const types: pg.CustomTypesConfig = {
  getTypeParser: (oid, format) =>
    NUMBERS.has(oid) ? toNumber : (pg.types.getTypeParser(oid, format) as unknown),
};

export type Pool = pg.Pool;
export type Client = pg.PoolClient;

export interface PoolOptions {
  /** Connections at most; default 4. */
  readonly max?: number;
  readonly name: string;
  /** How long an answer may take before its connection is given up; default: for ever. */
  readonly queryTimeoutMs?: number;
}

/**
 * A pool whose connections wait for nobody for ever: connecting, statements and locks are bounded. `synchronous_commit` is off:
 * a crash of PostgreSQL may undo the last commits, and their positions with them, so they are folded again (law 1).
 */
export const openPool = (databaseUrl: string, options: PoolOptions): Pool => {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: options.max ?? 4,
    application_name: options.name,
    connectionTimeoutMillis: 5_000,
    ...(options.queryTimeoutMs === undefined ? {} : { query_timeout: options.queryTimeoutMs }),
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    types,
    options: '-c synchronous_commit=off -c timezone=UTC -c lock_timeout=10s',
  });
  // An idle connection that breaks is replaced at the next use; without a listener it would end the process.
  pool.on('error', () => undefined);
  return pool;
};

/** Runs `work` in one transaction; whatever goes wrong, nothing of it remains. */
export const inTransaction = async <T>(pool: Pool, work: (client: Client) => Promise<T>): Promise<T> => {
  const client = await pool.connect();
  let broken: Error | undefined;
  // A connection that dies between two statements says so here, and fails the next one.
  const onError = (error: Error): void => {
    broken = error;
  };
  client.on('error', onError);
  try {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    // A server that stands still would answer the ROLLBACK no sooner; closing the connection is one as well.
    if (isSilence(error)) broken = error;
    else
      await client.query('ROLLBACK').catch((failure: unknown) => {
        broken = failure instanceof Error ? failure : new Error(String(failure));
      });
    throw error;
  } finally {
    client.off('error', onError);
    client.release(broken);
  }
};

/** The driver gave up waiting for an answer. */
const isSilence = (error: unknown): error is Error =>
  error instanceof Error && error.message === 'Query read timeout';

/** The values themselves are what PostgreSQL refuses: trying again does not help. */
export const isDataError = (error: unknown): boolean => {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^(?:22|23|54)[0-9A-Z]{3}$/.test(code);
};

/** A column that is not there yet: the tables are those of an earlier build. */
export const isMissingColumn = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === '42703';
