import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { execute, type Executed, type Execution } from '../../src/runners/execute.js';
import { detectSandbox, sandboxArgv, type Sandbox } from '../../src/runners/sandbox.js';

describe('the sandbox of an agent', function () {
  this.timeout(20_000);
  let bwrap = '';
  let networkIsolation = false;
  let root = '';
  const at = (...parts: string[]): string => join(root, ...parts);

  before(async function () {
    const support = await detectSandbox();
    if (!support.available) {
      console.log(`      skipped: ${support.reason}`);
      return this.skip();
    }
    ({ bwrap, networkIsolation } = support);
  });
  beforeEach(() => {
    // Not under /tmp: there the private /tmp would hide everything anyway.
    root = realpathSync(mkdtempSync('/var/tmp/arbiter-sandbox-'));
    for (const name of ['clone', 'state', 'outside']) mkdirSync(at(name));
    writeFileSync(at('state', 'secret'), 'SECRET');
    writeFileSync(at('key.pem'), 'SECRET');
    writeFileSync(at('outside', 'file'), 'public');
  });
  afterEach(() => {
    if (root !== '') rmSync(root, { recursive: true, force: true });
  });

  const sandbox = (changes: Partial<Sandbox> = {}): Sandbox => ({
    bwrap,
    clone: at('clone'),
    extraReadOnly: [],
    hide: [at('state'), at('key.pem')],
    network: false,
    ...changes,
  });
  const sh = (
    script: string,
    box: Partial<Sandbox> = {},
    changes: Partial<Execution> = {},
  ): Promise<Executed> =>
    execute({
      argv: ['sh', '-c', script],
      cwd: at('clone'),
      env: { PATH: process.env['PATH'] ?? '', ROOT: root },
      stdin: null,
      timeoutMs: 15_000,
      graceMs: 300,
      wrap: (argv) => sandboxArgv(sandbox({ network: !networkIsolation, ...box }), argv),
      ...changes,
    });
  const says = async (script: string, box: Partial<Sandbox> = {}): Promise<string> =>
    (await sh(script, box)).output.toString().trim();

  it('starts in the clone and may write there', async () => {
    expect(await says('pwd; echo made > made; echo $?')).to.equal(`${at('clone')}\n0`);
    expect(readFileSync(at('clone', 'made'), 'utf8')).to.equal('made\n');
  });

  it('may read but not write elsewhere', async () => {
    expect(
      await says('cat $ROOT/outside/file; echo x 2>/dev/null > $ROOT/outside/file || echo refused'),
    ).to.match(/public\s*(.*)refused$/s);
    expect(readFileSync(at('outside', 'file'), 'utf8')).to.equal('public');
  });

  it("sees nothing of Arbiter's state folder and keys, by no way", async () => {
    symlinkSync(at('state'), at('clone', 'link'));
    const output = await says(
      'ls -A $ROOT/state link; cat $ROOT/key.pem link/secret $ROOT/state/secret; ' +
        'umount $ROOT/state; umount -l $ROOT/key.pem; mount -o remount,rw /; cat $ROOT/key.pem $ROOT/state/secret; ' +
        'for p in /proc/[0-9]*; do cat $p/root$ROOT/state/secret $p/cwd/../state/secret; done 2>/dev/null; echo end',
    );
    expect(output).to.not.contain('SECRET');
    expect(output).to.match(/end$/);
  });

  it('a state folder given through a symbolic link is hidden where it really is', async () => {
    symlinkSync(at('state'), at('alias'));
    expect(await says('cat $ROOT/state/secret 2>/dev/null; echo end', { hide: [at('alias')] })).to.equal(
      'end',
    );
  });

  it('a clone inside the hidden folder works, its neighbours stay hidden', async () => {
    mkdirSync(at('state', 'work', 'clone'), { recursive: true });
    const box = { clone: at('state', 'work', 'clone') };
    expect(await says('echo x > made && ls -A $ROOT/state', box)).to.equal('work');
    expect(readFileSync(at('state', 'work', 'clone', 'made'), 'utf8')).to.equal('x\n');
  });

  it('has a /tmp of its own, gone with it', async () => {
    const name = join('/tmp', `arbiter-probe-${process.pid}`);
    writeFileSync(name, 'host');
    try {
      expect(await says(`cat ${name} 2>/dev/null; echo mine > ${name}; cat ${name}`)).to.equal('mine');
      expect(readFileSync(name, 'utf8')).to.equal('host');
    } finally {
      rmSync(name);
    }
  });

  it('no setting of the machine can be written, not even by root', async () => {
    // Asks for the access alone: nothing is written.
    const find = 'find /proc -path "/proc/[0-9]*" -prune -o ! -type l -writable -print';
    expect(await says(`${find} 2>/dev/null; [ -r /proc/sys/kernel/ostype ] && echo end`)).to.equal('end');
  });

  it("sees no process of the host's", async () => {
    expect(
      await says(`kill -0 ${process.pid} 2>/dev/null && echo seen; ls /proc | grep -c '^[0-9]'`),
    ).to.match(/^[1-9]$/);
  });

  it("reaches no port of Arbiter's without the network", async function () {
    if (!networkIsolation) {
      console.log('      skipped: a network namespace is not permitted here');
      return this.skip();
    }
    const server: Server = createServer((socket) => socket.end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = server.address() as { port: number };
      const script = `require('net').connect(${port}, '127.0.0.1').on('connect', () => console.log('in')).on('error', () => console.log('out'))`;
      const ask = (network: boolean): Promise<string> =>
        says(`'${process.execPath}' -e "${script}"`, { network });
      expect([await ask(false), await ask(true)]).to.deep.equal(['out', 'in']);
    } finally {
      server.close();
    }
  });

  it('SIGTERM reaches the agent through the sandbox: it may clean up within the grace', async () => {
    const script = 'trap "echo bye; exit 3" TERM; echo on; while :; do sleep 0.05; done';
    const result = await sh(script, {}, { timeoutMs: 600, graceMs: 8000 });
    expect(result.output.toString()).to.match(/^on\n(Terminated\n)?bye\n$/);
    expect(result).to.include({ timedOut: true, exitCode: 3 });
  });

  it('what left the process group dies with the sandbox', async () => {
    const script =
      'trap "" TERM; setsid sh -c "while :; do echo x >> beat; sleep 0.05; done" & sleep 0.3; exit 0';
    expect((await sh(script)).exitCode).to.equal(0);
    const size = (): number => readFileSync(at('clone', 'beat')).length;
    const before = size();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(size()).to.equal(before);
    const stubborn = await sh(
      'trap "" TERM; setsid sleep 100 & while :; do sleep 0.05; done',
      {},
      { timeoutMs: 400 },
    );
    expect(stubborn).to.include({ timedOut: true });
  });

  it('a path that is missing or has two meanings is refused', () => {
    const code = (box: Partial<Sandbox>): unknown => {
      try {
        return sandboxArgv(sandbox(box), ['true']);
      } catch (error) {
        return (error as { code?: unknown }).code;
      }
    };
    expect(code({ hide: [at('nothing')] })).to.equal('SANDBOX_PATH_MISSING');
    expect(code({ hide: ['state'] })).to.equal('SANDBOX_PATH_MISSING');
    expect(code({ hide: [at('clone')] })).to.equal('SANDBOX_PATH_CONFLICT');
    expect(code({ clone: '/' })).to.equal('SANDBOX_PATH_CONFLICT');
  });
});

describe('finding bubblewrap', () => {
  it('says what to do when it is not there, and does not look in relative folders', async () => {
    const support = await detectSandbox('.:relative');
    expect(support).to.deep.include({ available: false });
  });
  it('folders of the PATH that can not be looked into are passed over', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'arbiter-bwrap-'));
    try {
      symlinkSync('loop', join(folder, 'loop'));
      const path = process.env['PATH'] ?? '';
      expect(await detectSandbox(`${join(folder, 'loop')}:${path}`)).to.deep.equal(await detectSandbox(path));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
  it('a bwrap that is there but fails is not taken for one', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'arbiter-bwrap-'));
    try {
      writeFileSync(
        join(folder, 'bwrap'),
        '#!/bin/sh\necho "setting up uid map: Permission denied" >&2; exit 1\n',
        { mode: 0o755 },
      );
      const support = await detectSandbox(`${folder}:${process.env['PATH'] ?? ''}`);
      expect(support.available ? '' : support.reason).to.contain('not permitted: setting up uid map');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
