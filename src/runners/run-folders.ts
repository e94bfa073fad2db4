import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { identityOf, lives } from '../platform/stack/identity.js';
import type { Assignment } from './assignment.js';
import { removeFolder } from './remove-folder.js';
import type { ReportedRun } from './reports.js';

/**
 * What an instance leaves on disk while it works: `<state folder>/runs/<instance>/owner.json` says whose it is, `<n>/run.json`
 * what is under way, and beside that the run's clone. So the next start finds the runs that a crash has ended.
 */
export interface RunFolders {
  /** Makes the folder of a run and writes down what it is; durable against the end of this process. */
  begin(assignment: Assignment): string;
  end(folder: string): Promise<void>;
  /** Removes everything of this instance. */
  close(): Promise<void>;
}

/** Runs of an instance whose process is gone. */
export interface LostInstance {
  readonly folder: string;
  readonly runs: readonly ReportedRun[];
}

const owner = z.object({ pid: z.int(), identity: z.string() });
const run = z.object({
  taskId: z.string(),
  token: z.int(),
  agentId: z.string(),
  workerInstance: z.string(),
  tenant: z.string(),
  traceparent: z.string().nullable(),
});

const rootOf = (stateFolder: string): string => join(stateFolder, 'runs');

export const openRunFolders = (stateFolder: string, instance: string): RunFolders => {
  const home = join(rootOf(stateFolder), instance);
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const { pid } = process;
  writeFileSync(join(home, 'owner.json'), JSON.stringify({ pid, identity: identityOf(pid) ?? '' }), {
    mode: 0o600,
  });
  let count = 0;
  return {
    begin: ({ taskId, token, agentId, workerInstance, tenant, traceparent }) => {
      const folder = join(home, String(++count));
      mkdirSync(folder, { mode: 0o700 });
      const written = { taskId, token, agentId, workerInstance, tenant, traceparent };
      writeFileSync(join(folder, 'run.json'), JSON.stringify(written), { mode: 0o600 });
      return folder;
    },
    end: async (folder) => {
      await forgetRun(folder);
      await removeFolder(folder);
    },
    close: () => removeFolder(home),
  };
};

/**
 * Instances that ended without cleaning up. One whose process still lives is nobody's business but its own: several workers may
 * share a state folder.
 */
export const lostInstances = (stateFolder: string): LostInstance[] => {
  const root = rootOf(stateFolder);
  return names(root)
    .map((name) => join(root, name))
    .filter((folder) => !alive(folder))
    .map((folder) => ({
      folder,
      runs: names(folder)
        .map((name) => read(join(folder, name, 'run.json'), run))
        .filter((found) => found !== undefined),
    }));
};

/** Removes what a lost instance left, once its losses are reported. */
export const forgetInstance = async ({ folder }: LostInstance): Promise<void> => {
  await Promise.all(names(folder).map((name) => forgetRun(join(folder, name))));
  await removeFolder(folder);
};

/** Whatever else can not be removed, this run is not reported by the next start. */
const forgetRun = (folder: string): Promise<void> => unlink(join(folder, 'run.json')).catch(() => undefined);

function alive(folder: string): boolean {
  const found = read(join(folder, 'owner.json'), owner);
  return found !== undefined && lives(found.pid, found.identity);
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** undefined for what is missing or half written: a crash in that moment came before the acceptance. */
function read<T>(path: string, schema: z.ZodType<T>): T | undefined {
  try {
    return schema.safeParse(JSON.parse(readFileSync(path, 'utf8'))).data;
  } catch {
    return undefined;
  }
}
