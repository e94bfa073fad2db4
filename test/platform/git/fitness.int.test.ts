import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { GitError, openStore, requireFitGit } from '../../../src/platform/git/index.js';
import { makeRepository, removeFolder, temporaryFolder } from './repositories.js';

describe('the git of this machine', () => {
  let folder = '';
  const git = execFileSync('sh', ['-c', 'command -v git']).toString().trim();
  beforeEach(() => {
    folder = temporaryFolder();
    mkdirSync(join(folder, 'bin'));
  });
  afterEach(() => removeFolder(folder));

  /** The PATH with another git in front. */
  const withGit = (script: string): NodeJS.ProcessEnv => {
    writeFileSync(join(folder, 'bin', 'git'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    return { ...process.env, PATH: `${join(folder, 'bin')}:${process.env['PATH'] ?? ''}` };
  };
  const refusal = (env: NodeJS.ProcessEnv): Promise<unknown> =>
    requireFitGit(env).then(
      () => undefined,
      (error: unknown) => error,
    );

  it('is fit', () => requireFitGit(process.env));

  it('one that fetches what a repository misses is refused, before it opens a store', async () => {
    const env = withGit(`unset GIT_NO_LAZY_FETCH; exec ${git} "$@"`);
    expect(await refusal(env))
      .to.be.instanceOf(GitError)
      .and.include({ code: 'GIT_UNFIT', transient: true });
    const { folder: repository } = makeRepository(join(folder, 'repository'));
    const opened = await openStore({ folder: join(folder, 'stores'), repository, env }).catch(
      (error: unknown) => error,
    );
    expect(opened).to.include({ code: 'GIT_UNFIT' });
  });

  it('one that is too old, or missing, is told as such', async () => {
    expect(await refusal(withGit('exit 129'))).to.include({ code: 'GIT_UNFIT' });
    expect(await refusal({ PATH: '/nowhere' })).to.include({ code: 'GIT_MISSING' });
  });
});
