import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { execa } from 'execa';
import { testStack } from '../support/stack.js';

describe('scripts/with-stack', function () {
  this.timeout(180_000);
  const script = fileURLToPath(new URL('../../scripts/with-stack.ts', import.meta.url));
  const run = (...args: string[]) =>
    execa(process.execPath, ['--import', 'tsx', script, ...args], { reject: false });

  // With the stack up already, so that it is not stopped behind the back of the tests that run beside this one.
  before(testStack);

  it('gives the command the addresses and passes its exit code through', async () => {
    const code =
      'console.log(process.env.KAFKA_BROKERS, process.env.SCHEMA_REGISTRY_URL, process.env.DATABASE_URL !== undefined); process.exit(7)';
    const result = await run(process.execPath, '-e', code);
    expect([result.exitCode, result.stdout.split(' ').length]).to.deep.equal([7, 3]);
    const { brokers, schemaRegistryUrl } = await testStack();
    expect(result.stdout).to.equal(`${brokers} ${schemaRegistryUrl} true`);
  });

  it('without a command, or with one that is not there, it says so', async () => {
    expect((await run()).exitCode).to.equal(2);
    const result = await run('/nonexistent/program');
    expect([result.exitCode, result.stderr.includes('/nonexistent/program')]).to.deep.equal([2, true]);
  });
});
