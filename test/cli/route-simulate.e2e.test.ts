import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { execa } from 'execa';

const BIN = fileURLToPath(new URL('../../bin/arbiter.js', import.meta.url));

describe('arbiter route simulate', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'simulate-'));
  after(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'outcomes.csv');
  writeFileSync(file, 'id,size,a,b,c\n1,"x,y",1,0,\n2,z,1,0,1\n3,z,1,1,0\n4,z,0,0,1\n');
  const arbiter = (...args: string[]): Promise<{ exitCode?: number; stdout: string; stderr: string }> =>
    execa(process.execPath, [BIN, 'route', 'simulate', '--outcomes', file, ...args], {
      reject: false,
    });

  it('one JSON document with the figures, the same for the same seed', async () => {
    const args = [
      '--policy',
      'ucb1:c=0.25',
      '--steps',
      '50',
      '--orders',
      '5',
      '--seed',
      '7',
      '--delay',
      '2',
      '--json',
    ];
    const [one, two] = await Promise.all([arbiter(...args), arbiter(...args)]);
    expect(one.exitCode, one.stderr).to.equal(0);
    expect(two.stdout).to.equal(one.stdout);
    const said = JSON.parse(one.stdout) as Record<string, unknown>;
    expect(said).to.have.all.keys(
      'policy',
      'steps',
      'orders',
      'solved',
      'regret',
      'regret_se',
      'share_best',
      'attempts_per_task',
    );
    expect(said).to.include({ policy: 'ucb1:c=0.25', steps: 50, orders: 5, attempts_per_task: 1 });
  }).timeout(60_000);

  it('an unknown policy, and an agent that is a column of context, are refused', async () => {
    const [policy, agent] = await Promise.all([arbiter('--policy', 'best'), arbiter('--agents', 'a,size')]);
    expect([policy.exitCode, agent.exitCode]).to.deep.equal([2, 2]);
    expect(policy.stderr).to.contain('POLICY_UNKNOWN: policy: expected one of randomised-ucb');
    expect(agent.stderr).to.contain('line 2, column "size": expected 0, 1 or nothing, found "x,y"');
  }).timeout(60_000);
});
