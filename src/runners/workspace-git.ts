import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gitConfig, gitEnvironment, type Environment } from '../platform/git/environment.js';
import { GitError, gitWords } from '../platform/git/errors.js';
import { requireFitGit } from '../platform/git/fitness.js';
import {
  DEFAULT_PROTOCOLS,
  parseRepository,
  type Protocol,
  type Repository,
} from '../platform/git/repository.js';
import { execute, type Executed } from './execute.js';

/**
 * Arbiter's own git at one run: a git folder and an index that the agent never touches, with the agent's folder as its work tree.
 * So whatever the agent writes into its clone (hooks, configuration, filters), no command here reads it.
 */
export interface WorkspaceGit {
  readonly repository: Repository;
  readonly gitDir: string;
  readonly work: string;
  /** Runs git to its end and returns what it printed. @throws GitError */
  readonly git: (args: readonly string[], options?: GitOptions) => Promise<string>;
}

export interface GitOptions {
  readonly place?: string;
  readonly stdin?: Buffer;
  readonly env?: Readonly<Record<string, string>>;
  readonly maxOutputBytes?: number;
  readonly timeoutMs?: number;
}

export type ObjectFormat = 'sha1' | 'sha256';

export interface WorkspaceGitOptions {
  readonly folder: string;
  readonly repository: string;
  readonly objectFormat: ObjectFormat;
  readonly protocols?: readonly Protocol[];
  readonly from: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

const MOST_OUTPUT = 16 * 1024;
const MOST_ERRORS = 16 * 1024;

export async function openWorkspaceGit(options: WorkspaceGitOptions): Promise<WorkspaceGit> {
  const protocols = options.protocols ?? DEFAULT_PROTOCOLS;
  const repository = parseRepository(options.repository, protocols);
  await requireFitGit(options.from);
  const { folder } = options;
  const [gitDir, work, configFile] = [
    join(folder, 'own.git'),
    join(folder, 'work'),
    join(folder, 'git.config'),
  ];
  await mkdir(work, { mode: 0o700 });
  await makeGitDir(gitDir, options.objectFormat);
  // Programs expect real links in their clone; git itself follows none of them when it writes.
  await writeFile(configFile, `${gitConfig(repository, protocols)}[core]\nsymlinks = true\n`, {
    mode: 0o600,
  });
  const env: Environment = {
    ...gitEnvironment({ configFile, protocols, from: options.from }),
    GIT_DIR: gitDir,
    GIT_WORK_TREE: work,
    GIT_INDEX_FILE: join(folder, 'own.index'),
  };
  const git: WorkspaceGit['git'] = async (args, more = {}) => {
    const place = more.place ?? `git ${args[0] ?? ''}`;
    const timeoutMs = Math.min(more.timeoutMs ?? options.timeoutMs, options.timeoutMs);
    const maxOutputBytes = more.maxOutputBytes ?? MOST_OUTPUT;
    const run = await execute({
      argv: ['git', ...args],
      cwd: folder,
      env: { ...env, ...more.env },
      stdin: more.stdin ?? null,
      timeoutMs,
      graceMs: 500,
      maxOutputBytes,
      maxErrorBytes: MOST_ERRORS,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    if (run.exitCode === 0 && !run.truncated) return run.output.toString('utf8');
    throw failureOf(run, place, timeoutMs, maxOutputBytes);
  };
  return { repository, gitDir, work, git };
}

function failureOf(run: Executed, place: string, timeoutMs: number, most: number): GitError {
  const expected = 'git to do it';
  if (run.timedOut) {
    const found = `it was still running after ${timeoutMs} ms`;
    return new GitError({
      code: 'GIT_TIMEOUT',
      place,
      expected,
      found,
      repair: 'Try again, or allow it longer.',
    });
  }
  if (run.truncated && run.exitCode === 0) {
    const repair = 'Change fewer files; list what is generated in .gitignore.';
    return new GitError({
      code: 'DIFF_TOO_LARGE',
      place,
      expected: `at most ${most} bytes of paths`,
      found: 'more',
      repair,
    });
  }
  const repair = 'Look at what git says: the address, the rights, the room on the disk.';
  return new GitError({
    code: 'GIT_FAILED',
    place,
    expected,
    found: gitWords(run.errors.toString('utf8')),
    repair,
  });
}

/** The least that is a repository; no template of the machine gets in. */
async function makeGitDir(gitDir: string, format: ObjectFormat): Promise<void> {
  await mkdir(join(gitDir, 'objects'), { recursive: true, mode: 0o700 });
  await mkdir(join(gitDir, 'refs'), { mode: 0o700 });
  await writeFile(join(gitDir, 'HEAD'), 'ref: refs/heads/none\n');
  await writeFile(join(gitDir, 'config'), coreConfig(format));
}

export const coreConfig = (format: ObjectFormat): string =>
  format === 'sha256'
    ? '[core]\nrepositoryFormatVersion = 1\nbare = false\n[extensions]\nobjectFormat = sha256\n'
    : '[core]\nrepositoryFormatVersion = 0\nbare = false\n';
