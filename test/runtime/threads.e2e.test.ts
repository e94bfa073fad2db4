import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { setUp } from '../../src/runtime/index.js';
import { arbiterCli, type ArbiterCli } from '../cli/arbiter-cli.js';
import { readExposition } from '../support/exposition.js';
import { testStack } from '../support/stack.js';

describe('arbiter run in two threads', function () {
  this.timeout(120_000);
  let home: string;
  let cli: ArbiterCli;
  const setUpIn = async (folder: string): Promise<unknown> =>
    setUp({ ...(await testStack()), kafkaVersion: '', folder });
  beforeEach(async () => {
    home = await mkdtemp(path.join(tmpdir(), `arbiter-threads-${randomUUID().slice(0, 8)}-`));
    cli = await arbiterCli(home);
  });
  afterEach(() => rm(home, { recursive: true, force: true }));

  it('the second thread can not start: its error reaches people as it is, and the first one does not stay', async () => {
    await setUpIn(path.join(home, 'elsewhere'));
    const { code, stderr } = await cli.run('run', '--only', 'saga,signer');
    expect(stderr).to.match(/NO_SIGNING_KEY: expected .*run: arbiter up/);
    expect(code).to.equal(2);
  });

  it('R-601, R-626, R-625: one health, one exposition, one ordered stop', async () => {
    await setUpIn(home);
    const service = await cli.start('run', '--only', 'saga,signer,registrar', '--json');
    const { metrics_port, components } = service.ready as { metrics_port: number; components: string[] };
    expect(components).to.have.members(['saga', 'signer', 'registrar']);
    const get = async (place: string): Promise<string> =>
      (await fetch(`http://127.0.0.1:${metrics_port}${place}`)).text();
    const families = readExposition(await get('/metrics'));
    const owners = families.get('arbiter_owner_owning')?.samples.map(({ labels }) => labels['component']);
    expect([...new Set(owners)]).to.have.members(['saga', 'signer', 'registrar']);
    expect(families.get('process_start_time_seconds')?.samples).to.have.length(1);
    const { detail } = JSON.parse(await get('/health/ready')) as { detail: object };
    expect(Object.keys(detail)).to.have.members(['saga', 'signer', 'registrar']);
    expect(await service.stop()).to.equal(0);
  });

  it('law 13: a thread that ends by itself ends the process, with the reason in its log', async () => {
    await setUpIn(home);
    const crash = path.join(home, 'crash.mjs');
    await writeFile(
      crash,
      `import { isMainThread } from 'node:worker_threads';
      if (!isMainThread) setTimeout(() => { throw new Error('out of the blue'); }, 4000);`,
    );
    const { code, stderr } = await (
      await arbiterCli(home, { NODE_OPTIONS: `--import ${crash}` })
    ).run('run', '--only', 'saga,signer', '--json');
    expect(stderr).to.match(/"level":"fatal".*out of the blue/);
    expect(code).to.equal(2);
  });
});
