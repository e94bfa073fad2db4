import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { expect } from 'chai';
import { requireSpace } from '../../../src/platform/stack/disk.js';
import { StackError } from '../../../src/platform/stack/errors.js';
import { identityOf, lives } from '../../../src/platform/stack/identity.js';
import { findJars, requireMaven } from '../../../src/platform/stack/jars.js';
import { findJava } from '../../../src/platform/stack/java.js';
import { withLock } from '../../../src/platform/stack/lock.js';
import { choosePort, isFree } from '../../../src/platform/stack/ports.js';
import { findPostgres, repairLinks } from '../../../src/platform/stack/postgres-binaries.js';
import { startDetached, stopProcess } from '../../../src/platform/stack/process.js';
import { untilReady } from '../../../src/platform/stack/ready.js';
import { stackStatus, startStack } from '../../../src/platform/stack/index.js';
import { emptyState, readState, stateFile, writeState } from '../../../src/platform/stack/state.js';

/** What is missing or in the way, and what the error then says. No broker is started here. */
describe('local stack: refusals', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'arbiter-refusals-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  /** A PATH on which there is only a shell, and the given scripts. */
  function pathWith(programs: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
    const bin = join(folder, 'bin');
    mkdirSync(bin);
    symlinkSync('/bin/sh', join(bin, 'sh'));
    for (const [name, script] of Object.entries(programs)) {
      writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    }
    return {
      PATH: bin,
      HOME: folder,
      ARBITER_CACHE_DIR: join(folder, 'cache'),
      DOCKER_HOST: 'unix:///nonexistent',
    };
  }
  const java = (version: string): string => `echo 'openjdk version "${version}" 2025-01-01' >&2`;

  it('no Java: says what to install or set', async () => {
    const error = await refusal(findJava(pathWith({})));
    expect(error.code).to.equal('NO_JAVA');
    expect(error.message).to.contain('openjdk-17-jre-headless').and.to.contain('KAFKA_BROKERS');
  });

  it('a java that only says that there is none counts as none', async () => {
    expect((await refusal(findJava(pathWith({ java: 'echo "no runtime" >&2; exit 1' })))).code).to.equal(
      'NO_JAVA',
    );
  });

  it('an old Java is named with its version', async () => {
    const error = await refusal(findJava(pathWith({ java: java('1.8.0_402') })));
    expect([error.code, error.found]).to.deep.equal([
      'JAVA_TOO_OLD',
      `${join(folder, 'bin', 'java')} of version 8`,
    ]);
  });

  it('JAVA_HOME wins over PATH', async () => {
    const home = join(folder, 'jdk');
    mkdirSync(join(home, 'bin'), { recursive: true });
    writeFileSync(join(home, 'bin', 'java'), `#!/bin/sh\n${java('21.0.1')}\n`, { mode: 0o755 });
    expect(await findJava({ ...pathWith({ java: java('1.8.0') }), JAVA_HOME: home })).to.equal(
      join(home, 'bin', 'java'),
    );
  });

  it('no Maven and no jars', async () => {
    const env = pathWith({ java: java('17.0.1') });
    expect((await refusal(findJars(env))).code).to.equal('NO_MAVEN');
    expect(() => requireMaven(env))
      .to.throw(StackError)
      .with.property('repair')
      .that.contains('apt-get install maven');
  });

  it('a download that fails tells the last lines of Maven and leaves nothing that looks complete', async () => {
    const env = pathWith({ mvn: 'echo "[ERROR] Could not transfer artifact"; exit 1' });
    const error = await refusal(findJars(env));
    expect(error.code).to.equal('DOWNLOAD_FAILED');
    expect(error.message).to.contain('Could not transfer artifact');
    expect(readdirSync(join(folder, 'cache'))).to.deep.equal([]);
  });

  it('a Maven that ends well without any jar is not believed', async () => {
    expect((await refusal(findJars(pathWith({ mvn: 'exit 0' })))).code).to.equal('DOWNLOAD_FAILED');
  });

  it('up without Java and Docker: the error of Java, and nothing goes on running', async () => {
    const env = { ...pathWith({}), DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' };
    const own = join(folder, 'state');
    const error = await refusal(startStack({ folder: own, env, quiet: true, readyTimeoutMs: 300 }));
    expect(error.code).to.equal('NO_JAVA');
    expect(readState(own)?.parts).to.deep.equal({});
    expect(existsSync(join(own, 'stack.lock'))).to.equal(false);
  });

  it('disk full: says how much there is', async () => {
    const error = await refusal(requireSpace(folder, Number.MAX_SAFE_INTEGER));
    expect(error.code).to.equal('DISK_FULL');
    expect(error.found).to.match(/^\d+ MiB$/);
    await requireSpace(folder, 1);
  });

  it('port taken: the fixed one is an error that names its setting', async () => {
    const server = await listening();
    const { port } = server.address() as AddressInfo;
    const error = await refusal(choosePort('registry', {}, { ARBITER_REGISTRY_PORT: String(port) }));
    expect(error.code).to.equal('PORT_TAKEN');
    expect(error.message).to.contain('ARBITER_REGISTRY_PORT').and.to.contain(String(port));
    expect(await choosePort('registry', { registry: port }, {})).not.to.equal(port);
    server.close();
    await once(server, 'close');
    expect(await isFree(port)).to.equal(true);
  });

  it('R-624: a state folder that can not be is a setting to be corrected, whoever asks for it', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    const under = join(file, 'home');
    for (const refused of [
      await refusal(startStack({ folder: under, env: pathWith({}), quiet: true })),
      await refusal(startStack({ folder: file, env: {}, quiet: true })),
      await refusal(stackStatus({ folder: under, env: {} })),
    ]) {
      expect([refused.code, refused.repair]).to.deep.equal([
        'BAD_SETTING',
        'Set ARBITER_HOME to a folder that you may write to.',
      ]);
      expect(refused.expected).to.contain(file);
    }
  });

  it('a part that ends at once is reported with the end of its log, without waiting', async () => {
    const log = join(folder, 'part.log');
    const args = ['-c', 'echo out of luck; exit 3'];
    const part = await startDetached({ file: '/bin/sh', args, cwd: folder, env: {}, log });
    const error = await refusal(
      untilReady(
        { name: 'kafka', log, alive: () => Promise.resolve(lives(part.pid, part.identity)) },
        () => Promise.reject(new Error('no')),
        30_000,
      ),
    );
    expect(error.code).to.equal('PART_DID_NOT_START');
    expect(error.message).to.contain('out of luck');
  });

  it('a part that never answers is reported when its time is over', async () => {
    const error = await refusal(
      untilReady({ name: 'registry', log: '' }, () => Promise.reject(new Error('refused')), 100),
    );
    expect(error.message).to.contain('no answer within 100 ms').and.to.contain('refused');
  });
});

describe('local stack: processes, state, lock', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'arbiter-processes-'));
  });
  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  const sleeper = (script = 'sleep 60'): ReturnType<typeof startDetached> =>
    startDetached({
      file: '/bin/sh',
      args: ['-c', script],
      cwd: folder,
      env: { PATH: '/bin:/usr/bin' },
      log: join(folder, 'log'),
    });

  it('a process is known by pid and start; another pid or start is another process', async () => {
    const part = await sleeper();
    expect(lives(part.pid, part.identity)).to.equal(true);
    expect(lives(part.pid, `${part.identity}0`)).to.equal(false);
    expect(lives(process.pid, part.identity)).to.equal(false);
    await stopProcess(part, { steps: [{ signal: 'SIGTERM', waitMs: 5_000 }] });
    expect(identityOf(part.pid)).to.equal(undefined);
  });

  it('hazard: a recycled pid is not signalled', async () => {
    const part = await sleeper();
    await stopProcess(
      { pid: part.pid, identity: 'an earlier life' },
      { steps: [{ signal: 'SIGKILL', waitMs: 50 }] },
    );
    expect(lives(part.pid, part.identity)).to.equal(true);
    await stopProcess(part, { steps: [{ signal: 'SIGKILL', waitMs: 5_000 }] });
  });

  it('a process that ignores SIGTERM gets SIGKILL', async () => {
    const part = await sleeper("trap '' TERM; echo armed; while :; do sleep 0.05; done");
    await untilReady(
      { name: 'kafka', log: '' },
      () => (existsSync(join(folder, 'log')) ? Promise.resolve() : Promise.reject(new Error('no'))),
      5_000,
    );
    await stopProcess(part, {
      steps: [
        { signal: 'SIGTERM', waitMs: 300 },
        { signal: 'SIGKILL', waitMs: 5_000 },
      ],
    });
    expect(identityOf(part.pid)).to.equal(undefined);
  });

  it('state is written whole, for us alone, and read back; what is not ours is refused', async () => {
    const state = { ...emptyState(), ports: { kafka: 25_000 } };
    writeState(folder, state);
    expect(readState(folder)).to.deep.equal(state);
    expect(readdirSync(folder).filter((name) => name.startsWith('state.json.'))).to.deep.equal([]);
    for (const bad of [
      '',
      '{}',
      '{"version":2}',
      JSON.stringify({ ...state, parts: { kafka: { pid: -1 } } }),
    ]) {
      writeFileSync(stateFile(folder), bad);
      expect((await refusal(Promise.resolve().then(() => readState(folder)))).code, bad).to.equal(
        'BAD_STATE',
      );
    }
    rmSync(stateFile(folder));
    expect(readState(folder)).to.equal(undefined);
  });

  it('a cluster id is 16 bytes as Kafka writes them', () => {
    for (let index = 0; index < 200; index += 1)
      expect(emptyState().clusterId).to.match(/^[A-Za-z0-9_][A-Za-z0-9_-]{21}$/);
  });

  it('the lock lets one in at a time', async () => {
    let inside = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      inside += 1;
      most = Math.max(most, inside);
      await new Promise((resolve) => setTimeout(resolve, 5));
      inside -= 1;
    };
    await Promise.all(Array.from({ length: 8 }, () => withLock(folder, 10_000, work)));
    expect(most).to.equal(1);
  });

  it('the lock of a process that died holds nothing, of a living one it does, and says who', async () => {
    writeFileSync(
      join(folder, 'stack.lock'),
      JSON.stringify({ pid: process.pid, identity: 'an earlier life' }),
    );
    expect(await withLock(folder, 0, () => Promise.resolve('in'))).to.equal('in');
    const error = await refusal(withLock(folder, 1_000, () => withLock(folder, 50, () => Promise.resolve())));
    expect([error.code, error.found]).to.deep.equal([
      'LOCKED',
      `held by process ${process.pid} for more than 50 ms`,
    ]);
  });

  it('hazard: npm left out the links between the libraries of PostgreSQL', () => {
    const native = join(folder, 'package', 'native');
    mkdirSync(join(native, 'lib'), { recursive: true });
    writeFileSync(join(native, 'lib', 'libx.so.1.2'), 'x');
    const links = [
      { source: 'native/lib/libx.so.1.2', target: 'native/lib/libx.so.1' },
      { source: 'native/lib/libx.so.1.2', target: '../outside' },
    ];
    writeFileSync(join(native, 'pg-symlinks.json'), JSON.stringify(links));
    repairLinks(native);
    repairLinks(native);
    expect(existsSync(join(native, 'lib', 'libx.so.1'))).to.equal(true);
    expect(existsSync(join(folder, 'outside'))).to.equal(false);
    expect(existsSync(findPostgres().postgres)).to.equal(true);
  });
});

async function refusal(work: Promise<unknown>): Promise<StackError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof StackError) return error;
    throw error;
  }
  throw new Error('not refused');
}

async function listening(): Promise<Server> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
