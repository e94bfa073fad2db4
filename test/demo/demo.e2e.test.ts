import { existsSync, readdirSync, readFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { execa } from 'execa';
import { PROJECT } from '../../scripts/demo/places.js';
import { testStack } from '../support/stack.js';

describe('npm run demo', function () {
  this.timeout(300_000);
  const folder = mkdtempSync(path.join(tmpdir(), 'arbiter-demo-test-'));
  let env: Record<string, string> = {};

  before(async function () {
    this.timeout(240_000);
    if (!existsSync(path.join(PROJECT, 'dist'))) {
      process.stderr.write('skipped: the demo runs the build (npm run build)\n');
      this.skip();
    }
    const { brokers, schemaRegistryUrl, databaseUrl } = await testStack();
    env = { KAFKA_BROKERS: brokers, SCHEMA_REGISTRY_URL: schemaRegistryUrl, DATABASE_URL: databaseUrl };
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const start = (home: string) =>
    execa(process.execPath, ['--import', 'tsx', 'scripts/demo.ts'], {
      cwd: PROJECT,
      env: { ...env, ARBITER_HOME: home },
      stdin: 'ignore',
      reject: false,
    });
  const stillThere = (home: string): readonly string[] =>
    process.platform !== 'linux'
      ? []
      : readdirSync('/proc').filter((pid) => {
          try {
            return (
              /^\d+$/.test(pid) &&
              readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`ARBITER_HOME=${home}`)
            );
          } catch {
            return false;
          }
        });

  it('ends with every task as planned and every verdict verified, without a terminal and without stdin', async () => {
    const home = path.join(folder, 'whole');
    const { exitCode, stdout, stderr } = await start(home);
    const said = stdout;
    expect(exitCode, `${said}\n${stderr}`).to.equal(0);
    expect(said.split('\n').at(-1)).to.match(
      /^demo: 12 tasks, 8 completed, 2 rejected, 2 failed; 12 verdicts verified; bus kafka \d+\.\d+\.\w+$/,
    );
    expect(said).to.match(/count-words +execution_failed +flaky/);
    expect(said).to.contain('Verified OK');
    expect(stillThere(home)).to.deep.equal([]);
  });

  it('Ctrl-C: stops what it started and exits with 130', async () => {
    const home = path.join(folder, 'interrupted');
    const demo = start(home);
    await new Promise<void>((resolve) => {
      demo.stdout.on('data', (chunk: Buffer) => {
        if (chunk.toString('utf8').includes('count-words')) resolve();
      });
      void demo.then(() => resolve());
    });
    demo.kill('SIGINT');
    const { exitCode, stdout } = await demo;
    expect(exitCode).to.equal(130);
    expect(stdout).not.to.contain('demo: ');
    expect(stillThere(home)).to.deep.equal([]);
  });
});
