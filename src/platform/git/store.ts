import { createHash, randomBytes } from 'node:crypto';
import { access, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileChange, Twin } from '../../aggregates/constitution/index.js';
import { isAncestorOf } from './ancestry.js';
import type { DiffLimits } from './diffs.js';
import { Diffs } from './diffs.js';
import { gitConfig, gitEnvironment } from './environment.js';
import { GitError, gitWords } from './errors.js';
import { fetchRef } from './fetch.js';
import { requireFitGit } from './fitness.js';
import { Objects } from './objects.js';
import { Patches, type Patch } from './patches.js';
import type { Protocol } from './repository.js';
import { DEFAULT_PROTOCOLS, parseRepository } from './repository.js';
import { checkOut, type CheckoutChanges } from './checkout.js';
import { isCommitId, requireCommitId, requireRefName } from './revision.js';
import type { RunOptions } from './run.js';
import { runGit } from './run.js';
import { findTwins } from './twins.js';

export interface StoreOptions {
  /** Folder of all stores; each repository has its own below it. */
  readonly folder: string;
  /** As the request names it: an absolute path or an address. */
  readonly repository: string;
  readonly protocols?: readonly Protocol[];
  readonly limits?: Partial<DiffLimits & { readonly timeoutMs: number }>;
  /** Where the allow-listed variables come from; `process.env` by default. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

export interface FetchedCommit {
  /** The full id that the worker reported. */
  readonly commit: string;
  /** The ref it pushed to; without it the id itself is asked for. */
  readonly ref?: string;
  /** A commit both sides have: makes the fetch cheap. */
  readonly base?: string;
}

/** A bare repository of our own for one repository of somebody else (architecture 5). Everything in it is hostile input. */
export interface GitStore {
  /** The commit id that a branch, tag, ref or commit id means now. Fetches it. @throws GitError REVISION_NOT_FOUND … */
  resolve(revision: string): Promise<string>;
  /** Fetches the result and makes sure that the ref means the reported id. @throws GitError COMMIT_MISMATCH … */
  fetchCommit(want: FetchedCommit): Promise<string>;
  isAncestor(base: string, commit: string): Promise<boolean>;
  /** @throws GitError NOT_ANCESTOR */
  requireAncestor(base: string, commit: string): Promise<void>;
  /** The bytes of a file of a commit, or null if the commit has none there. A symbolic link is its own text. @throws GitError NOT_A_FILE, FILE_TOO_LARGE */
  readFile(commit: string, path: string, maxBytes: number): Promise<Buffer | null>;
  /** Whether a commit has a file there. @throws GitError NOT_A_FILE for a path that is none */
  exists(commit: string, path: string): Promise<boolean>;
  /** @throws GitError DIFF_TOO_LARGE, … and never an empty list for a failure */
  diff(base: string, commit: string): Promise<FileChange[]>;
  /**
   * Names in a commit that are the same as one of these paths where case or Unicode form does not matter, and are not that path.
   * @throws GitError FILE_TOO_LARGE for a folder beyond all measure, …
   */
  twins(commit: string, paths: readonly string[]): Promise<Twin[]>;
  /** The same change as text, without context lines. @throws GitError DIFF_TOO_LARGE, … */
  patch(base: string, commit: string): Promise<Patch>;
  /** The bytes of a blob of the store. @throws GitError FILE_TOO_LARGE, NOT_A_FILE */
  readBlob(id: string, maxBytes: number): Promise<Buffer>;
  /** Writes the files of a commit into an empty folder: no repository, no hooks, no filters; links as links. */
  checkout(commit: string, folder: string, changes?: CheckoutChanges): Promise<void>;
  /** The id of what lies at a path of a commit, or null. */
  idOf(commit: string, path: string): Promise<string | null>;
  /** Ids of the long-lived git processes that run now. */
  processes(): number[];
  /** Ends the processes of this store; its folder stays. */
  close(): Promise<void>;
}

const LIMITS = { maxFiles: 10_000, maxBytes: 16 * 1024 * 1024, timeoutMs: 30_000 };

/** Opens, and if need be makes, the store of a repository. @throws GitError REPOSITORY_REFUSED, GIT_MISSING, GIT_UNFIT, GIT_FAILED */
export async function openStore(options: StoreOptions): Promise<GitStore> {
  const protocols = options.protocols ?? DEFAULT_PROTOCOLS;
  const repository = parseRepository(options.repository, protocols);
  const limits = { ...LIMITS, ...options.limits };
  const from = options.env ?? process.env;
  await requireFitGit(from);
  const name = createHash('sha256').update(repository.address).digest('hex').slice(0, 32);
  const home = join(options.folder, name);
  const gitDir = join(home, 'store.git');
  const configFile = join(home, 'git.config');
  await mkdir(home, { recursive: true, mode: 0o700 });
  await replaceFile(configFile, gitConfig(repository, protocols));
  const env = {
    ...gitEnvironment({ configFile, protocols, from }),
    GIT_DIR: gitDir,
  };
  const run: RunOptions = {
    env,
    cwd: home,
    timeoutMs: limits.timeoutMs,
    place: `store of ${gitWords(repository.address)}`,
  };
  await makeStore(gitDir, run);

  const objects = new Objects(run);
  const diffs = new Diffs(run, objects);
  const patches = new Patches(run, objects);
  const incoming = `refs/arbiter/incoming-${randomBytes(6).toString('hex')}`;
  let fetches: Promise<unknown> = Promise.resolve();

  /** One fetch at a time for each repository, and the ref is read before the next one moves it. */
  const fetchTo = (source: string, known: { readonly have?: string } = {}): Promise<string> => {
    const fetched = fetches.then(async () => {
      await fetchRef({ repository, source, target: incoming, ...known }, run);
      const commit = await objects.info(`${incoming}^{commit}`);
      if (commit?.type === 'commit') return commit.id;
      throw notFound(source, 'something that is no commit');
    });
    fetches = fetched.catch(() => undefined);
    return fetched;
  };

  const has = async (commit: string): Promise<boolean> => (await objects.info(commit))?.type === 'commit';

  const isAncestor = async (base: string, commit: string): Promise<boolean> =>
    isAncestorOf(requireCommitId(base, 'base'), requireCommitId(commit, 'result'), objects, run);

  return {
    async resolve(revision) {
      if (!isCommitId(revision)) return fetchTo(requireRefName(revision, 'revision'));
      return (await has(revision)) ? revision : fetchTo(revision);
    },
    async fetchCommit({ commit, ref, base }) {
      requireCommitId(commit, 'reported commit');
      const source = ref === undefined ? commit : requireRefName(ref, 'reported ref');
      const known = base !== undefined && (await has(requireCommitId(base, 'base'))) ? { have: base } : {};
      const found = await fetchTo(source, known);
      if (found === commit) return commit;
      throw new GitError({
        code: 'COMMIT_MISMATCH',
        place: `ref ${source}`,
        expected: `the reported commit ${commit}`,
        found,
        repair: 'Push the commit that is reported, and report the commit that was pushed.',
      });
    },
    isAncestor,
    async requireAncestor(base, commit) {
      if (await isAncestor(base, commit)) return;
      throw new GitError({
        code: 'NOT_ANCESTOR',
        place: `result ${commit}`,
        expected: `the base ${base} among its ancestors`,
        found: 'another history',
        repair: 'Start from the base commit and add commits on top of it.',
      });
    },
    async readFile(commit, path, maxBytes) {
      const name = `${requireCommitId(commit, 'commit')}:${requirePath(path)}`;
      const found = await objects.read(name, maxBytes);
      if (found === null) {
        if (await has(commit)) return null;
        throw notFound(commit, 'no such commit in the store');
      }
      if (found.info.type === 'blob') return found.bytes;
      throw new GitError({
        code: 'NOT_A_FILE',
        place: name,
        expected: 'a file',
        found: `a ${found.info.type}`,
        repair: 'Name a file.',
      });
    },
    async exists(commit, path) {
      const found = await objects.info(`${requireCommitId(commit, 'commit')}:${requirePath(path)}`);
      return found?.type === 'blob';
    },
    diff: async (base, commit) =>
      diffs.between(requireCommitId(base, 'base'), requireCommitId(commit, 'result'), limits),
    twins: (commit, paths) => findTwins(objects, requireCommitId(commit, 'result'), paths, limits.maxBytes),
    patch: async (base, commit) =>
      patches.between(requireCommitId(base, 'base'), requireCommitId(commit, 'result'), limits),
    async readBlob(id, maxBytes) {
      const found = await objects.read(requireCommitId(id, 'blob'), maxBytes);
      if (found?.info.type === 'blob') return found.bytes;
      throw notFound(id, found === null ? 'no such object' : `a ${found.info.type}`);
    },
    checkout: async (commit, folder, changes = {}) =>
      checkOut(requireCommitId(commit, 'commit'), folder, changes, run),
    idOf: async (commit, path) =>
      (await objects.info(`${requireCommitId(commit, 'commit')}:${requirePath(path)}`))?.id ?? null,
    processes: () =>
      [objects, diffs, patches]
        .map(({ conversation }) => conversation.pid)
        .filter((pid) => pid !== undefined),
    async close() {
      await fetches;
      await Promise.all([objects, diffs, patches].map(({ conversation }) => conversation.close()));
      await runGit(['update-ref', '-d', incoming], run).catch(() => undefined);
    },
  };
}

/** Made aside and moved into place, so that a store is there whole or not at all, whoever else makes it. */
async function makeStore(gitDir: string, run: RunOptions): Promise<void> {
  if (await exists(join(gitDir, 'HEAD'))) return;
  const aside = `${gitDir}.${randomBytes(6).toString('hex')}`;
  // HEAD names a branch that never exists: attributes are never read from a tree of ours.
  const args = ['init', '--quiet', '--bare', '--template=', '--initial-branch=arbiter-none', aside];
  const { status, stderr } = await runGit(args, { ...run, env: { ...run.env, GIT_DIR: aside } });
  if (status !== 0) {
    throw new GitError({
      code: 'GIT_FAILED',
      place: run.place,
      expected: `a new bare repository in ${gitDir}`,
      found: gitWords(stderr),
      repair: 'Check that the folder can be written and that the disk has room.',
    });
  }
  await rename(aside, gitDir).catch(async (error: unknown) => {
    await rm(aside, { recursive: true, force: true });
    if (!(await exists(join(gitDir, 'HEAD')))) throw error;
  });
}

async function replaceFile(path: string, text: string): Promise<void> {
  const aside = `${path}.${randomBytes(6).toString('hex')}`;
  await writeFile(aside, text, { mode: 0o600 });
  await rename(aside, path);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function requirePath(path: string): string {
  const odd = path === '' || path.length > 4_096 || path.startsWith('/') || path.includes('\\');
  // eslint-disable-next-line no-control-regex -- a line break would be a second question to git
  if (!odd && !/[\u0000-\u001f\u007f]/u.test(path) && !path.split('/').includes('..')) return path;
  throw new GitError({
    code: 'NOT_A_FILE',
    place: `path ${JSON.stringify(path.slice(0, 100))}`,
    expected: 'a relative path without `..`, backslash or control character',
    found: 'another kind of path',
    repair: 'Name the file from the root of the repository.',
  });
}

function notFound(source: string, found: string): GitError {
  return new GitError({
    code: 'REVISION_NOT_FOUND',
    place: `revision ${source}`,
    expected: 'a commit',
    found,
    repair: 'Name a branch, a tag or a commit that is in the repository.',
  });
}
