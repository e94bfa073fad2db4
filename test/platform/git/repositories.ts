import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A real repository in a temporary folder, made with the machine's git and no configuration of its user. */
export interface TestRepository {
  readonly folder: string;
  git(...args: string[]): string;
  write(path: string, text: string | Buffer): void;
  /** Commits everything and returns the id. */
  commit(message?: string): string;
  /** Commits on a detached base, pushes nothing, and names the result as a worker would. */
  publish(ref: string): string;
}

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'arbiter-git-'));
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

export function makeRepository(folder: string): TestRepository {
  mkdirSync(folder, { recursive: true });
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: folder,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_AUTHOR_NAME: 'a',
    GIT_AUTHOR_EMAIL: 'a@example.com',
    GIT_COMMITTER_NAME: 'a',
    GIT_COMMITTER_EMAIL: 'a@example.com',
  };
  const git = (...args: string[]): string =>
    execFileSync('git', args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'ignore'] })
      .toString()
      .trim();
  git('init', '--quiet', '--initial-branch=main');
  const commit = (message = 'change'): string => {
    git('add', '--all', '--force');
    git('commit', '--quiet', '--no-verify', '--allow-empty', '--message', message);
    return git('rev-parse', 'HEAD');
  };
  return {
    folder,
    git,
    write(path, text) {
      const file = join(folder, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    },
    commit,
    publish(ref) {
      const id = commit(ref);
      git('update-ref', ref, id);
      return id;
    },
  };
}
