import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { openStore } from '../../../src/platform/git/index.js';
import type { GitStore } from '../../../src/platform/git/index.js';
import { makeRepository, removeFolder, temporaryFolder } from './repositories.js';
import type { TestRepository } from './repositories.js';

const REF = 'refs/arbiter/task-1/1-42';

/** Every place where a repository can name a command leads to a program that leaves a mark; no mark may be there afterwards. */
describe('git store (hostile repositories)', () => {
  let folder: string;
  let marks: string;
  let source: TestRepository;
  let base: string;
  let stores: GitStore[];

  const bomb = (name: string): string => {
    const file = join(folder, `bomb-${name}`);
    writeFileSync(file, `#!/bin/sh\ntouch ${join(marks, name)}\n`);
    chmodSync(file, 0o755);
    return file;
  };

  beforeEach(() => {
    folder = temporaryFolder();
    marks = join(folder, 'marks');
    mkdirSync(marks);
    source = makeRepository(join(folder, 'source'));
    for (let i = 0; i < 10; i += 1) source.write(`src/f${i}.txt`, 'one\ntwo\n');
    base = source.commit('base');
    stores = [];
  });

  afterEach(async () => {
    await Promise.all(stores.map((store) => store.close()));
    removeFolder(folder);
  });

  async function judge(env?: Record<string, string>): Promise<string[]> {
    const store = await openStore({
      folder: join(folder, 'stores'),
      repository: source.folder,
      ...(env === undefined ? {} : { env: { ...process.env, ...env } }),
    });
    stores.push(store);
    await store.resolve('main');
    await store.resolve(base);
    const result = source.git('rev-parse', REF);
    await store.fetchCommit({ commit: result, ref: REF, base });
    await store.isAncestor(base, result);
    await store.readFile(result, 'src/f1.txt', 100_000);
    return (await store.diff(base, result)).map(
      (c) => `${c.status} ${c.path} ${c.insertions} ${c.deletions}`,
    );
  }

  it('no hook, fsmonitor, filter, textconv, external diff, alias, credential helper, pager or editor of the source runs', async () => {
    source.write('.gitattributes', '*.txt diff=bad filter=bad merge=bad\n');
    source.write('src/f1.txt', 'one\nchanged\n');
    source.publish(REF);
    const config: Record<string, string> = {
      'core.fsmonitor': bomb('fsmonitor'),
      'core.hooksPath': join(source.folder, '.git/hooks'),
      'core.alternateRefsCommand': bomb('alternate-refs'),
      'core.sshCommand': bomb('ssh'),
      'core.gitProxy': bomb('proxy'),
      'core.pager': bomb('pager'),
      'core.editor': bomb('editor'),
      'core.askPass': bomb('askpass'),
      'diff.external': bomb('external'),
      'diff.bad.textconv': bomb('textconv'),
      'diff.bad.command': bomb('diff-command'),
      'filter.bad.clean': bomb('clean'),
      'filter.bad.smudge': bomb('smudge'),
      'filter.bad.process': bomb('process'),
      'credential.helper': bomb('credential'),
      'uploadpack.packObjectsHook': bomb('pack-objects'),
      'alias.upload-pack': `!${bomb('alias')}`,
      'remote.origin.uploadpack': bomb('remote-uploadpack'),
      'remote.origin.url': `ext::${bomb('ext')}`,
      'remote.origin.promisor': 'true',
      'extensions.partialClone': 'origin',
      'gpg.program': bomb('gpg'),
      'merge.bad.driver': bomb('merge'),
    };
    source.git('config', 'core.repositoryFormatVersion', '1');
    for (const [key, value] of Object.entries(config)) source.git('config', '--local', key, value);
    for (const hook of [
      'post-checkout',
      'reference-transaction',
      'pre-auto-gc',
      'post-index-change',
      'fsmonitor-watchman',
      'post-merge',
    ]) {
      writeFileSync(join(source.folder, '.git/hooks', hook), `#!/bin/sh\ntouch ${join(marks, hook)}\n`, {
        mode: 0o755,
      });
    }
    expect(await judge()).to.include('MODIFIED src/f1.txt 1 1');
    expect(readdirSync(marks)).to.deep.equal([]);
  });

  it('GIT_* variables of this process do not reach git', async () => {
    source.write('src/f1.txt', 'one\nchanged\n');
    source.publish(REF);
    const found = await judge({
      GIT_EXTERNAL_DIFF: bomb('external-diff'),
      GIT_SSH_COMMAND: bomb('ssh-command'),
      GIT_PROXY_COMMAND: bomb('proxy-command'),
      GIT_ALLOW_PROTOCOL: 'ext:file',
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'core.fsmonitor',
      GIT_CONFIG_VALUE_0: bomb('config'),
      GIT_OBJECT_DIRECTORY: join(folder, 'elsewhere'),
      GIT_DIR: join(folder, 'elsewhere'),
    });
    expect(found).to.deep.equal(['MODIFIED src/f1.txt 1 1']);
    expect(readdirSync(marks)).to.deep.equal([]);
    expect(existsSync(join(folder, 'elsewhere'))).to.equal(false);
  });

  it('attributes in the tree do not hide lines: `* -diff binary` still counts', async () => {
    source.write('.gitattributes', '* -diff binary -text\n');
    source.commit('attributes at the base');
    base = source.git('rev-parse', 'HEAD');
    source.write('src/f1.txt', 'one\ntwo\n' + 'hidden\n'.repeat(500));
    source.publish(REF);
    expect(await judge()).to.deep.equal(['MODIFIED src/f1.txt 500 0']);
  });

  it('R-301: a NUL byte does not hide lines: what git calls binary counts with all of its lines', async () => {
    source.write('src/f1.txt', '/* \0 */\n' + 'hidden\n'.repeat(500));
    source.write('src/new.js', 'hidden\n'.repeat(300) + '\0');
    source.publish(REF);
    expect(await judge()).to.deep.equal(['MODIFIED src/f1.txt 501 0', 'ADDED src/new.js 301 0']);
  });

  it('submodules are seen with their mode and never followed', async () => {
    source.write('.gitmodules', `[submodule "s"]\n\tpath = s\n\turl = ext::${bomb('submodule')}\n`);
    source.git('update-index', '--add', '--cacheinfo', `160000,${base},s`);
    source.git('add', '.gitmodules');
    source.git('commit', '--quiet', '-m', 'submodule');
    source.git('update-ref', REF, 'HEAD');
    const store = await openStore({ folder: join(folder, 'stores'), repository: source.folder });
    stores.push(store);
    await store.resolve(base);
    const result = source.git('rev-parse', REF);
    await store.fetchCommit({ commit: result, ref: REF, base }).catch(() => undefined);
    const changes = await store.diff(base, result).catch(() => []);
    for (const change of changes.filter((each) => each.path === 's'))
      expect(change.newMode).to.equal('160000');
    expect(readdirSync(marks)).to.deep.equal([]);
  });

  it('a pair of names that differ only in case arrives as two entries', async () => {
    const blob = source.git('rev-parse', `${base}:src/f1.txt`);
    source.git('update-index', '--add', '--cacheinfo', `100644,${blob},Case.txt`);
    source.git('update-index', '--add', '--cacheinfo', `100644,${blob},case.txt`);
    source.git('commit', '--quiet', '-m', 'case');
    source.git('update-ref', REF, 'HEAD');
    const found = await judge();
    expect(found.map((line) => line.split(' ')[1]).sort()).to.deep.equal(['Case.txt', 'case.txt']);
  });

  it('a tree that leads into .git, out of order and with a name twice, hides nothing', async () => {
    const blob = source.git('rev-parse', `${base}:src/f1.txt`);
    const inner = source.git('rev-parse', `${base}:src`);
    const tree = Buffer.concat([
      Buffer.from('40000 .git\0'),
      Buffer.from(inner, 'hex'),
      Buffer.from('100644 zz\0'),
      Buffer.from(blob, 'hex'),
      Buffer.from('40000 src\0'),
      Buffer.from(inner, 'hex'),
      Buffer.from('100644 zz\0'),
      Buffer.from(blob, 'hex'),
    ]);
    writeFileSync(join(folder, 'tree'), tree);
    const id = source.git('hash-object', '-t', 'tree', '-w', '--literally', join(folder, 'tree'));
    const commit = source.git('commit-tree', id, '-p', base, '-m', 'evil');
    source.git('update-ref', REF, commit);
    const found = (await judge()).map((line) => line.split(' ')[1] ?? '');
    expect(found.filter((path) => path.startsWith('.git/'))).to.have.length(10);
    expect(found.filter((path) => path === 'zz')).to.have.length(2);
  });

  it('replace refs and grafts of the source change nothing', async () => {
    source.write('src/f1.txt', 'one\nchanged\n');
    const result = source.publish(REF);
    source.git('replace', result, base);
    expect(await judge()).to.deep.equal(['MODIFIED src/f1.txt 1 1']);
  });

  it('a repository owned by nobody we know is still served, with nothing of it run', async function () {
    if (process.getuid?.() !== 0) this.skip();
    source.write('src/f1.txt', 'one\nchanged\n');
    source.publish(REF);
    const { execFileSync } = await import('node:child_process');
    execFileSync('chown', ['-R', '12345:12345', source.folder]);
    const store = await openStore({ folder: join(folder, 'stores'), repository: source.folder });
    stores.push(store);
    expect(await store.resolve(base)).to.equal(base);
  });
});
