import { cp, lstat, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DiffStat } from '../events/generated/events.js';
import { GitError } from '../platform/git/errors.js';
import { BARE_FETCH } from '../platform/git/fetch.js';
import { requireCommitId } from '../platform/git/revision.js';
import { isOwnRepository } from './agent-repository.js';
import { readHostileFile } from './hostile-file.js';
import { RECEIVE_PACK } from './receive-pack.js';
import {
  coreConfig,
  openWorkspaceGit,
  type ObjectFormat,
  type WorkspaceGit,
  type WorkspaceGitOptions,
} from './workspace-git.js';

/** The clone of one run, and what becomes of it. */
export interface Workspace {
  /** The agent's folder: a clone of its own at the base commit, on a branch. */
  readonly work: string;
  /** Size of the change so far, untracked files included. @throws GitError, easily while the agent writes */
  measure(): Promise<DiffStat>;
  /** Everything the agent left, as one commit id: its own commits, and one on top for what it did not commit. @throws GitError, ExecuteError */
  commit(message: string): Promise<string>;
  /** @throws GitError */
  push(commit: string, ref: string): Promise<void>;
}

export interface WorkspaceOptions extends Omit<WorkspaceGitOptions, 'objectFormat'> {
  readonly baseCommit: string;
  /** Puts the sandbox of the run in front of a program, where there is one: what reads the agent's git folder sees no more than the agent. */
  readonly confine?: (argv: readonly string[]) => readonly string[];
}

/** Names of changed files, in bytes: room for a hundred thousand. */
const MOST_PATHS = 8 * 1024 * 1024;
/** Of changed files together. More than anybody reviews, and what git can read and pack within its time. */
const MOST_BYTES = 1024 * 1024 * 1024;
/** One that takes longer tells nothing about the lease any more. */
const MEASURE_MS = 20_000;
/** To fetch what the agent has committed, from one folder of this machine to another. */
const FETCH_MS = 30_000;
const BRANCH = 'refs/heads/work';
const AUTHOR = { name: 'arbiter worker', email: 'worker@arbiter.invalid' };

/** The store of objects and the files of the base commit. Nothing of the source runs: no hook, no filter, no submodule. */
export async function openWorkspace(options: WorkspaceOptions): Promise<Workspace> {
  const base = requireCommitId(options.baseCommit, 'base commit');
  const objectFormat: ObjectFormat = base.length === 64 ? 'sha256' : 'sha1';
  const own = await openWorkspaceGit({ ...options, objectFormat });
  const { git, work, repository } = own;
  await git([...BARE_FETCH, '--', repository.address, `+${base}:${BRANCH}`], { place: `clone of ${base}` });
  await git(['read-tree', '-u', '--reset', base], { place: `checkout of ${base}` });
  await makeClone(options.folder, own, objectFormat);
  return {
    work,
    measure: async () => {
      const aside = await measuring(options.folder, own);
      await take(aside, base);
      return sizeOf(
        await aside.git(
          [
            'diff-index',
            '--cached',
            '--numstat',
            '-z',
            '--no-renames',
            '--no-ext-diff',
            '--no-textconv',
            '--ignore-submodules=all',
            base,
          ],
          { maxOutputBytes: MOST_PATHS },
        ),
      );
    },
    commit: async (message) => {
      const head = (await isUntouched(work, base))
        ? base
        : ((await headOf(own, base, options.confine)) ?? base);
      if (head !== base) await git(['read-tree', '--reset', head]);
      if (!(await take(own, head))) return head;
      const tree = (await git(['write-tree'])).trim();
      if (tree === (await git(['rev-parse', '--verify', `${head}^{tree}`])).trim()) return head;
      return (await git(['commit-tree', '--no-gpg-sign', '-p', head, tree], authored(message))).trim();
    },
    push: async (commit, ref) => {
      // A folder on this machine is pushed to by a process of ours: its hooks are a stranger's.
      const local = repository.localPath !== null;
      await git(
        [
          'push',
          '--quiet',
          '--no-verify',
          '--no-follow-tags',
          '--no-signed',
          '--recurse-submodules=no',
          ...(local ? [`--receive-pack=${RECEIVE_PACK}`] : []),
          '--',
          repository.address,
          `${requireCommitId(commit, 'result')}:${ref}`,
        ],
        { place: `push to ${ref}` },
      );
    },
  };
}

/** An index and a store of objects for one measurement: what it has read is not kept. */
async function measuring(folder: string, own: WorkspaceGit): Promise<WorkspaceGit> {
  const [index, objects] = [join(folder, 'measure.index'), join(folder, 'measure.objects')];
  await rm(objects, { recursive: true, force: true });
  await mkdir(join(objects, 'info'), { recursive: true, mode: 0o700 });
  await writeFile(join(objects, 'info', 'alternates'), `${join(own.gitDir, 'objects')}\n`);
  // Of a measurement that was killed.
  await rm(`${index}.lock`, { force: true });
  await cp(join(folder, 'own.index'), index);
  const env = { GIT_INDEX_FILE: index, GIT_OBJECT_DIRECTORY: objects };
  const unkept = ['-c', 'core.compression=0', '-c', 'core.fsync=none'];
  return {
    ...own,
    git: (args, more) => own.git([...unkept, ...args], { ...more, env, timeoutMs: MEASURE_MS }),
  };
}

/** The agent gets a git folder of its own, with the same objects and the same index: a copy is cheaper than a second fetch. */
async function makeClone(
  folder: string,
  { gitDir, work }: WorkspaceGit,
  format: ObjectFormat,
): Promise<void> {
  const theirs = join(work, '.git');
  await cp(gitDir, theirs, { recursive: true });
  await cp(join(folder, 'own.index'), join(theirs, 'index'));
  await writeFile(join(theirs, 'HEAD'), `ref: ${BRANCH}\n`);
  const user = `[user]\nname = ${AUTHOR.name}\nemail = ${AUTHOR.email}\n`;
  const config = `${coreConfig(format)}[core]\nlogAllRefUpdates = true\n${user}`;
  await writeFile(join(theirs, 'config'), config);
}

/**
 * Brings our index up to the files in the work tree and tells whether they were others. Plumbing alone: `git add` and `git status` would look into nested repositories
 * with a git process that obeys *their* configuration. Nested repositories that are no submodules of the base are left out.
 */
async function take({ git, work }: WorkspaceGit, head: string): Promise<boolean> {
  const place = `changes on ${head}`;
  if (!(await lstat(work)).isDirectory()) throw new Error('the work tree is no folder any more');
  const ask = ['ls-files', '-t', '-z', '--modified', '--deleted', '--others', '--exclude-standard'];
  const listed = (await git(ask, { place, maxOutputBytes: MOST_PATHS })).split('\0');
  const { gone, there } = await sorted(work, listed);
  await refuseTooMuch(work, there, place);
  for (const [how, paths] of [
    [['--force-remove'], gone],
    [['--add', '--remove', '--replace'], there],
  ] as const) {
    if (paths.length === 0) continue;
    const stdin = Buffer.from(`${paths.join('\0')}\0`);
    await git(['update-index', ...how, '-z', '--stdin'], { place, stdin });
  }
  return gone.length + there.length > 0;
}

/** Lines `R path` (removed), `C path` (changed, removed ones too), `? path` (new; a nested repository ends in a slash). */
async function sorted(work: string, listed: readonly string[]): Promise<{ gone: string[]; there: string[] }> {
  const gone = new Set(listed.filter((line) => line.startsWith('R ')).map((line) => line.slice(2)));
  const there: string[] = [];
  for (const line of listed) {
    const path = line.slice(2);
    if (path === '' || path.endsWith('/') || gone.has(path)) continue;
    if (line.startsWith('C ') && (await isPlainFolder(join(work, path)))) gone.add(path);
    else there.push(path);
  }
  return { gone: [...gone], there };
}

async function refuseTooMuch(work: string, paths: readonly string[], place: string): Promise<void> {
  let bytes = 0;
  for (const path of paths) bytes += (await lstat(join(work, path)).catch(() => undefined))?.size ?? 0;
  if (bytes <= MOST_BYTES) return;
  throw new GitError({
    code: 'DIFF_TOO_LARGE',
    place,
    expected: `changed files of at most ${MOST_BYTES} bytes together`,
    found: `${bytes} bytes`,
    repair: 'Change less; list what is generated in .gitignore.',
  });
}

/** A folder where the base has a file; not the folder of a submodule. */
async function isPlainFolder(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined);
  if (found?.isDirectory() !== true) return false;
  return (await lstat(join(path, '.git')).catch(() => undefined)) === undefined;
}

/** The agent has not committed: its branch still is at the base. Saves two processes for most of them. */
async function isUntouched(work: string, base: string): Promise<boolean> {
  const read = async (name: string): Promise<string | undefined> =>
    (await readHostileFile(join(work, '.git', name), 200))?.toString('latin1').trim();
  return (await read('HEAD')) === `ref: ${BRANCH}` && (await read(BRANCH)) === base;
}

/** The agent's HEAD, with its objects brought over; undefined where its git folder is gone or broken, or its history another one. */
async function headOf(
  { git, work }: WorkspaceGit,
  base: string,
  confine: WorkspaceOptions['confine'] = (argv) => argv,
): Promise<string | undefined> {
  const theirs = join(work, '.git');
  const target = 'refs/arbiter/agent';
  try {
    if (!(await isOwnRepository(theirs))) return undefined;
    await git(
      [
        ...BARE_FETCH,
        `--upload-pack=${confine(['git', 'upload-pack']).map(quoted).join(' ')}`,
        '--',
        theirs,
        `+HEAD:${target}`,
      ],
      { timeoutMs: FETCH_MS },
    );
    const head = (await git(['rev-parse', '--verify', `${target}^{commit}`])).trim();
    await git(['merge-base', '--is-ancestor', base, head]);
    return head;
  } catch {
    // What it had committed is still in its files; only the history is lost.
    return undefined;
  }
}

/** git gives it to a shell. */
function quoted(argument: string): string {
  return `'${argument.replaceAll("'", "'\\''")}'`;
}

function sizeOf(numstat: string): DiffStat {
  const lines = numstat.split('\0').filter((line) => line !== '');
  const sum = (column: number): number =>
    lines.reduce((total, line) => total + (Number.parseInt(line.split('\t')[column] ?? '', 10) || 0), 0);
  return { files: lines.length, insertions: sum(0), deletions: sum(1) };
}

const authored = (message: string) => ({
  stdin: Buffer.from(message),
  env: {
    GIT_AUTHOR_NAME: AUTHOR.name,
    GIT_AUTHOR_EMAIL: AUTHOR.email,
    GIT_COMMITTER_NAME: AUTHOR.name,
    GIT_COMMITTER_EMAIL: AUTHOR.email,
  },
});
