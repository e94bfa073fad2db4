import { createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import pg from 'pg';
import { StackError } from './errors.js';
import { allProcesses } from './identity.js';
import { copyPostgres, findPostgres } from './postgres-binaries.js';
import type { PostgresBinaries } from './postgres-binaries.js';
import { isReachable, postgresUser } from './postgres-user.js';
import type { PostgresUser } from './postgres-user.js';
import { plainEnvironment, startDetached } from './process.js';
import type { Detached, StopPlan } from './process.js';

/** SIGTERM would wait for clients to leave; SIGINT is PostgreSQL's orderly stop that does not. */
export const POSTGRES_STOP: StopPlan = {
  steps: [
    { signal: 'SIGINT', waitMs: 10_000 },
    { signal: 'SIGQUIT', waitMs: 3_000 },
    { signal: 'SIGKILL', waitMs: 5_000 },
  ],
};

const ROLE = 'arbiter';
const DATABASE = 'arbiter';
/** How long backends of a killed server may take to notice. */
const LEFTOVERS_MS = 15_000;
/** Where root keeps what another user must reach, if the state folder lies in a closed place. */
const OPEN_PLACE = '/var/lib/arbiter';

export interface PostgresSetup {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly port: number;
}

export const postgresLog = (folder: string): string => join(folder, 'postgres.log');

/** The data folder; it is in the server's command line. */
export function postgresData(folder: string): string {
  const own = join(folder, 'postgres');
  if (process.getuid?.() !== 0 || isReachable(folder)) return own;
  return join(OPEN_PLACE, createHash('sha256').update(folder).digest('hex').slice(0, 16), 'postgres');
}

/** The address of the local database with the password in it. */
export function postgresUrl(folder: string, port: number, database = DATABASE): string {
  return `postgres://${ROLE}:${readFileSync(passwordFile(folder), 'utf8').trim()}@127.0.0.1:${port}/${database}`;
}

const passwordFile = (folder: string): string => join(folder, 'postgres.password');

/** Makes the cluster when there is none yet, clears what a kill left behind, starts the server. */
export async function startPostgres(setup: PostgresSetup): Promise<Detached> {
  const user = await postgresUser(setup.env);
  const data = postgresData(setup.folder);
  let binaries = findPostgres();
  if (user !== undefined && !isReachable(binaries.folder)) binaries = copyPostgres(binaries, OPEN_PLACE);
  // Data outside of a state folder that was removed: nobody has its password any more. What it held is a view (law 1).
  if (existsSync(data) && !existsSync(passwordFile(setup.folder))) renameSync(data, `${data}.${Date.now()}`);
  if (!existsSync(data)) await initialise(setup, binaries, user, data);
  await clearStalePid(data);
  const settings = {
    listen_addresses: '127.0.0.1',
    port: String(setup.port),
    unix_socket_directories: '',
    max_connections: '100',
    shared_buffers: '64MB',
    max_wal_size: '1GB',
  };
  return startDetached({
    file: binaries.postgres,
    args: ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    cwd: dirname(data),
    env: plainEnvironment(setup.env),
    log: postgresLog(setup.folder),
    ...(user ?? {}),
  });
}

/** Resolves when a query is answered. */
export async function checkPostgres(url: string): Promise<void> {
  await query(url, async (client) => client.query('SELECT 1'));
}

/** Makes the database `arbiter` unless it is there. Rejects while the server does not take connections. */
export async function ensureDatabase(folder: string, port: number): Promise<void> {
  await query(postgresUrl(folder, port, 'postgres'), async (client) => {
    const known = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE]);
    if (known.rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
  });
}

async function query(url: string, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 3_000,
    query_timeout: 10_000,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Into a folder beside, renamed when complete: a data folder that is there is whole. */
async function initialise(
  setup: PostgresSetup,
  binaries: PostgresBinaries,
  user: PostgresUser | undefined,
  data: string,
): Promise<void> {
  const password = passwordFile(setup.folder);
  writeFileSync(password, `${randomBytes(24).toString('hex')}\n`, { mode: 0o600 });
  chmodSync(password, 0o600);
  const fresh = `${data}.new`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(dirname(data), { recursive: true, mode: user === undefined ? 0o700 : 0o711 });
  mkdirSync(fresh, { mode: 0o700 });
  // initdb reads the password as the user it runs as, who may not read ours.
  const given = `${fresh}.password`;
  writeFileSync(given, readFileSync(password), { mode: 0o600 });
  if (user !== undefined) for (const path of [fresh, given]) chownSync(path, user.uid, user.gid);
  try {
    const args = [
      '-D',
      fresh,
      '--auth=scram-sha-256',
      `--username=${ROLE}`,
      `--pwfile=${given}`,
      '--encoding=UTF8',
      '--no-locale',
    ];
    const result = await execa(binaries.initdb, args, {
      cwd: dirname(data),
      env: plainEnvironment(setup.env),
      extendEnv: false,
      reject: false,
      all: true,
      timeout: 60_000,
      ...(user ?? {}),
    });
    if (result.exitCode !== 0) {
      const found = result.all.trimEnd().split('\n').slice(-10).join('\n');
      throw new StackError(
        'PART_DID_NOT_START',
        `initdb to make ${data}`,
        `\n${found}\n`,
        'Correct what it names, or set DATABASE_URL.',
      );
    }
    renameSync(fresh, data);
  } finally {
    rmSync(given, { force: true });
    rmSync(fresh, { recursive: true, force: true });
  }
}

/**
 * A killed server leaves `postmaster.pid` and, for a moment, processes of its own. PostgreSQL handles both, except that it
 * takes the file for a living server's while anything has its pid: another process of the same user, or a zombie that
 * nobody collects (a container's first process often does not). So the file is removed, but only when no process works in
 * the data folder, which every process of a server does: the file also guards the data against two servers.
 */
async function clearStalePid(data: string): Promise<void> {
  const file = join(data, 'postmaster.pid');
  if (process.platform !== 'linux' || !existsSync(file)) return;
  const until = Date.now() + LEFTOVERS_MS;
  const busy = (): boolean => allProcesses().some(({ cwd }) => cwd === data);
  while (busy() && Date.now() < until) await sleep(50);
  if (!busy()) rmSync(file, { force: true });
}
