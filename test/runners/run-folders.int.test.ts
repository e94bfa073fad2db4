import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { removeFolder } from '../../src/runners/remove-folder.js';
import { forgetInstance, lostInstances, openRunFolders } from '../../src/runners/run-folders.js';
import type { Assignment } from '../../src/runners/index.js';
import { offerOf } from './support/assignments.js';

const assignment: Assignment = {
  taskId: 'T-1',
  token: 42,
  attempt: 1,
  agentId: 'coder',
  workerInstance: 'w',
  acceptBy: 0,
  leaseMs: 800,
  tenant: 'default',
  traceparent: null,
  offer: offerOf({ repository: null, baseCommit: null, deadline: null }),
};

describe('folders of runs', () => {
  let state = '';
  beforeEach(() => {
    state = realpathSync(mkdtempSync(join(tmpdir(), 'arbiter-folders-')));
  });
  afterEach(() => removeFolder(state));

  const spoil = (folder: string): void => {
    // Deeper than a path may be long, and without the right to remove.
    const script = `n=$(printf %0200d 0); for i in $(seq 60); do mkdir $n && cd $n || exit 1; done; touch kept; chmod 555 .`;
    execFileSync('bash', ['-c', script], { cwd: folder });
    execFileSync('bash', ['-c', 'mkdir locked && touch locked/file && chmod 0 locked'], { cwd: folder });
  };

  it('a run’s folder goes, however deep and locked it is', async () => {
    const folders = openRunFolders(state, 'one');
    const folder = folders.begin(assignment);
    spoil(folder);
    await folders.end(folder);
    expect(existsSync(folder)).to.equal(false);
    await folders.close();
    expect(readdirSync(join(state, 'runs'))).to.deep.equal([]);
  });

  it('what a lost instance left goes as well', async () => {
    const folders = openRunFolders(state, 'one');
    spoil(folders.begin(assignment));
    // As of a process that has ended.
    writeFileSync(join(state, 'runs', 'one', 'owner.json'), '{"pid":1,"identity":"gone"}');
    const [lost] = lostInstances(state);
    expect(lost?.runs.map(({ taskId }) => taskId)).to.deep.equal(['T-1']);
    if (lost !== undefined) await forgetInstance(lost);
    expect(readdirSync(join(state, 'runs'))).to.deep.equal([]);
  });
});
