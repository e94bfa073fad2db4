import { lstat } from 'node:fs/promises';
import { join } from 'node:path';

/** What git reads of a repository before it opens the first object, and what it has to be. */
const EXPECTED = {
  '.': ['folder'],
  objects: ['folder'],
  refs: ['folder'],
  HEAD: ['file'],
  config: ['file', 'nothing'],
  'config.worktree': ['file', 'nothing'],
  'packed-refs': ['file', 'nothing'],
  shallow: ['file', 'nothing'],
  // They send git to another repository.
  commondir: ['nothing'],
  'objects/info/alternates': ['nothing'],
} as const;

/** Whether an agent's git folder is what it was given: files and folders of its own, no link or pipe, no word of another one. */
export async function isOwnRepository(gitDir: string): Promise<boolean> {
  const checks = Object.entries(EXPECTED).map(async ([name, expected]) => {
    const found = await kindOf(join(gitDir, name));
    return expected.some((kind) => kind === found);
  });
  return (await Promise.all(checks)).every(Boolean);
}

async function kindOf(path: string): Promise<'folder' | 'file' | 'nothing' | 'other'> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return 'nothing';
  return found.isDirectory() ? 'folder' : found.isFile() ? 'file' : 'other';
}
