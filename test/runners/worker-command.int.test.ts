import { existsSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { openLiveMemoryBus } from '../../src/bus/index.js';
import { systemClock } from '../../src/log/index.js';
import { createEdgePublisher } from '../../src/producers/index.js';
import { commandRunner, startWorker } from '../../src/runners/index.js';
import { makeRepository } from '../platform/git/repositories.js';
import { dispatcherOn, testCodec } from './support/assignments.js';

const eventually = async (what: () => boolean | Promise<boolean>): Promise<void> => {
  for (const until = Date.now() + 20_000; !(await what());) {
    if (Date.now() > until) throw new Error(`never: ${what.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
};

describe('a worker with a command', function () {
  this.timeout(60_000);
  let root = '';
  beforeEach(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'arbiter-worker-')));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it('N slots are N clones; busy beyond; revoked in mid-run: killed, nothing pushed, nothing left', async () => {
    const repository = makeRepository(join(root, 'repository'));
    repository.write('a', 'a\n');
    const offer = { repository: repository.folder, baseCommit: repository.commit() };
    const stateFolder = join(root, 'state');
    const codec = await testCodec();
    const bus = openLiveMemoryBus();
    const dispatcher = await dispatcherOn(bus, codec, () => Date.now());
    const script = `echo "$ARBITER_TASK_ID" > made; test "$ARBITER_TASK_ID" != T-9 || sleep 30; until test -e ${root}/go; do sleep 0.05; done`;
    const worker = await startWorker({
      bus,
      codec,
      publisher: await createEdgePublisher(await bus.openPublisher(), codec, bus.admin),
      clock: systemClock,
      agentId: 'coder',
      slots: 3,
      build: 'test',
      stateFolder,
      run: await commandRunner({ argv: ['sh', '-c', script], stateFolder, sandbox: 'off', graceMs: 200 }),
    });
    const clones = (): string[] =>
      readdirSync(join(stateFolder, 'runs', worker.instance)).filter((name) => /^\d+$/.test(name));
    for (const [n, task] of ['T-1', 'T-2', 'T-9', 'T-4'].entries())
      await dispatcher.offer(task, n, worker.instance, { offer, leaseMs: 1500 });
    await eventually(
      () =>
        worker.active === 3 &&
        clones().every((n) => existsSync(join(stateFolder, 'runs', worker.instance, n, 'work', 'made'))),
    );
    expect(clones()).to.have.length(3);
    await eventually(async () =>
      (await dispatcher.said('T-9')).some(
        ({ record }) => (record['diff'] as { files: number } | null)?.files === 1,
      ),
    );
    await dispatcher.revoke('T-9', 2, worker.instance);
    await eventually(() => worker.active === 2);
    repository.write('../go', '');
    await eventually(() => worker.active === 0);
    expect(repository.git('for-each-ref', '--format=%(refname)', 'refs/arbiter')).to.equal(
      'refs/arbiter/T-1/1-0\nrefs/arbiter/T-2/1-1',
    );
    expect(repository.git('show', 'refs/arbiter/T-2/1-1:made')).to.equal('T-2');
    expect((await dispatcher.said('T-4')).map(({ name, record }) => [name, record['busy']])).to.deep.equal([
      ['AssignmentDeclined', true],
    ]);
    expect((await dispatcher.said('T-1')).at(-1)?.record['result']).to.deep.include({
      commit: repository.git('rev-parse', 'refs/arbiter/T-1/1-0'),
      ref: 'refs/arbiter/T-1/1-0',
      exitCode: 0,
    });
    expect((await dispatcher.said('T-9')).at(-1)?.name).to.equal('Heartbeat');
    expect(clones()).to.deep.equal([]);
    await worker.stop();
  });
});
