import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { GitError, gitWords } from './errors.js';
import { runGit, type RunOptions } from './run.js';

/** What is written otherwise than the commit has it. */
export interface CheckoutChanges {
  /** Paths that are left out, such as those that a command will write. */
  readonly without?: readonly string[];
  /** Entries taken from another commit of the store. */
  readonly restored?: readonly { readonly path: string; readonly mode: string; readonly id: string }[];
}

/** A checkout may take longer than a question. */
const PATIENCE_MS = 120_000;

/**
 * Writes the tree of a commit into a folder, with an index of its own that goes afterwards. git refuses to write through a symbolic link
 * and into `.git`; attributes of the tree may change line ends, but no filter is configured that they could start.
 */
export async function checkOut(
  commit: string,
  folder: string,
  changes: CheckoutChanges,
  run: RunOptions,
): Promise<void> {
  const index = join(run.cwd, `index-${randomBytes(6).toString('hex')}`);
  const place = `checkout of ${commit}`;
  const env = { ...run.env, GIT_INDEX_FILE: index, GIT_WORK_TREE: folder };
  const step = async (args: readonly string[]): Promise<void> => {
    const { status, stderr } = await runGit(['-c', 'core.symlinks=true', '-c', 'core.bare=false', ...args], {
      ...run,
      timeoutMs: Math.max(run.timeoutMs, PATIENCE_MS),
      env,
      cwd: folder,
      place,
    });
    if (status === 0) return;
    throw new GitError({
      code: 'GIT_FAILED',
      place,
      expected: 'the files of the commit',
      found: gitWords(stderr),
      repair: 'Check that the folder can be written and that the disk has room.',
    });
  };
  try {
    await step(['read-tree', commit]);
    // One by one: a path is data here, and never a pattern.
    for (const path of changes.without ?? []) await step(['update-index', '--force-remove', '--', path]);
    for (const { path, mode, id } of changes.restored ?? []) {
      await step(['update-index', '--add', '--replace', '--cacheinfo', `${mode},${id},${path}`]);
    }
    await step(['checkout-index', '--all', '--force', '--quiet']);
  } finally {
    await Promise.all([rm(index, { force: true }), rm(`${index}.lock`, { force: true })]);
  }
}
