import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { openLiveMemoryBus } from '../../src/bus/index.js';
import { systemClock } from '../../src/log/index.js';
import { createEdgePublisher } from '../../src/producers/index.js';
import { startWorker, type Worker } from '../../src/runners/index.js';
import { makeRepository } from '../platform/git/repositories.js';
import { dispatcherOn, testCodec, type Dispatcher } from './support/assignments.js';

const SCRIPT = fileURLToPath(new URL('support/crashing-worker.ts', import.meta.url));

const eventually = async (what: () => boolean | Promise<boolean>): Promise<void> => {
  for (const until = Date.now() + 20_000; !(await what());) {
    if (Date.now() > until) throw new Error(`never: ${what.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
};

describe('a worker process that ends without a word', function () {
  this.timeout(60_000);
  let root = '';
  let state = '';
  beforeEach(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'arbiter-crash-')));
    state = join(root, 'state');
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const start = async (
    run: Parameters<typeof startWorker>[0]['run'],
  ): Promise<{ dispatcher: Dispatcher; worker: Worker; again: () => Promise<Worker> }> => {
    const codec = await testCodec();
    const bus = openLiveMemoryBus();
    const dispatcher = await dispatcherOn(bus, codec, () => Date.now());
    const publisher = await createEdgePublisher(await bus.openPublisher(), codec, bus.admin);
    const again = (): Promise<Worker> =>
      startWorker({
        bus,
        codec,
        publisher,
        clock: systemClock,
        agentId: 'coder',
        slots: 1,
        build: 'test',
        stateFolder: state,
        run,
      });
    return { dispatcher, worker: await again(), again };
  };

  it('kill -9: the next start reports the loss at once, with the old token and instance, and cleans up', async () => {
    const repository = makeRepository(join(root, 'repository'));
    repository.write('a', 'a');
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', SCRIPT, state, repository.folder, repository.commit()],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    let instance = '';
    child.stdout.on('data', (chunk: Buffer) => (instance += chunk.toString()));
    try {
      await eventually(() => existsSync(join(state, 'runs', instance.trim(), '1', 'work', '.git', 'config')));
    } finally {
      child.kill('SIGKILL');
      await new Promise((resolve) => child.once('exit', resolve));
    }
    const { dispatcher, worker } = await start(() => new Promise(() => undefined));
    const said = await dispatcher.said();
    expect(said.map(({ name }) => name)).to.deep.equal(['ExecutionFailed']);
    expect(said[0]?.record).to.deep.include({
      taskId: 'T-1',
      token: 17,
      agentId: 'coder',
      workerInstance: instance.trim(),
      failureClass: 'INFRASTRUCTURE',
    });
    expect(worker.instance).to.not.equal(instance.trim());
    expect(readdirSync(join(state, 'runs'))).to.deep.equal([worker.instance]);
    await worker.stop();
    expect(readdirSync(join(state, 'runs'))).to.deep.equal([]);
  });

  it('runs of an instance that lives are nobody else’s to report', async () => {
    const { dispatcher, worker, again } = await start(
      (_, { signal }) =>
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error()))),
    );
    await dispatcher.offer('T-1', 1, worker.instance);
    await eventually(() => worker.active === 1);
    const other = await again();
    expect((await dispatcher.said()).map(({ name }) => name)).to.deep.equal(['AssignmentAccepted']);
    await Promise.all([worker.stop(0), other.stop(0)]);
    expect(readdirSync(join(state, 'runs'))).to.deep.equal([]);
  });
});
