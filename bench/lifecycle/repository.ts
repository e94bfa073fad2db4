import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { InstantAgent } from './client.js';

export interface BenchRepository {
  readonly folder: string;
  readonly base: string;
  readonly agent: InstantAgent;
}

const git = (folder: string, ...args: string[]): string =>
  execFileSync('git', args, {
    cwd: folder,
    encoding: 'utf8',
    env: {
      PATH: process.env.PATH ?? '',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_AUTHOR_NAME: 'bench',
      GIT_AUTHOR_EMAIL: 'bench@localhost',
      GIT_COMMITTER_NAME: 'bench',
      GIT_COMMITTER_EMAIL: 'bench@localhost',
    },
  }).trim();

/**
 * A repository of 1,000 files with a commit that changes 10 of them. The instant agent "pushes" that commit by writing the
 * ref that a worker would push to, so that what is timed is Arbiter's fetch, ancestry and diff, not a worker's git.
 */
export const makeRepository = (): BenchRepository => {
  const folder = mkdtempSync(path.join(tmpdir(), 'arbiter-bench-repo-'));
  git(folder, 'init', '-q', '-b', 'main');
  for (let i = 0; i < 1000; i++) {
    const dir = path.join(folder, 'src', `module-${i % 40}`);
    mkdirSync(dir, { recursive: true });
    writeFileSync(path.join(dir, `file-${i}.ts`), `export const value${i} = ${i};\n`.repeat(20));
  }
  git(folder, 'add', '-A');
  git(folder, 'commit', '-q', '-m', 'base');
  const base = git(folder, 'rev-parse', 'HEAD');
  for (let i = 0; i < 10; i++) {
    const file = path.join(folder, 'src', `module-${i % 40}`, `file-${i}.ts`);
    writeFileSync(file, `export const value${i} = ${i + 1};\n`.repeat(20));
  }
  git(folder, 'commit', '-q', '-a', '-m', 'ten files');
  const commit = git(folder, 'rev-parse', 'HEAD');
  git(folder, 'reset', '-q', '--hard', base);
  const agent: InstantAgent = ({ taskId, attempt, token }) => {
    const ref = `refs/arbiter/${taskId}/${attempt}-${token}`;
    const file = path.join(folder, '.git', ref);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, `${commit}\n`);
    return Promise.resolve({ commit, ref });
  };
  return { folder, base, agent };
};
