import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { DiffStat } from '../../src/events/generated/events.js';
import {
  commandRunner,
  detectSandbox,
  RunAborted,
  type Assignment,
  type CommandRunnerOptions,
  type RunResult,
} from '../../src/runners/index.js';
import { makeRepository, type TestRepository } from '../platform/git/repositories.js';
import { offerOf } from './support/assignments.js';

const settings = { timeoutMs: 20_000, graceMs: 300, gitTimeoutMs: 20_000 } as const;

for (const sandbox of ['required', 'off'] as const) {
  describe(`command runner, sandbox ${sandbox}`, function () {
    this.timeout(30_000);
    let root = '';
    let repository: TestRepository;
    let base = '';
    let network = true;
    let count = 0;
    before(async function () {
      const support = await detectSandbox();
      if (sandbox === 'off') return;
      if (!support.available) {
        console.log(`      skipped: ${support.reason}`);
        return this.skip();
      }
      network = !support.networkIsolation;
    });
    beforeEach(() => {
      // Not under /tmp: the sandbox has one of its own.
      root = realpathSync(mkdtempSync('/var/tmp/arbiter-runner-'));
      mkdirSync(join(root, 'state'));
      writeFileSync(join(root, 'state', 'secret'), 'SECRET');
      repository = makeRepository(join(root, 'repository'));
      repository.write('a.txt', 'one\ntwo\n');
      repository.write('dir/b.txt', 'b\n');
      repository.write('.gitignore', 'ignored\n');
      base = repository.commit('base');
    });
    afterEach(() => rmSync(root, { recursive: true, force: true }));

    interface Ran {
      readonly result: RunResult;
      readonly folder: string;
      readonly diffs: DiffStat[];
    }
    const assignment = (changes: Partial<Assignment> = {}): Assignment => ({
      taskId: 'T-1',
      token: 42,
      attempt: 1,
      agentId: 'coder',
      workerInstance: 'w',
      acceptBy: 0,
      leaseMs: 800,
      tenant: 'default',
      traceparent: null,
      offer: offerOf({ repository: repository.folder, baseCommit: base, deadline: 1_900_000_000_000_000 }),
      ...changes,
    });
    const run = async (
      script: string,
      options: Partial<CommandRunnerOptions> = {},
      changes: Partial<Assignment> = {},
      signal = new AbortController().signal,
    ): Promise<Ran> => {
      const start = await commandRunner({
        // --norc: with a socket as standard input bash takes itself for a remote shell.
        argv: ['bash', '--norc', '-c', script],
        stateFolder: join(root, 'state'),
        sandbox,
        network,
        ...settings,
        ...options,
      });
      const folder = join(root, 'state', `run-${++count}`);
      mkdirSync(folder);
      const diffs: DiffStat[] = [];
      const answer = start(assignment(changes), {
        signal,
        progress: () => undefined,
        diff: (size) => diffs.push(size),
        folder,
      });
      const result = await answer;
      if (result.kind === 'declined') throw new Error(result.reason);
      return { result, folder, diffs };
    };
    const done = async (
      script: string,
      options: Partial<CommandRunnerOptions> = {},
      changes: Partial<Assignment> = {},
    ): Promise<Extract<RunResult, { kind: 'done' }>> => {
      const { result } = await run(script, options, changes);
      if (result.kind !== 'done')
        throw new Error(`${result.failureClass}: ${result.reason}\n${result.output ?? ''}`);
      return result;
    };
    const failed = async (
      script: string,
      options: Partial<CommandRunnerOptions> = {},
      changes: Partial<Assignment> = {},
    ): Promise<Extract<RunResult, { kind: 'failed' }>> => {
      const { result } = await run(script, options, changes);
      if (result.kind !== 'failed') throw new Error('expected a failure');
      return result;
    };
    const REF = 'refs/arbiter/T-1/1-42';
    const changed = (commit: string): string =>
      repository.git('diff', '--name-status', '--no-renames', base, commit);

    it('prompt on stdin and in a file, limits in the environment, result pushed to its ref, usage read', async () => {
      const result = await done(
        'test "$(cat)" = "$(cat "$ARBITER_PROMPT_FILE")" && grep -q "Do it" "$ARBITER_PROMPT_FILE" && ' +
          'echo "$ARBITER_TASK_ID $ARBITER_ATTEMPT $ARBITER_TOKEN $ARBITER_DEADLINE ${SECRET_TOKEN-none}" && ' +
          'echo new > new.txt && rm dir/b.txt && echo x > ignored && ' +
          'echo \'{"inputTokens":5,"outputTokens":7,"costMicros":9}\' > "$ARBITER_USAGE_FILE"',
        { env: { ...process.env, SECRET_TOKEN: 'leaked' } },
      );
      expect(result).to.deep.include({ ref: REF, exitCode: 0 });
      expect(result.usage).to.deep.equal({ inputTokens: 5, outputTokens: 7, costMicros: 9 });
      expect(result.output).to.equal('T-1 1 42 2030-03-17T17:46:40.000Z none\n');
      expect(repository.git('rev-parse', REF)).to.equal(result.commit);
      expect(repository.git('log', '-1', '--format=%an <%ae>|%s|%P', REF)).to.equal(
        `arbiter worker <worker@arbiter.invalid>|Do it|${base}`,
      );
      expect(changed(REF)).to.equal('D\tdir/b.txt\nA\tnew.txt');
    });

    it('an agent that commits by itself: its commits and the rest on top', async () => {
      const { commit } = await done(
        'echo 1 > one && git add one && git commit -qm mine && echo x > ignored && git add -f ignored && git commit -qm forced && echo 2 > two',
      );
      expect(repository.git('log', '--format=%s', `${base}..${commit ?? ''}`)).to.equal(
        'Do it\nforced\nmine',
      );
      expect(changed(commit ?? '')).to.equal('A\tignored\nA\tone\nA\ttwo');
    });

    it('no change: the base itself is the result', async () => {
      expect((await done('true')).commit).to.equal(base);
    });

    it('a file becomes a folder, a folder a link: taken as it is, and no link is followed', async () => {
      const { commit } = await done(
        'rm -r dir && ln -s /etc dir && rm a.txt && mkdir a.txt && echo x > a.txt/x',
      );
      expect(changed(commit ?? '')).to.equal('D\ta.txt\nA\ta.txt/x\nA\tdir\nD\tdir/b.txt');
      expect(repository.git('cat-file', '-p', `${commit ?? ''}:dir`)).to.equal('/etc');
    });

    it('deletes .git, or breaks it: its files are the result', async () => {
      for (const script of [
        'rm -rf .git',
        'rm -rf .git && ln -s / .git',
        'echo junk > .git/HEAD',
        'git checkout -q --orphan none',
      ]) {
        rmSync(join(repository.folder, '.git/refs/arbiter'), { recursive: true, force: true });
        const { commit } = await done(`${script}; echo x > made`);
        expect(changed(commit ?? ''), script).to.equal('A\tmade');
      }
    });

    it('a history without the base is not taken over: its files are the result', async () => {
      const { commit } = await done(
        'git checkout -q --orphan other && git commit -qm other && echo x > made',
      );
      expect(repository.git('rev-parse', `${commit ?? ''}^@`)).to.equal(base);
      expect(changed(commit ?? '')).to.equal('A\tmade');
    });

    it('a git folder with a pipe in it is not waited for: its files are the result', async () => {
      for (const name of ['config', 'packed-refs', 'commondir', 'objects/info/alternates']) {
        rmSync(join(repository.folder, '.git/refs/arbiter'), { recursive: true, force: true });
        const script = `git commit -q --allow-empty -m own; rm -f .git/${name}; mkdir -p .git/objects/info; mkfifo .git/${name}; echo x > made`;
        const { commit } = await done(script, { gitTimeoutMs: 300_000 });
        expect(changed(commit ?? ''), name).to.equal('A\tmade');
      }
    });

    it('hooks, filters, fsmonitor and attributes of the agent never run in a git of ours', async () => {
      const evil = join(root, 'evil');
      const script = `
        printf '#!/bin/sh\\ntouch ${evil}\\n' > evil.sh; chmod +x evil.sh; E="$PWD/evil.sh"
        for h in pre-commit post-commit pre-push reference-transaction post-index-change; do cp evil.sh .git/hooks/$h 2>/dev/null || { mkdir -p .git/hooks; cp evil.sh .git/hooks/$h; }; done
        git config core.fsmonitor "$E"; git config filter.x.clean "$E"; git config diff.external "$E"
        git config core.hooksPath "$PWD/.git/hooks"; git config uploadpack.packObjectsHook "$E"; git config core.sshCommand "$E"
        echo '* filter=x diff=x' > .gitattributes
        mkdir nested && cd nested && git init -q && git config core.fsmonitor "$E" && cp -r ../.git/hooks .git/ && git -c core.fsmonitor= -c core.hooksPath=/dev/null commit -q --allow-empty -m x
        cd ..; rm -f ${evil}; sleep 0.7`;
      const { commit } = await done(script);
      expect(existsSync(evil)).to.equal(false);
      expect(changed(commit ?? '')).to.equal('A\t.gitattributes\nA\tevil.sh');
    });

    it('a submodule of the base whose repository turns evil', async () => {
      const evil = join(root, 'evil');
      repository.write('.gitmodules', '[submodule "s"]\npath = s\nurl = ext::sh -c "touch /var/tmp/x"\n');
      repository.git('update-index', '--add', '--cacheinfo', `160000,${base},s`);
      repository.git('add', '.gitmodules');
      repository.git('commit', '-qm', 'submodule');
      base = repository.git('rev-parse', 'HEAD');
      const { commit } = await done(`
        cd s && git init -q && printf '#!/bin/sh\\ntouch ${evil}\\n' > ../e.sh && chmod +x ../e.sh && git commit -q --allow-empty -m x && git config core.fsmonitor "$PWD/../e.sh" && echo dirty > d && sleep 0.7`);
      expect(existsSync(evil)).to.equal(false);
      expect(changed(commit ?? '')).to.equal('A\te.sh\nM\ts');
    });

    it('hooks and filters of the hostile source never run', async () => {
      const evil = join(root, 'evil');
      const hook = `#!/bin/sh\ntouch ${evil}\n`;
      for (const name of [
        'pre-receive',
        'update',
        'post-receive',
        'post-update',
        'reference-transaction',
        'post-checkout',
        'proc-receive',
      ])
        writeFileSync(join(repository.folder, '.git/hooks', name), hook, { mode: 0o755 });
      const at = join(repository.folder, '.git/hooks/update');
      repository.git('config', 'uploadpack.packObjectsHook', at);
      repository.git('config', 'core.fsmonitor', at);
      repository.git('config', 'core.hooksPath', join(repository.folder, '.git/hooks'));
      repository.git('config', 'filter.x.smudge', at);
      const command = `touch ${evil}; true`;
      makeRepository(join(root, 'other')).commit('other');
      const alternates = join(repository.folder, '.git/objects/info/alternates');
      writeFileSync(alternates, `${join(root, 'other/.git/objects')}\n`);
      repository.git('config', 'core.alternateRefsCommand', command);
      for (const event of ['pre-receive', 'post-receive', 'reference-transaction', 'pre-auto-gc']) {
        repository.git('config', `hook.${event}-by-name.event`, event);
        repository.git('config', `hook.${event}-by-name.command`, command);
      }
      repository.git('config', 'receive.autogc', 'true');
      repository.git('config', 'gc.auto', '1');
      repository.git('config', 'gc.recentObjectsHook', command);
      rmSync(evil, { force: true });
      expect((await done('echo x > x')).ref).to.equal(REF);
      expect(existsSync(evil)).to.equal(false);
    });

    it('a hostile source that has the result checked out gets no filter run', async () => {
      const evil = join(root, 'evil');
      repository.write('.gitattributes', '* filter=x\n');
      base = repository.commit('filtered');
      repository.git('update-ref', 'refs/heads/keep', base);
      repository.git('symbolic-ref', 'HEAD', REF);
      repository.git('config', 'filter.x.smudge', `touch ${evil}; cat`);
      repository.git('config', 'receive.denyCurrentBranch', 'updateInstead');
      rmSync(join(repository.folder, '.git/index'));
      for (const path of ['a.txt', 'dir', '.gitignore', '.gitattributes'])
        rmSync(join(repository.folder, path), { recursive: true });
      expect((await failed('echo x > x')).reason).to.contain('currently checked out');
      expect(existsSync(evil)).to.equal(false);
    });

    it('prints 100 MB: the end of it is kept, plain and valid', async () => {
      const result = await done("head -c 100000000 /dev/zero | tr '\\0' x; printf '\\033[2J\\377end'");
      expect(Buffer.byteLength(result.output ?? '')).to.be.within(60_000, 66_000);
      expect(result.output?.endsWith('x\ufffd[2J\ufffdend')).to.equal(true);
    });

    it('an exit code is the agent’s failure, a time-out a TIME_LIMIT, SIGTERM may be ignored in vain', async () => {
      const quota = (said: string, exit = 1): string =>
        `printf %s '${said}' > "$ARBITER_QUOTA_FILE"; exit ${exit}`;
      expect(await failed(quota('{"resetsAt":"2030-01-01T00:00:00Z"}'))).to.deep.include({
        failureClass: 'QUOTA',
        quotaResetsAt: Date.UTC(2030, 0, 1) * 1000,
      });
      const unknown = await failed(quota(''));
      expect([unknown.failureClass, unknown.quotaResetsAt]).to.deep.equal(['QUOTA', undefined]);
      expect((await failed(quota('soon'))).failureClass, 'not well-formed: nothing said').to.equal('AGENT');
      expect((await run(quota('', 0))).result.kind, 'done all the same').to.equal('done');
      expect(await failed('echo why; exit 3')).to.deep.include({ failureClass: 'AGENT', output: 'why\n' });
      const late = await failed('trap "" TERM; echo on; while :; do sleep 0.1; done', { timeoutMs: 500 });
      expect(late.failureClass).to.equal('TIME_LIMIT');
    });

    it('a revoked run is killed with its group', async () => {
      const controller = new AbortController();
      const timer = setTimeout(() => controller.abort(new RunAborted('REVOKED', 'x')), 800);
      // A number that no other process sleeps for.
      const nap = (1000 + process.pid / 1e6).toFixed(6);
      await run(`trap "" TERM; sleep ${nap} & sleep ${nap}`, {}, {}, controller.signal);
      clearTimeout(timer);
      const left = execFileSync('ps', ['-eo', 'args'])
        .toString()
        .split('\n')
        .filter((line) => line === `sleep ${nap}`);
      expect(left).to.deep.equal([]);
      expect(repository.git('for-each-ref', 'refs/arbiter')).to.equal('');
    });

    it('trouble with the repository is INFRASTRUCTURE, with the reason', async () => {
      const gone = offerOf({ repository: join(root, 'nowhere'), baseCommit: base });
      const failure = await failed('true', {}, { offer: gone });
      expect(failure.failureClass).to.equal('INFRASTRUCTURE');
      expect(failure.reason).to.contain('clone of');
      const missing = offerOf({ repository: repository.folder, baseCommit: 'f'.repeat(40) });
      expect((await failed('true', {}, { offer: missing })).failureClass).to.equal('INFRASTRUCTURE');
      const helper = offerOf({ repository: `ext::touch ${root}/evil`, baseCommit: base });
      expect((await failed('true', {}, { offer: helper })).reason).to.contain('REPOSITORY_REFUSED');
      repository.git('config', 'receive.hideRefs', 'refs/arbiter');
      const refused = await failed('echo x > x');
      expect(refused.failureClass).to.equal('INFRASTRUCTURE');
      expect(refused.reason).to.contain(`push to ${REF}`).and.contain('hidden ref');
    });

    it('what can not be taken over is the agent’s failure: it spends an attempt', async () => {
      const tree = `printf '100644 blob %s\\t.git\\n' $(git rev-parse HEAD:a.txt) | git mktree`;
      for (const [script, why] of [
        ['rm a.txt; mkfifo a.txt', 'a.txt'],
        [`git update-ref HEAD $(git commit-tree $(${tree}) -p HEAD -m evil)`, 'invalid path'],
        ['truncate -s 200G big', 'DIFF_TOO_LARGE'],
        ['truncate -s 200G a.txt', 'DIFF_TOO_LARGE'],
      ] as const) {
        const failure = await failed(script, { gitTimeoutMs: 300_000 });
        expect(failure.failureClass, script).to.equal('AGENT');
        expect(failure.reason, script).to.contain(why);
      }
    });

    it('usage that is a link, a pipe, huge or no usage counts as none', async () => {
      for (const script of [
        'ln -s /etc/passwd "$ARBITER_USAGE_FILE"',
        'mkfifo "$ARBITER_USAGE_FILE"',
        'head -c 1000000 /dev/zero > "$ARBITER_USAGE_FILE"',
        'echo \'{"inputTokens":-1}\' > "$ARBITER_USAGE_FILE"',
        'echo \'{"inputTokens":1e300}\' > "$ARBITER_USAGE_FILE"',
        'echo \'[[[\' > "$ARBITER_USAGE_FILE"',
      ])
        expect((await done(script)).usage, script).to.equal(undefined);
    });

    it('measures the change while it grows', async () => {
      const { diffs } = await run('printf "1\\n2\\n" > n; echo three >> a.txt; sleep 1.5');
      expect(diffs.at(-1)).to.deep.equal({ files: 2, insertions: 3, deletions: 0 });
    });

    it('measuring a file that is written again and again keeps none of it', async () => {
      const { diffs, folder } = await run(
        'for i in 1 2 3 4 5 6 7 8; do head -c 3000000 /dev/urandom > big; sleep 0.4; done',
      );
      expect(diffs.length).to.be.greaterThan(3);
      const kept = execFileSync('du', ['-sb', '--exclude=work', folder]).toString();
      expect(Number.parseInt(kept, 10)).to.be.lessThan(8_000_000);
    });

    it('several at once have a clone each; task ids that git would refuse have a ref, too', async () => {
      const ids = ['a..b', 'x.lock', 'plain', 'end.'];
      const results = await Promise.all(
        ids.map((taskId, n) =>
          done('echo "$ARBITER_TASK_ID" > id; sleep 0.2; cat id', {}, { taskId, token: n }),
        ),
      );
      expect(results.map(({ output }) => output?.trim())).to.deep.equal(ids);
      expect(results.map(({ ref }) => ref)).to.deep.equal([
        'refs/arbiter/a+2E+2Eb/1-0',
        'refs/arbiter/x+2Elock/1-1',
        'refs/arbiter/plain/1-2',
        'refs/arbiter/end+2E/1-3',
      ]);
      for (const { ref, commit } of results) expect(repository.git('rev-parse', ref ?? '')).to.equal(commit);
    });

    it('a task without a repository runs in an empty folder; the digest of its output is its result', async () => {
      const result = await done('ls -A; echo hello', {}, { offer: offerOf() });
      expect(result).to.deep.include({
        output: 'hello\n',
        resultSha256: '5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03',
      });
      expect(result.commit).to.equal(undefined);
    });

    it('the repository of the user is left alone but for the ref', async () => {
      const before = repository.git('status', '--porcelain', '--branch') + repository.git('stash', 'list');
      await done('echo x > x; git checkout -q -b other; git config user.name z');
      expect(repository.git('status', '--porcelain', '--branch') + repository.git('stash', 'list')).to.equal(
        before,
      );
      expect(repository.git('for-each-ref', '--format=%(refname)')).to.equal(`${REF}\nrefs/heads/main`);
    });

    if (sandbox === 'required') {
      it('writes outside of its clone, or reads what is hidden: refused', async () => {
        const { output } = await done(
          `exec 2>/dev/null; echo x > ${root}/outside || echo refused; echo x > ${repository.folder}/a.txt || echo refused; ` +
            `cat ${root}/state/secret 2>/dev/null || echo hidden; ls ${root}/state; cd .. && mv work gone 2>/dev/null || echo stays`,
        );
        expect(output?.split('\n').filter((line) => !line.startsWith('run-'))).to.deep.equal([
          'refused',
          'refused',
          'hidden',
          'stays',
          '',
        ]);
        expect(readFileSync(join(repository.folder, 'a.txt'), 'utf8')).to.equal('one\ntwo\n');
      });

      it('credentials are hidden, of the user and of Arbiter, unless one is named', async () => {
        for (const name of ['.ssh', '.config/gh']) mkdirSync(join(root, 'home', name), { recursive: true });
        const files = ['home/.ssh/id', 'home/.netrc', 'home/.config/gh/hosts.yml', 'home/other', 'key.pem'];
        for (const name of [...files, 'password']) writeFileSync(join(root, name), `${name}\n`);
        const env = {
          ...process.env,
          HOME: join(root, 'home'),
          KAFKA_SSL_KEY_FILE: join(root, 'key.pem'),
          KAFKA_SASL_PASSWORD_FILE: join(root, 'password'),
        };
        const cat = `cat 2>/dev/null ${[...files, 'password'].map((name) => join(root, name)).join(' ')}; true`;
        const read = async (readOnly: string[]): Promise<string | undefined> =>
          (await done(cat, { env, readOnly })).output;
        expect(await read([])).to.equal('home/other\n');
        const named = [join(root, 'home', '.config', 'gh'), join(root, 'home', '.netrc')];
        expect(await read(named)).to.equal('home/.netrc\nhome/.config/gh/hosts.yml\nhome/other\n');
      });

      it('what it may not read does not get into its result by way of its git folder', async () => {
        const sibling = join(root, 'state', 'sibling');
        repository.git('clone', '-q', repository.folder, sibling);
        const secret = makeRepository(sibling).commit('SECRET');
        for (const script of [
          `echo ${sibling}/.git > .git/commondir; echo 'ref: refs/heads/main' > .git/HEAD`,
          `rm -rf .git/objects; ln -s ${sibling}/.git/objects .git/objects; echo ${secret} > .git/HEAD`,
          `mkdir -p .git/objects/info; echo ${sibling}/.git/objects > .git/objects/info/alternates; echo ${secret} > .git/HEAD`,
          `for d in .git/objects/*; do rm -rf $d; done; for n in $(seq 0 255); do d=$(printf %02x $n); ln -s ${sibling}/.git/objects/$d .git/objects/$d; done; echo ${secret} > .git/HEAD`,
        ]) {
          rmSync(join(repository.folder, '.git/refs/arbiter'), { recursive: true, force: true });
          const { commit } = await done(`${script}; echo x > made`);
          expect(repository.git('log', '--format=%s', commit ?? ''), script).to.not.contain('SECRET');
          expect(changed(commit ?? ''), script).to.equal('A\tmade');
        }
      });

      it('a daemon that it forks dies with it', async () => {
        const beat = '(trap "" TERM HUP; while :; do date +%N > beat; sleep 0.05; done)';
        const { result, folder } = await run(
          `setsid bash -c '${beat.replaceAll("'", '"')}' >/dev/null 2>&1 & sleep 0.3; exit 0`,
        );
        expect(result.kind).to.equal('done');
        const now = readFileSync(join(folder, 'work', 'beat'), 'utf8');
        await new Promise((resolve) => setTimeout(resolve, 300));
        expect(readFileSync(join(folder, 'work', 'beat'), 'utf8')).to.equal(now);
      });

      it('no start without a sandbox, unless it is waived', async () => {
        const options = { argv: ['true'], stateFolder: root, env: { PATH: '/nowhere' } };
        const refused = await commandRunner(options).catch((error: unknown) => error);
        expect(refused).to.have.property('code', 'SANDBOX_UNAVAILABLE');
        expect((refused as Error).message).to.contain('--no-sandbox');
        expect(await commandRunner({ ...options, sandbox: 'off' })).to.be.a('function');
      });
    }

    it('leaves nothing beside the run’s own folder', async () => {
      await done('echo x > x');
      expect(readdirSync(join(root, 'state')).sort()).to.deep.equal([`run-${count}`, 'secret']);
    });
  });
}
