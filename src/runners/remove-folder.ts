import { rm } from 'node:fs/promises';
import { execute } from './execute.js';

const PATIENCE_MS = 60_000;

/** Removes what a stranger's program wrote, which may have taken its own rights away, or be nested deeper than a path is long. */
export async function removeFolder(folder: string): Promise<void> {
  try {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  } catch (error) {
    // Both go from folder to folder, and follow no link.
    await ended(['chmod', '-R', 'u+rwX', '--', folder]);
    if (!(await ended(['rm', '-rf', '--', folder]))) throw error;
  }
}

async function ended(argv: readonly string[]): Promise<boolean> {
  const env = { PATH: process.env['PATH'] ?? '' };
  const limits = { timeoutMs: PATIENCE_MS, graceMs: 500 };
  return (await execute({ argv, cwd: '/', env, stdin: null, ...limits })).exitCode === 0;
}
