import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { AssignmentOffered } from '../../../src/events/generated/events.js';

type Files = Readonly<Record<string, string>>;

export interface TestRepository {
  readonly folder: string;
  /** The first commit. */
  readonly base: string;
  /** A commit on top of the base that writes these files; returns its id. */
  commit(files: Files): string;
  /** What a worker's push leaves behind; returns the ref. */
  push(offer: AssignmentOffered, commit: string): string;
  remove(): Promise<void>;
}

/** A real git repository with one commit. */
export const makeRepository = (files: Files): TestRepository => {
  const folder = mkdtempSync(path.join(tmpdir(), 'arbiter-test-repo-'));
  const git = (...args: string[]): string =>
    execFileSync('git', args, {
      cwd: folder,
      encoding: 'utf8',
      env: {
        PATH: process.env['PATH'] ?? '',
        GIT_CONFIG_GLOBAL: '/dev/null',
        GIT_CONFIG_NOSYSTEM: '1',
        GIT_AUTHOR_NAME: 'test',
        GIT_AUTHOR_EMAIL: 'test@localhost',
        GIT_COMMITTER_NAME: 'test',
        GIT_COMMITTER_EMAIL: 'test@localhost',
      },
    }).trim();
  const write = (written: Files): string => {
    for (const [name, text] of Object.entries(written)) {
      mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
      writeFileSync(path.join(folder, name), text);
    }
    git('add', '-A');
    git('commit', '-q', '-m', 'files');
    return git('rev-parse', 'HEAD');
  };
  git('init', '-q', '-b', 'main');
  const base = write(files);
  return {
    folder,
    base,
    commit: (changed) => {
      git('reset', '-q', '--hard', base);
      return write(changed);
    },
    push: ({ taskId, attempt, token }, commit) => {
      const ref = `refs/arbiter/${taskId}/${attempt}-${token}`;
      git('update-ref', ref, commit);
      return ref;
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
};
