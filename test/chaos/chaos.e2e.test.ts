import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { execa } from 'execa';

const script = fileURLToPath(new URL('../../scripts/chaos.ts', import.meta.url));

describe('chaos', function () {
  this.timeout(900_000);

  it('laws 1 to 7 and 10 hold while processes and parts are killed and stopped', async () => {
    const args = ['--minutes', '1', '--seed', '1', '--longest', '8', '--rate', '4', '--json'];
    const result = await execa(process.execPath, ['--import', 'tsx', script, ...args], {
      reject: false,
      timeout: 880_000,
      forceKillAfterDelay: 60_000,
    });
    const last = result.stdout.trim().split('\n').at(-1) ?? '';
    expect(last, result.stderr.slice(-4000)).to.not.equal('');
    const report = JSON.parse(last) as {
      first_violations: string[];
      tasks: number;
      faults: { total: number };
    };
    expect(report.first_violations, result.stderr.slice(-4000)).to.deep.equal([]);
    expect(report.tasks).to.be.greaterThan(0);
    expect(report.faults.total).to.be.greaterThan(0);
    expect(result.exitCode).to.equal(0);
  });
});
