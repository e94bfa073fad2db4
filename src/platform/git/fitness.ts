import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gitEnvironment } from './environment.js';
import { GitError, NEEDED_GIT } from './errors.js';
import { runGit } from './run.js';

const MISSING = '1'.repeat(40);
const CONFIG = `[core]
repositoryFormatVersion = 1
bare = true
[extensions]
partialClone = elsewhere
[remote "elsewhere"]
url = /nowhere
promisor = true
`;

const found = new Map<string, Promise<void>>();

/**
 * Makes sure, once for a PATH, that git can do what we ask of it and leave what we forbid. A repository may say that its missing objects are to
 * be fetched, and with which command; only a git that obeys GIT_NO_LAZY_FETCH is safe to read it. Tried out rather than read from
 * the version, for distributions repair older ones.
 * @throws GitError GIT_UNFIT, GIT_MISSING
 */
export function requireFitGit(from: Readonly<Record<string, string | undefined>>): Promise<void> {
  const path = from['PATH'] ?? '';
  const known = found.get(path) ?? tryOut(from);
  found.set(path, known);
  known.catch(() => found.delete(path));
  return known;
}

async function tryOut(from: Readonly<Record<string, string | undefined>>): Promise<void> {
  const cwd = await mkdtemp(join(tmpdir(), 'arbiter-git-'));
  try {
    for (const name of ['objects', 'refs']) await mkdir(join(cwd, name));
    await writeFile(join(cwd, 'HEAD'), 'ref: refs/heads/none\n');
    await writeFile(join(cwd, 'config'), CONFIG);
    const env = { ...gitEnvironment({ configFile: '/dev/null', protocols: [], from }), GIT_DIR: cwd };
    const run = { env, cwd, timeoutMs: 20_000, place: 'git' };
    const reading = await runGit(['cat-file', '--batch-command'], run);
    if (reading.status !== 0) throw unfit('one that does not know `git cat-file --batch-command`');
    // No protocol is allowed, so that one which tries all the same fetches nothing.
    const { stderr } = await runGit(['cat-file', '-e', MISSING], run);
    if (stderr.includes('not allowed')) throw unfit('one that does not obey GIT_NO_LAZY_FETCH');
  } finally {
    await rm(cwd, { recursive: true, force: true });
  }
}

function unfit(found: string): GitError {
  return new GitError({
    code: 'GIT_UNFIT',
    place: 'git',
    expected: `${NEEDED_GIT} with the repairs of May 2024, as 2.45.1 has them`,
    found,
    repair: 'Update git: a hostile repository could start commands through it.',
  });
}
