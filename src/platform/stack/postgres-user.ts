import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { execa } from 'execa';
import { StackError } from './errors.js';
import { findProgram } from './java.js';

/** PostgreSQL refuses to run as root. Then it runs as the system user `postgres`, made here when there is none. */
export interface PostgresUser {
  readonly uid: number;
  readonly gid: number;
}

/** Undefined: as ourselves. */
export async function postgresUser(env: NodeJS.ProcessEnv): Promise<PostgresUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const existing = lookUp('postgres');
  if (existing !== undefined) return existing;
  const useradd = findProgram('useradd', { PATH: `${env['PATH'] ?? ''}:/usr/sbin:/sbin` });
  const args = ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', 'postgres'];
  const result =
    useradd === undefined
      ? undefined
      : await execa(useradd, args, { reject: false, all: true, timeout: 15_000 });
  const made = lookUp('postgres');
  if (made !== undefined) return made;
  const found =
    result === undefined ? 'no useradd to make one' : `useradd failed: ${result.all.slice(0, 300)}`;
  const repair = 'Make a system user named postgres, or run as somebody else than root, or set DATABASE_URL.';
  throw new StackError(
    'NO_POSTGRES_USER',
    'a user to run PostgreSQL as, because it refuses to run as root',
    found,
    repair,
  );
}

function lookUp(name: string): PostgresUser | undefined {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${name}:`));
  const [, , uid, gid] = line?.split(':') ?? [];
  return uid === undefined || gid === undefined ? undefined : { uid: Number(uid), gid: Number(gid) };
}

/** Can others get through every folder above and including this one? `/root` is closed on most systems. */
export function isReachable(folder: string): boolean {
  if ((statSync(folder).mode & 0o001) === 0) return false;
  const parent = dirname(folder);
  return parent === folder || isReachable(parent);
}
