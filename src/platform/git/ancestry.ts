import { GitError, gitWords } from './errors.js';
import type { Objects } from './objects.js';
import type { RunOptions } from './run.js';
import { runGit } from './run.js';

const NEAR = 32;
const MAX_COMMIT = 1024 * 1024;

/** Whether base is an ancestor of commit (or the same). The near history is read without a process; git decides about the rest. */
export async function isAncestorOf(
  base: string,
  commit: string,
  objects: Objects,
  options: RunOptions,
): Promise<boolean> {
  if (base === commit) return true;
  const seen = new Set<string>([commit]);
  const next = [commit];
  for (let i = 0; i < NEAR; i += 1) {
    const id = next.shift();
    if (id === undefined) return false;
    for (const parent of await parentsOf(id, objects)) {
      if (parent === base) return true;
      if (seen.has(parent)) continue;
      seen.add(parent);
      next.push(parent);
    }
  }
  const { status, stderr } = await runGit(['merge-base', '--is-ancestor', base, commit], options);
  if (status === 0 || status === 1) return status === 0;
  throw new GitError({
    code: 'GIT_FAILED',
    place: `ancestry of ${base} and ${commit}`,
    expected: 'git merge-base to decide',
    found: gitWords(stderr),
    repair: 'Fetch both commits and try again.',
  });
}

async function parentsOf(id: string, objects: Objects): Promise<string[]> {
  const commit = await objects.read(id, MAX_COMMIT);
  if (commit?.info.type !== 'commit') {
    throw new GitError({
      code: 'GIT_FAILED',
      place: `commit ${id}`,
      expected: 'a commit in the store',
      found: commit === null ? 'no such object' : `a ${commit.info.type}`,
      repair: 'Fetch the commit first; a shallow repository cannot be judged.',
    });
  }
  const header = commit.bytes.toString('latin1').split('\n\n', 1)[0] ?? '';
  return [...header.matchAll(/^parent ([0-9a-f]{40,64})$/gmu)].map((found) => found[1] ?? '');
}
