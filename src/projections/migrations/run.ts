import { fileURLToPath, pathToFileURL } from 'node:url';
import { runner, type MigrationBuilder } from 'node-pg-migrate';
import type { ClientConfig } from 'pg';

/** Numbered files only, as source or as built: not this one, and no maps or declarations beside them. */
const NOT_A_MIGRATION = '(?!\\d+_[^.]+\\.(?:js|ts)$).*';

interface Migration {
  readonly up: (pgm: MigrationBuilder) => void;
  readonly down: (pgm: MigrationBuilder) => void;
}

/** Our own import, for the built-in one compiles sources that the running process can already read. */
const loader = (filePaths: string[]) =>
  Promise.all(
    filePaths.map(async (file) => ({
      id: file,
      filePaths: [file],
      actions: (await import(pathToFileURL(file).href)) as Migration,
    })),
  );

/** Brings the bookkeeping tables up to date. Several processes at once are fine: one does it, the others wait. */
export const runMigrations = async (databaseUrl: string | ClientConfig): Promise<void> => {
  await runner({
    databaseUrl,
    dir: fileURLToPath(new URL('.', import.meta.url)),
    ignorePattern: NOT_A_MIGRATION,
    migrationsTable: 'arbiter_migrations',
    direction: 'up',
    singleTransaction: true,
    checkOrder: true,
    advisoryLockMode: 'wait',
    migrationLoaderStrategies: [{ extensions: ['.js', '.ts'], loader }],
    logger: { debug: quiet, info: quiet, warn: quiet, error: quiet },
  });
};

/** Failures reject; there is nothing else to say. */
const quiet = (): void => undefined;
