import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { execute, type Executed, type Execution } from '../../src/runners/execute.js';

describe('running an agent', function () {
  this.timeout(20_000);
  let folder = '';
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'arbiter-run-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const run = (argv: readonly string[], changes: Partial<Execution> = {}): Promise<Executed> =>
    execute({
      argv,
      cwd: folder,
      env: { PATH: process.env['PATH'] ?? '' },
      stdin: null,
      timeoutMs: 15_000,
      graceMs: 200,
      ...changes,
    });
  const sh = (script: string, changes: Partial<Execution> = {}): Promise<Executed> =>
    run(['sh', '-c', script], changes);
  const node = (script: string, changes: Partial<Execution> = {}): Promise<Executed> =>
    run([process.execPath, '-e', script], changes);
  const code = async (ask: Promise<unknown>): Promise<unknown> => {
    try {
      return await ask;
    } catch (error) {
      return (error as { code?: unknown }).code;
    }
  };
  const alive = (pid: number): boolean => {
    try {
      // A zombie still has a number: its state tells.
      const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
      return !stat.slice(stat.lastIndexOf(')')).startsWith(') Z');
    } catch {
      return false;
    }
  };
  const gone = async (file: string): Promise<boolean> => {
    const pid = Number(readFileSync(join(folder, file), 'utf8'));
    for (let round = 0; round < 100 && alive(pid); round += 1)
      await new Promise((resolve) => setTimeout(resolve, 20));
    return pid > 0 && !alive(pid);
  };

  it('gives the exit code, both streams, the folder and only the given environment', async () => {
    const result = await sh('pwd; echo err >&2; echo "[$SECRET][$GIVEN]"; exit 7', {
      env: { PATH: process.env['PATH'] ?? '', GIVEN: 'yes' },
    });
    expect(result.exitCode).to.equal(7);
    expect(result.output.toString()).to.contain(folder).and.contain('err').and.contain('[][yes]');
    expect(result).to.include({ signal: null, timedOut: false, aborted: false, truncated: false });
    expect(result.durationMs).to.be.greaterThan(0);
  });

  it('arguments are arguments: no shell reads them', async () => {
    const { output } = await run(['printf', '%s|', '$(id)', '; rm -rf x', '`id`', "a'b"]);
    expect(output.toString()).to.equal("$(id)|; rm -rf x|`id`|a'b|");
  });

  it('standard input arrives whole, and without one the program sees its end', async () => {
    const stdin = Buffer.alloc(3_000_000, 'x');
    expect((await run(['wc', '-c'], { stdin })).output.toString().trim()).to.equal('3000000');
    expect((await run(['wc', '-c'])).output.toString().trim()).to.equal('0');
  });

  it('EPIPE: an agent that closes its input early is not a failure', async () => {
    const result = await sh('exec <&-; echo done', { stdin: Buffer.alloc(5_000_000) });
    expect([result.exitCode, result.output.toString()]).to.deep.equal([0, 'done\n']);
  });

  it('an agent that prints 100 MB: the last 64 KiB are kept, memory does not grow with it', async () => {
    const before = process.memoryUsage.rss();
    const result = await sh('head -c 104857600 /dev/zero; printf THE-END');
    expect(result.exitCode).to.equal(0);
    expect([result.output.length, result.truncated]).to.deep.equal([65_536, true]);
    expect(result.output.subarray(-7).toString()).to.equal('THE-END');
    expect(process.memoryUsage.rss() - before).to.be.below(80 * 1024 * 1024);
  });

  it('a time-out ends it with SIGTERM when it listens', async () => {
    const result = await sh('trap "echo bye; exit 3" TERM; echo on; while :; do sleep 0.05; done', {
      timeoutMs: 400,
      graceMs: 5000,
    });
    expect(result).to.include({ timedOut: true, aborted: false, exitCode: 3 });
    expect(result.output.toString()).to.match(/^on\n(Terminated\n)?bye\n$/);
  });

  it('an agent that ignores SIGTERM is killed after the grace, its children too', async () => {
    const result = await sh(
      'trap "" TERM; sh -c "trap \'\' TERM; echo \\$\\$ >child; sleep 100" & while :; do sleep 0.05; done',
      {
        timeoutMs: 500,
        graceMs: 200,
      },
    );
    expect(result).to.include({ timedOut: true, exitCode: null, signal: 'SIGKILL' });
    expect(await gone('child')).to.equal(true);
  });

  it('grandchildren that keep the pipes open are killed with the group and hold nothing back', async () => {
    const result = await sh('sleep 100 & echo $! >child; echo result; exit 0');
    expect(result).to.include({ exitCode: 0, timedOut: false });
    expect(result.output.toString()).to.equal('result\n');
    expect(result.durationMs).to.be.below(10_000);
    expect(await gone('child')).to.equal(true);
  });

  it('a grandchild that left the group holds nothing back either', async () => {
    const away = `require('child_process').spawn('sleep', ['5'], { detached: true, stdio: 'inherit' }).unref(); console.log('x');`;
    const result = await node(away);
    expect(result.output.toString()).to.equal('x\n');
    expect(result.durationMs).to.be.below(4500);
  });

  it('a stopped agent (SIGSTOP) is killed all the same', async () => {
    const result = await sh('kill -STOP $$; echo never', { timeoutMs: 300, graceMs: 100 });
    expect(result).to.include({ timedOut: true, signal: 'SIGKILL' });
  });

  it('cancel: an abort stops it and says so; the time-out after it does not count', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 150);
    const result = await sh('trap "" TERM; sleep 100', {
      signal: controller.signal,
      timeoutMs: 300,
      graceMs: 500,
    });
    expect(result).to.include({ aborted: true, timedOut: false });
  });

  it('cancelled before the start: it never runs', async () => {
    const result = await sh('echo ran > ran', { signal: AbortSignal.abort() });
    expect(result).to.include({ aborted: true, exitCode: null });
    expect(() => readFileSync(join(folder, 'ran'))).to.throw(/ENOENT/);
  });

  it('a signal from elsewhere is no time-out', async () => {
    expect(await sh('kill -SEGV $$')).to.include({
      signal: 'SIGSEGV',
      exitCode: null,
      timedOut: false,
      aborted: false,
    });
  });

  it('what cannot start is an error that says why', async () => {
    const file = join(folder, 'plain');
    writeFileSync(file, 'text', { mode: 0o600 });
    expect(await code(run(['no-such-program-here']))).to.equal('PROGRAM_NOT_FOUND');
    expect(await code(run([file]))).to.equal('PROGRAM_NOT_EXECUTABLE');
    expect(await code(run(['true'], { cwd: join(folder, 'no') }))).to.equal('FOLDER_MISSING');
    expect(await code(run([]))).to.equal('ARGV_INVALID');
    expect(await code(run(['true', 'a\0b']))).to.equal('START_FAILED');
  });

  it('a time-out longer than a timer can hold does not fire at once', async () => {
    expect(await sh('sleep 0.1', { timeoutMs: 2 ** 40 })).to.include({ timedOut: false, exitCode: 0 });
  });

  it('many at once: every one ends, none is left, no listener leaks', async () => {
    const { signal } = new AbortController();
    const warnings: Error[] = [];
    const note = (warning: Error): number => warnings.push(warning);
    process.on('warning', note);
    const results = await Promise.all(Array.from({ length: 8 }, (_, at) => sh(`exit ${at}`, { signal })));
    process.off('warning', note);
    expect(results.map(({ exitCode }) => exitCode)).to.deep.equal([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(warnings).to.deep.equal([]);
  });
});
