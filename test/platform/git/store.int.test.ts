import { readFileSync, readdirSync, renameSync, rmSync, symlinkSync, chmodSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { GitError, openStore } from '../../../src/platform/git/index.js';
import type { GitErrorCode, GitStore } from '../../../src/platform/git/index.js';
import { makeRepository, removeFolder, temporaryFolder } from './repositories.js';
import type { TestRepository } from './repositories.js';

async function refusal(promise: Promise<unknown>): Promise<GitError> {
  try {
    await promise;
  } catch (error) {
    expect(error).to.be.instanceOf(GitError);
    return error as GitError;
  }
  throw new Error('it did not fail');
}

async function failsWith(code: GitErrorCode, promise: Promise<unknown>): Promise<GitError> {
  const error = await refusal(promise);
  expect(error.code, error.message).to.equal(code);
  expect(error.expected).to.not.equal('');
  expect(error.found).to.not.equal('');
  expect(error.repair).to.not.equal('');
  return error;
}

/** Whether a process runs; one that has ended but is not yet reaped does not. */
function alive(pid: number): boolean {
  try {
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
}

const REF = 'refs/arbiter/task-1/1-42';

describe('git store (real repositories)', () => {
  let folder: string;
  let source: TestRepository;
  let store: GitStore;
  let base: string;

  beforeEach(async () => {
    folder = temporaryFolder();
    source = makeRepository(join(folder, 'source'));
    for (let i = 0; i < 20; i += 1) source.write(`src/f${i}.txt`, `one\ntwo\nthree ${i}\nfour\nfive\n`);
    source.write('.caws/policy.yaml', 'version: 1\n');
    base = source.commit('base');
    store = await openStore({ folder: join(folder, 'stores'), repository: source.folder });
  });

  afterEach(async () => {
    await store.close();
    removeFolder(folder);
  });

  it('the base is pinned: a branch, HEAD, a tag and a full id resolve to the commit id', async () => {
    source.git('tag', '-a', 'v1', '-m', 'one');
    for (const revision of ['main', 'HEAD', 'v1', 'refs/heads/main', base]) {
      expect(await store.resolve(revision), revision).to.equal(base);
    }
  });

  it('a branch that moves resolves anew, an id stays', async () => {
    expect(await store.resolve('main')).to.equal(base);
    source.write('src/new.txt', 'x\n');
    const moved = source.commit();
    expect(await store.resolve('main')).to.equal(moved);
    expect(await store.resolve(base)).to.equal(base);
  });

  it('the ref that the worker pushed is fetched and must mean the reported commit', async () => {
    await store.resolve(base);
    source.write('src/f1.txt', 'changed\n');
    const result = source.publish(REF);
    expect(await store.fetchCommit({ commit: result, ref: REF, base })).to.equal(result);
    const error = await failsWith('COMMIT_MISMATCH', store.fetchCommit({ commit: base, ref: REF }));
    expect(error.found).to.equal(result);
    await failsWith(
      'REVISION_NOT_FOUND',
      store.fetchCommit({ commit: result, ref: 'refs/arbiter/task-1/2-43' }),
    );
  });

  it('the diff has both sides of renames, deletions, binaries, modes, links and line counts', async () => {
    await store.resolve(base);
    renameSync(join(source.folder, 'src/f0.txt'), join(source.folder, 'src/renamed.txt'));
    rmSync(join(source.folder, 'src/f1.txt'));
    source.write('src/f2.txt', 'one\ntwo\nthree 2\nfour\nfive\nsix\nseven\n');
    source.write('src/copy.txt', 'one\ntwo\nthree 2\nfour\nfive\n');
    source.write('bin.dat', Buffer.from([0, 1, 2, 0]));
    symlinkSync('f3.txt', join(source.folder, 'src/link'));
    chmodSync(join(source.folder, 'src/f4.txt'), 0o755);
    rmSync(join(source.folder, 'src/f5.txt'));
    symlinkSync('f4.txt', join(source.folder, 'src/f5.txt'));
    const result = source.publish(REF);
    await store.fetchCommit({ commit: result, ref: REF, base });
    const found = new Map((await store.diff(base, result)).map((change) => [change.path, change]));
    expect(found.get('src/renamed.txt')).to.include({
      status: 'RENAMED',
      oldPath: 'src/f0.txt',
      insertions: 0,
    });
    expect(found.get('src/f1.txt')).to.include({
      status: 'DELETED',
      insertions: 0,
      deletions: 5,
      newMode: '000000',
    });
    expect(found.get('src/f2.txt')).to.include({ status: 'MODIFIED', insertions: 2, deletions: 0 });
    expect(found.get('src/copy.txt'), 'a copy counts in full').to.include({
      status: 'COPIED',
      insertions: 5,
    });
    expect(found.get('bin.dat')).to.include({ status: 'ADDED', binary: true, insertions: 1 });
    expect(found.get('src/link')).to.include({ status: 'ADDED', newMode: '120000' });
    expect(found.get('src/f4.txt')).to.include({ status: 'MODIFIED', oldMode: '100644', newMode: '100755' });
    expect(found.get('src/f5.txt')).to.include({ status: 'TYPE_CHANGED', newMode: '120000' });
    expect(found.size).to.equal(8);
  });

  it('names with line breaks, quotes, Unicode, spaces and bytes that are no UTF-8 come through', async () => {
    await store.resolve(base);
    const names = [
      'a\nb.txt',
      'q"uote\'s.txt',
      'tab\there',
      'ünïcødé-日本.txt',
      ' lead and trail ',
      '-dash',
      'end-0',
      ':colon',
    ];
    for (const name of names) source.write(name, 'x\n');
    const raw = Buffer.concat([Buffer.from(`${source.folder}/bad-`), Buffer.from([0xff, 0xfe])]);
    symlinkSync('x', raw);
    const result = source.publish(REF);
    await store.fetchCommit({ commit: result, ref: REF, base });
    const found = (await store.diff(base, result)).map((change) => change.path);
    expect(found).to.include.members(names);
    expect(found.some((path) => path.includes('\ufffd'))).to.equal(true);
    expect(found).to.have.length(names.length + 1);
  });

  it('ancestry: own base, same commit, far base, other history', async () => {
    await store.resolve(base);
    for (let i = 0; i < 40; i += 1) source.commit(`step ${i}`);
    const far = source.publish(REF);
    await store.fetchCommit({ commit: far, ref: REF, base });
    expect(await store.isAncestor(base, far)).to.equal(true);
    expect(await store.isAncestor(far, far)).to.equal(true);
    expect(await store.isAncestor(far, base)).to.equal(false);
    source.git('checkout', '--quiet', '--orphan', 'other');
    const other = source.publish('refs/arbiter/task-1/2-43');
    await store.fetchCommit({ commit: other, ref: 'refs/arbiter/task-1/2-43' });
    expect(await store.isAncestor(base, other)).to.equal(false);
    await failsWith('NOT_ANCESTOR', store.requireAncestor(base, other));
    await failsWith('GIT_FAILED', store.isAncestor(base, 'f'.repeat(40)));
  });

  it('files are read at a commit, bounded, and a missing one is null, a missing commit an error', async () => {
    await store.resolve(base);
    expect((await store.readFile(base, '.caws/policy.yaml', 1_000))?.toString()).to.equal('version: 1\n');
    expect(await store.readFile(base, '.caws/none.yaml', 1_000)).to.equal(null);
    await failsWith('FILE_TOO_LARGE', store.readFile(base, 'src/f1.txt', 3));
    await failsWith('NOT_A_FILE', store.readFile(base, 'src', 1_000));
    await failsWith('NOT_A_FILE', store.readFile(base, 'a\ncontents HEAD', 1_000));
    await failsWith('NOT_A_FILE', store.readFile(base, '../x', 1_000));
    await failsWith('REVISION_NOT_FOUND', store.readFile('e'.repeat(40), 'x', 10));
  });

  it('a diff that cannot be made is an error and never an empty list', async () => {
    await store.resolve(base);
    expect(await store.diff(base, base)).to.deep.equal([]);
    await failsWith('REVISION_NOT_FOUND', store.diff(base, 'd'.repeat(40)));
    await failsWith('REVISION_NOT_FOUND', store.diff('d'.repeat(40), base));
    await failsWith('REVISION_REFUSED', store.diff('main', base));
    expect(await store.diff(base, base), 'and the next question is answered').to.deep.equal([]);
  });

  it('a tree or a file that is missing in the store is an error: nothing is counted as unchanged', async () => {
    await store.resolve(base);
    source.write('src/f1.txt', 'changed\n');
    const result = source.publish(REF);
    await store.fetchCommit({ commit: result, ref: REF, base });
    const [home = ''] = readdirSync(join(folder, 'stores'));
    for (const name of [`${result}:src/f1.txt`, `${result}:src`]) {
      const id = source.git('rev-parse', name);
      rmSync(join(folder, 'stores', home, 'store.git/objects', id.slice(0, 2), id.slice(2)));
      await failsWith('GIT_FAILED', store.diff(base, result));
    }
  });

  it('a long-lived process that was killed is started again', async () => {
    await store.resolve(base);
    for (let round = 0; round < 3; round += 1) {
      expect(await store.diff(base, base)).to.deep.equal([]);
      for (const pid of store.processes()) process.kill(pid, 'SIGKILL');
    }
    expect(await store.diff(base, base)).to.deep.equal([]);
    expect(store.processes()).to.have.length(2);
  });

  it('GIT_TIMEOUT: a git that hangs is killed, and the store goes on', async () => {
    await store.resolve(base);
    const slow = await openStore({
      folder: join(folder, 'stores'),
      repository: source.folder,
      limits: { timeoutMs: 300 },
    });
    try {
      expect(await slow.diff(base, base)).to.deep.equal([]);
      const pids = slow.processes();
      for (const pid of pids) process.kill(pid, 'SIGSTOP');
      await failsWith('GIT_TIMEOUT', slow.diff(base, base));
      expect(await slow.diff(base, base).catch(() => slow.diff(base, base))).to.deep.equal([]);
      for (const pid of pids) expect(alive(pid), `process ${pid}`).to.equal(slow.processes().includes(pid));
    } finally {
      await slow.close();
    }
  });

  it('GIT_TIMEOUT: a server that accepts and never answers costs the time-out and no more', async () => {
    const server = createServer(() => undefined);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const silent = await openStore({
      folder: join(folder, 'stores'),
      repository: `git://127.0.0.1:${port}/x`,
      protocols: ['git'],
      limits: { timeoutMs: 300 },
    });
    try {
      expect((await failsWith('GIT_TIMEOUT', silent.resolve('main'))).transient).to.equal(true);
    } finally {
      await silent.close();
      server.close();
    }
  });

  it('limits: too many entries, too many bytes', async () => {
    for (let i = 0; i < 300; i += 1) source.write(`many/${i}.txt`, 'x\n');
    const result = source.publish(REF);
    for (const limits of [{ maxFiles: 299 }, { maxBytes: 2_000 }]) {
      const small = await openStore({ folder: join(folder, 'stores'), repository: source.folder, limits });
      try {
        await small.resolve(base);
        await small.fetchCommit({ commit: result, ref: REF, base });
        await failsWith('DIFF_TOO_LARGE', small.diff(base, result));
        expect(await small.diff(base, base)).to.deep.equal([]);
      } finally {
        await small.close();
      }
    }
  });

  it('many questions and fetches at once are answered in order, each with its own answer', async () => {
    await store.resolve(base);
    const results: string[] = [];
    for (let i = 0; i < 6; i += 1) {
      source.git('checkout', '--quiet', '--detach', base);
      source.write(`src/task${i}.txt`, 'x\n'.repeat(i + 1));
      results.push(source.publish(`refs/arbiter/task-${i}/1-${i}`));
    }
    const found = await Promise.all(
      results.map(async (commit, i) => {
        await store.fetchCommit({ commit, ref: `refs/arbiter/task-${i}/1-${i}`, base });
        return (await store.diff(base, commit)).map((change) => `${change.path} ${change.insertions}`);
      }),
    );
    expect(found).to.deep.equal(results.map((_, i) => [`src/task${i}.txt ${i + 1}`]));
  });

  it('unreachable, absent and refused repositories have their codes', async () => {
    const open = (repository: string) => openStore({ folder: join(folder, 'stores'), repository });
    const nowhere = await open(join(folder, 'nowhere'));
    await failsWith('REPOSITORY_UNREACHABLE', nowhere.resolve('main'));
    await nowhere.close();
    await failsWith('REVISION_NOT_FOUND', store.resolve('no-such-branch'));
    await failsWith('REVISION_NOT_FOUND', store.resolve('a'.repeat(40)));
    const planted = join(folder, 'planted');
    for (const hostile of [
      `ext::sh -c "touch ${planted}"`,
      `--upload-pack=touch ${planted}`,
      '-x',
      'fd::17',
      'git://example.com/x',
      'http://example.com/x',
      'ftp://example.com/x',
      'relative/path',
      'ssh://-oProxyCommand=touch/x',
      '-oProxyCommand=x:y',
      'host:-path',
      '',
      '/a\nb',
      `/${'a'.repeat(3_000)}`,
    ]) {
      await failsWith('REPOSITORY_REFUSED', open(hostile));
    }
    for (const hostile of [
      '--upload-pack=x',
      '-x',
      '+main',
      'a:b',
      'main~1',
      'a..b',
      'a@{1}',
      'main^',
      'x.lock',
      '',
      'a b',
      'a\nb',
    ]) {
      await failsWith('REVISION_REFUSED', store.resolve(hostile));
    }
  });

  it('a store is opened again with all that was fetched, and twice at once', async () => {
    await store.resolve(base);
    removeFolder(source.folder);
    const [one, two] = await Promise.all(
      [1, 2].map(() => openStore({ folder: join(folder, 'stores'), repository: source.folder })),
    );
    expect(await one?.resolve(base)).to.equal(base);
    expect(await two?.resolve(base)).to.equal(base);
    await Promise.all([one?.close(), two?.close()]);
  });

  it('a store that was deleted while nobody used it is made anew, with what is asked for', async () => {
    source.write('src/new.txt', 'x\n');
    const result = source.publish(REF);
    await store.fetchCommit({ commit: result, ref: REF, base });
    await store.close();
    removeFolder(join(folder, 'stores'));
    store = await openStore({ folder: join(folder, 'stores'), repository: source.folder });
    expect(await store.resolve(base)).to.equal(base);
    expect(await store.fetchCommit({ commit: result, ref: REF, base })).to.equal(result);
  });
});
