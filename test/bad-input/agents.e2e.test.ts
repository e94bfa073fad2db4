import { createHash, randomUUID } from 'node:crypto';
import { chmodSync, existsSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { AssignmentOffered, TaskRequested } from '../../src/events/generated/events.js';
import { TOPICS } from '../../src/events/topics.js';
import { commandRunner, detectSandbox, type CommandRunnerOptions } from '../../src/runners/index.js';
import { makeRepository, type TestRepository } from '../platform/git/repositories.js';
import { eventually, Stage } from './support.js';

describe('bad input: repositories and agents', function () {
  this.timeout(600_000);
  let stage: Stage;
  let root = '';
  let repository: TestRepository;
  before(async () => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'arbiter-bad-')));
    repository = makeRepository(join(root, 'repository'));
    repository.write('src/a.txt', 'a\n');
    repository.commit('base');
    stage = await Stage.open('agents');
    await stage.start();
    await stage.work('worker');
  });
  after(async () => {
    await stage.close();
    rmSync(root, { recursive: true, force: true });
  });

  const id = (name: string): string => `${name}-${randomUUID().slice(0, 8)}`;
  const inRepository = (capability: string, over: Partial<TaskRequested> = {}): Partial<TaskRequested> => ({
    repository: repository.folder,
    baseRevision: 'main',
    requiredCapabilities: [capability],
    ...over,
  });

  /** An agent out of a shell script; its capability is its name. */
  const agent = async (
    name: string,
    script: string,
    over: Partial<CommandRunnerOptions> = {},
  ): Promise<void> => {
    const stateFolder = join(root, `state-${name}`);
    const run = await commandRunner({ argv: ['sh', '-c', script], stateFolder, sandbox: 'off', ...over });
    await stage.work(name, run, { stateFolder });
  };

  it('a repository that does not exist: rejected, and it says which', async () => {
    const taskId = id('no-repository');
    await stage.submit(taskId, inRepository('work', { repository: join(root, 'nowhere') }));
    const task = await stage.final(taskId);
    expect([task.state, task.attempts]).to.deep.equal(['rejected', 0]);
    expect(JSON.stringify([task.reason, task.violations])).to.contain('nowhere');
    await stage.goesOn('no-repository');
  });

  it('a revision that does not exist: rejected, and it says which', async () => {
    const taskId = id('no-revision');
    await stage.submit(taskId, inRepository('work', { baseRevision: 'no-such-branch' }));
    const task = await stage.final(taskId);
    expect([task.state, task.attempts]).to.deep.equal(['rejected', 0]);
    expect(JSON.stringify([task.reason, task.violations])).to.contain('no-such-branch');
    await stage.goesOn('no-revision');
  });

  it('a hostile repository (hooks, filters, fsmonitor, submodule URL): judged, and nothing of it runs', async () => {
    const evil = makeRepository(join(root, 'evil'));
    const ran = join(root, 'evil-ran');
    const hook = `#!/bin/sh\ntouch ${ran}\n`;
    evil.write('src/a.txt', 'a\n');
    evil.write('.gitattributes', '* filter=evil diff=evil\n');
    evil.write('.gitmodules', `[submodule "s"]\n\tpath = s\n\turl = ext::sh -c "touch ${ran}"\n`);
    evil.commit('base');
    for (const name of ['post-checkout', 'pre-commit', 'pre-push', 'post-receive', 'update', 'pre-receive']) {
      evil.write(`.git/hooks/${name}`, hook);
      chmodSync(join(evil.folder, '.git/hooks', name), 0o755);
    }
    const settings = {
      'core.hooksPath': join(evil.folder, '.git/hooks'),
      'core.fsmonitor': `touch ${ran}`,
      'filter.evil.clean': `touch ${ran}`,
      'filter.evil.smudge': `touch ${ran}`,
      'diff.evil.command': `touch ${ran}`,
      'diff.external': `touch ${ran}`,
      'uploadpack.packObjectsHook': `touch ${ran}`,
    };
    for (const [key, value] of Object.entries(settings)) evil.git('config', '--local', key, value);
    await agent('careful', 'echo changed >> src/a.txt');
    const taskId = id('hostile');
    await stage.submit(taskId, inRepository('careful', { repository: evil.folder }));
    const task = await stage.final(taskId);
    expect(existsSync(ran)).to.equal(false);
    expect([task.state, task.reason]).to.deep.equal(['completed', task.reason]);
    expect(task.result.files).to.equal(1);
    await stage.goesOn('hostile');
  });

  it('an agent that leaves its scope: failed, the violation names the file', async () => {
    await agent('wide', 'echo changed >> src/a.txt; echo secret > outside.txt');
    const taskId = id('scope');
    await stage.submit(taskId, inRepository('wide'));
    const task = await stage.final(taskId);
    expect([task.state, task.outcome]).to.deep.equal(['failed', 'FAILED']);
    expect(JSON.stringify(task.violations)).to.contain('outside.txt');
    await stage.goesOn('scope');
  });

  it('an agent that writes outside its clone: in the sandbox it can not, and its task is judged by its clone alone', async function () {
    const support = await detectSandbox();
    if (!support.available) {
      process.stderr.write(`skipped: ${support.reason}\n`);
      this.skip();
    }
    const outside = join(repository.folder, 'outside');
    const script = `echo stolen > ${outside} 2>&1; echo stolen > ../outside 2>&1; echo good >> src/a.txt`;
    await agent('outsider', script, { sandbox: 'required' });
    const taskId = id('outside');
    await stage.submit(taskId, inRepository('outsider'));
    const task = await stage.final(taskId);
    expect([task.state, task.result.files]).to.deep.equal(['completed', 1]);
    expect(existsSync(outside)).to.equal(false);
    await stage.goesOn('outside');
  });

  it('an agent that prints 100 MB: completed, 64 KiB of it are kept', async () => {
    await agent('loud', 'echo changed >> src/a.txt; head -c 100000000 /dev/zero | tr "\\0" x');
    const taskId = id('loud');
    await stage.submit(taskId, inRepository('loud'));
    expect((await stage.final(taskId)).state).to.equal('completed');
    const { result } = await stage.logged<{ taskId: string; result: { output: string } }>(
      'ExecutionCompleted',
      (one) => one.taskId === taskId,
    );
    expect(Buffer.byteLength(result.output)).to.be.within(1000, 64 * 1024);
    await stage.goesOn('loud');
  });

  it('an agent that ignores SIGTERM: killed after its time, failed as TIME_LIMIT', async () => {
    await agent('stubborn', "trap '' TERM; while true; do sleep 1; done", { timeoutMs: 1500, graceMs: 300 });
    const taskId = id('stubborn');
    await stage.submit(taskId, inRepository('stubborn'));
    const task = await stage.final(taskId);
    expect(task.state).to.equal('failed');
    const failed = await stage.logged<{ taskId: string; failureClass: string }>(
      'ExecutionFailed',
      (one) => one.taskId === taskId,
    );
    expect(failed.failureClass).to.equal('TIME_LIMIT');
    await stage.goesOn('stubborn');
  });

  const lives = (pid: number): boolean => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };

  for (const command of ['CancelTask', 'SuspendTask'] as const)
    it(`R-517: ${command} while the agent's program runs: the program is killed, and nothing of it is pushed`, async () => {
      const name = command.toLowerCase();
      const told = join(root, `${name}-pid`);
      await agent(name, `echo changed >> src/a.txt; echo $$ > ${told}; exec sleep 600`, { graceMs: 300 });
      const taskId = id(name);
      await stage.submit(taskId, inRepository(name));
      const pid = await eventually('the pid of the program', () =>
        Promise.resolve(existsSync(told) ? Number(readFileSync(told, 'utf8')) || undefined : undefined),
      );
      await stage.command(command, taskId);
      await eventually('the end of the program', () => Promise.resolve(lives(pid) ? undefined : true));
      if (command === 'SuspendTask') await stage.command('CancelTask', taskId);
      expect((await stage.final(taskId)).state).to.equal('cancelled');
      expect(repository.git('for-each-ref', `refs/arbiter/${taskId}`)).to.equal('');
      await stage.goesOn(name);
    });

  it('an agent that pushes another ref: it does not count; the commit judged is the one of its clone', async () => {
    const before = repository.git('rev-parse', 'main');
    await agent(
      'pusher',
      'echo good >> src/a.txt; git config user.email a@b; git config user.name a; ' +
        `git push ${repository.folder} HEAD:refs/arbiter/other/1-1 || true; git push origin HEAD:refs/heads/evil || true`,
    );
    const taskId = id('pusher');
    await stage.submit(taskId, inRepository('pusher'));
    const task = await stage.final(taskId);
    expect(task.state).to.equal('completed');
    expect(repository.git('rev-parse', 'main')).to.equal(before);
    const refs = repository.git(
      'for-each-ref',
      '--format=%(refname) %(objectname)',
      `refs/arbiter/${taskId}`,
    );
    expect(refs).to.equal(`refs/arbiter/${taskId}/1-${task.token} ${task.result.commit}`);
    await stage.goesOn('pusher');
  });

  /** Says what a worker says, by hand. */
  const say = async (
    name: 'AssignmentAccepted' | 'ResultSubmitted',
    offered: AssignmentOffered,
    number: number,
    text = 'by hand',
  ): Promise<void> => {
    const { taskId, token, agentId, workerInstance } = offered;
    const head = { reportId: randomUUID(), taskId, token, agentId, workerInstance, number, tenant: 'test' };
    const when = { occurredAt: Date.now() * 1000, traceparent: null };
    const resultSha256 = createHash('sha256').update(text).digest('hex');
    const result = {
      commit: null,
      ref: null,
      resultSha256,
      exitCode: 0,
      output: text,
      usage: { inputTokens: 0, outputTokens: 0, costMicros: 0 },
      evidence: [],
    };
    if (name === 'AssignmentAccepted')
      await stage.edge.publish(TOPICS.agentReports, name, taskId, { ...head, ...when });
    else await stage.edge.publish(TOPICS.agentReports, name, taskId, { ...head, ...when, result });
  };

  const offerOf = async (taskId: string): Promise<AssignmentOffered> => {
    const find = async (): Promise<AssignmentOffered | undefined> => {
      for await (const { decoded, record } of stage.read(TOPICS.assignments))
        if (decoded === 'AssignmentOffered' && (record as AssignmentOffered).taskId === taskId)
          return record as AssignmentOffered;
      return undefined;
    };
    for (;;) {
      const found = await find();
      if (found !== undefined) return found;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };

  it('two results: the first counts, the second has no effect', async () => {
    const taskId = id('two');
    await stage.submit(taskId);
    const done = await stage.final(taskId);
    const offered = await offerOf(taskId);
    await say('ResultSubmitted', offered, 7, 'another result');
    await stage.goesOn('two');
    const events = await stage.events(taskId);
    expect(events.filter((name) => name === 'ExecutionCompleted')).to.have.length(1);
    const after = await stage.final(taskId);
    expect([after.state, after.version]).to.deep.equal(['completed', done.version]);
  });

  it('a result after the lease: no effect, no attempt spent; another instance does the work', async () => {
    const ghost = randomUUID();
    await stage.work('late', undefined, { instance: ghost });
    await stage.workers.pop()?.stop(0);
    const presence = setInterval(() => {
      const when = { build: 'test', occurredAt: Date.now() * 1000 };
      const seen = { agentId: 'late', instance: ghost, slots: 1, freeSlots: 1, leaving: false, ...when };
      void stage.edge.publish(TOPICS.presence, 'WorkerSeen', ghost, seen);
    }, 500);
    const taskId = id('late');
    await stage.submit(taskId, { requiredCapabilities: ['late'] });
    const offered = await offerOf(taskId);
    await say('AssignmentAccepted', offered, 0);
    await stage.logged<{ taskId: string; failureClass: string }>(
      'ExecutionFailed',
      (one) => one.taskId === taskId && one.failureClass === 'LEASE_EXPIRED',
    );
    clearInterval(presence);
    await say('ResultSubmitted', offered, 1);
    await stage.goesOn('late');
    await stage.work('late');
    const task = await stage.final(taskId);
    expect([task.state, task.attempts]).to.deep.equal(['completed', 1]);
    expect(task.token).to.be.greaterThan(offered.token);
    await stage.goesOn('after-late');
  });
});
