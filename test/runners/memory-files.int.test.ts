import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { expect } from 'chai';
import { tmpdir } from 'node:os';
import { mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { memoryFileBytes, tmpfsBytes } from '../../src/runners/gate-command/memory-files.js';
import { treeUse } from '../../src/runners/gate-command/process-tree.js';
import { findOnPath } from '../../src/runners/sandbox.js';

const SANDBOXES = 60;
const LOOK_MS = 30;

describe('files that a command keeps in memory', function () {
  this.timeout(60_000);
  const bwrap = findOnPath('bwrap', process.env['PATH'] ?? '');

  it('what is no tmpfs is nobody’s memory', () => {
    const program = path.dirname(process.execPath);
    expect(statfsSync(program).blocks).to.be.greaterThan(0);
    expect(tmpfsBytes(program)).to.equal(0);
    expect(tmpfsBytes('/nowhere')).to.equal(0);
    expect(memoryFileBytes([process.pid]), 'mounts that all see').to.equal(0);
  });

  it('R-302: while a sandbox is being made, its /tmp may still be the machine’s own, which does not count', async function () {
    if (bwrap === undefined) {
      process.stdout.write('      skipped: bubblewrap (bwrap) is not on the PATH\n');
      this.skip();
    }
    const folder = mkdtempSync(path.join(tmpdir(), 'arbiter-memory-files-'));
    const cage = [
      '--ro-bind',
      '/',
      '/',
      '--proc',
      '/proc',
      '--dev',
      '/dev',
      '--tmpfs',
      '/tmp',
      '--unshare-all',
    ];
    let most = 0;
    for (let i = 0; i < SANDBOXES; i++) {
      const child = spawn(bwrap, [...cage, 'true'], { stdio: 'ignore', cwd: folder });
      const ended = once(child, 'exit');
      for (const until = performance.now() + LOOK_MS; performance.now() < until;)
        most = Math.max(most, treeUse(child.pid ?? 0)?.bytes ?? 0);
      await ended;
    }
    rmSync(folder, { recursive: true });
    // bwrap and `true` themselves.
    expect(most).to.be.lessThan(50e6);
  });
});
