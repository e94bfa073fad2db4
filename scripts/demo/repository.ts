import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { EXAMPLES } from './places.js';

export interface Repository {
  readonly folder: string;
  /** The commit that every task starts from. */
  readonly base: string;
  remove(): Promise<void>;
}

/** A real git repository with the example project in it, in a temporary folder; nobody's git settings have a say. */
export const makeRepository = async (): Promise<Repository> => {
  const folder = mkdtempSync(path.join(tmpdir(), 'arbiter-demo-'));
  cpSync(path.join(EXAMPLES, 'project'), folder, { recursive: true });
  const git = (...args: readonly string[]): Promise<{ readonly stdout: string }> =>
    execa('git', args, {
      cwd: folder,
      stdin: 'ignore',
      env: { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' },
    });
  await git('init', '--quiet', '--initial-branch=main');
  await git('add', '--all');
  const who = ['-c', 'user.name=Arbiter demo', '-c', 'user.email=demo@example.invalid'];
  await git(...who, 'commit', '--quiet', '--message', 'The project as it was');
  const { stdout: base } = await git('rev-parse', 'HEAD');
  return {
    folder,
    base,
    remove: () => {
      rmSync(folder, { recursive: true, force: true });
      return Promise.resolve();
    },
  };
};
