import { mkdtemp, mkdir, readdir, readFile, realpath, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { identityOf, lives } from '../../platform/stack/identity.js';
import { removeFolder } from '../remove-folder.js';

/** The folder of one run: a clean checkout, and a home of its own beside it. */
export interface GateFolder {
  readonly work: string;
  readonly home: string;
  remove(): Promise<void>;
}

/** Folders of the runs of this process, below one that says whose they are. */
export interface GateFolders {
  make(): Promise<GateFolder>;
  close(): Promise<void>;
}

const MAKING_MS = 60_000;

/** Also removes what processes that ended without doing so have left behind. */
export async function openGateFolders(folder: string): Promise<GateFolders> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const name of await readdir(folder)) {
    if (!(await isAlive(join(folder, name)))) await removeFolder(join(folder, name));
  }
  const own = await mkdtemp(join(await realpath(folder), 'process-'));
  const owner = { pid: process.pid, identity: identityOf(process.pid) ?? '' };
  await writeFile(join(own, 'owner.json'), JSON.stringify(owner), { mode: 0o600 });
  return {
    make: async () => {
      const place = await mkdtemp(join(own, 'run-'));
      const [work, home] = [join(place, 'work'), join(place, 'home')];
      await mkdir(work, { mode: 0o700 });
      await mkdir(home, { mode: 0o700 });
      return { work, home, remove: () => removeFolder(place) };
    },
    close: () => removeFolder(own),
  };
}

async function isAlive(folder: string): Promise<boolean> {
  try {
    const { pid, identity } = JSON.parse(await readFile(join(folder, 'owner.json'), 'utf8')) as {
      pid: number;
      identity: string;
    };
    return Number.isSafeInteger(pid) && lives(pid, identity);
  } catch {
    // Just being made by another process, or left by one that ended in that moment.
    const made = await stat(folder).catch(() => undefined);
    return made !== undefined && Date.now() - made.mtimeMs < MAKING_MS;
  }
}
