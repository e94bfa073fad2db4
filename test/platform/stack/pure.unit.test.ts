import { expect } from 'chai';
import { StackError } from '../../../src/platform/stack/errors.js';
import { cacheFolder, stateFolder } from '../../../src/platform/stack/folder.js';
import { parseStat, strays } from '../../../src/platform/stack/identity.js';
import { jarsFolder } from '../../../src/platform/stack/jars.js';
import { javaVersion } from '../../../src/platform/stack/java.js';
import { releaseOf } from '../../../src/platform/stack/kafka-probe.js';
import { escapeProperty, fill } from '../../../src/platform/stack/kafka.js';
import { choosePort } from '../../../src/platform/stack/ports.js';
import { plainEnvironment } from '../../../src/platform/stack/process.js';
import { externalParts, hostAndPort, portOf } from '../../../src/platform/stack/settings.js';

const codeOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    return error instanceof StackError ? error.code : String(error);
  }
  return 'no error';
};

const codeOfAsync = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'no error',
    (error: unknown) => (error instanceof StackError ? error.code : String(error)),
  );

describe('stack: identity of a process', () => {
  it('hazard: a command name with blanks and parentheses does not shift the fields of stat', () => {
    const tail = `S ${Array.from({ length: 18 }, (_, index) => index + 4).join(' ')} 777 rest`;
    expect(parseStat(`42 (a) b (c d) ${tail}`)).to.deep.equal({ state: 'S', startTicks: '777' });
    expect(parseStat('42 (short) S 1 2')).to.equal(undefined);
  });

  it('hazard: an editor that has the same file open is not a stray part', () => {
    const process = (pid: number, ...args: string[]) => ({
      pid,
      identity: String(pid),
      args,
      cwd: undefined,
    });
    const among = [
      process(1, 'vim', '/p/server.properties'),
      process(2, '/jdk/bin/java', 'kafka.Kafka', '/p/server.properties'),
      process(3, 'java', '/q/server.properties'),
    ];
    expect(strays('java', '/p/server.properties', among).map(({ pid }) => pid)).to.deep.equal([2]);
  });
});

describe('stack: ports', () => {
  const never = (): Promise<boolean> => Promise.resolve(false);
  const always = (): Promise<boolean> => Promise.resolve(true);

  it('a kept port is used again', async () => {
    expect(await choosePort('kafka', { kafka: 25_000 }, {}, always)).to.equal(25_000);
  });

  it('a kept port that was taken meanwhile gives way to a new one, which no other part has', async () => {
    const port = await choosePort('kafka', { kafka: 25_000, registry: 25_001 }, {}, (asked) =>
      Promise.resolve(asked !== 25_000),
    );
    expect(port).to.be.within(20_000, 32_000).and.not.be.oneOf([25_000, 25_001]);
  });

  it('a port that the user fixed wins, and is an error when taken', async () => {
    const env = { ARBITER_KAFKA_PORT: '9092' };
    expect(await choosePort('kafka', { kafka: 25_000 }, env, always)).to.equal(9092);
    expect(await codeOfAsync(choosePort('kafka', { kafka: 25_000 }, env, never))).to.equal('PORT_TAKEN');
  });

  it('a fixed port that is none is refused', async () => {
    for (const bad of ['0', '65536', 'x', '80.5']) {
      expect(
        await codeOfAsync(choosePort('postgres', {}, { ARBITER_POSTGRES_PORT: bad }, always)),
        bad,
      ).to.equal('BAD_SETTING');
    }
  });

  it('no free port at all ends in an error, not in a loop', async () => {
    expect(await codeOfAsync(choosePort('kafka', {}, {}, never))).to.equal('PORT_TAKEN');
  });
});

describe('stack: settings', () => {
  it('brokers without their registry are refused', () => {
    expect(codeOf(() => externalParts({ KAFKA_BROKERS: 'k:9092' }))).to.equal('NO_REGISTRY_URL');
  });

  it('blank settings are none', () => {
    expect(externalParts({ KAFKA_BROKERS: ' ', SCHEMA_REGISTRY_URL: '', DATABASE_URL: '' })).to.deep.equal({
      brokers: undefined,
      schemaRegistryUrl: undefined,
      databaseUrl: undefined,
    });
  });

  it('addresses that are none are refused, and a password is not repeated', () => {
    expect(codeOf(() => hostAndPort('k'))).to.equal('BAD_SETTING');
    expect(codeOf(() => hostAndPort('k:99999'))).to.equal('BAD_SETTING');
    expect(hostAndPort('[::1]:9092')).to.deep.equal({ host: '::1', port: 9092 });
    expect(() => externalParts({ DATABASE_URL: 'mysql://me:s3cret@h/db' }))
      .to.throw()
      .with.property('message')
      .that.does.not.contain('s3cret');
  });

  it('the port a URL means', () => {
    expect([
      portOf('http://h/x'),
      portOf('https://h'),
      portOf('postgres://h/d'),
      portOf('postgres://h:1234/d'),
    ]).to.deep.equal([80, 443, 5432, 1234]);
  });

  it('state folder: option, then ARBITER_HOME, then .arbiter in the project', () => {
    const env = { ARBITER_HOME: '/home-of-it' };
    expect(stateFolder({ folder: '/given', env })).to.equal('/given');
    expect(stateFolder({ project: '/p', env })).to.equal('/home-of-it');
    expect(stateFolder({ project: '/p', env: {} })).to.equal('/p/.arbiter');
  });

  it('jars folder: versions and a digest of the pom in its name, so that a change is another folder', () => {
    const pom = '<kafka.version>4.1.1</kafka.version><apicurio.version>2.6.13.Final</apicurio.version>';
    const env = { ARBITER_CACHE_DIR: '/c' };
    expect(jarsFolder(env, pom)).to.match(/^\/c\/stack-kafka-4\.1\.1-apicurio-2\.6\.13\.Final-[0-9a-f]{8}$/);
    expect(jarsFolder(env, `${pom} `)).to.not.equal(jarsFolder(env, pom));
    expect(cacheFolder({ HOME: '/h' })).to.equal('/h/.cache/arbiter');
  });

  it('no secret of the user reaches a part that stays', () => {
    expect(plainEnvironment({ PATH: '/bin', AWS_SECRET_ACCESS_KEY: 'x', GITHUB_TOKEN: 'y' })).to.deep.equal({
      PATH: '/bin',
    });
  });
});

describe('stack: versions and templates', () => {
  it('java versions as they are printed', () => {
    expect(javaVersion('openjdk version "17.0.15" 2025-04-15')).to.equal(17);
    expect(javaVersion('java version "1.8.0_402"')).to.equal(8);
    expect(javaVersion('openjdk version "25-ea" 2025-09-16')).to.equal(25);
    expect(javaVersion('command not found')).to.equal(undefined);
  });

  it('the release of a broker by its highest metadata level', () => {
    expect([27, 25, 21, 3, undefined].map(releaseOf)).to.deep.equal([
      '4.1.x',
      '4.0.x',
      '3.9.x',
      'unknown',
      'unknown',
    ]);
  });

  it('a template without a value for one of its names is refused', () => {
    expect(fill('port=${port}', { port: '1' })).to.equal('port=1');
    expect(codeOf(() => fill('a=${b}', {}))).to.equal('BAD_SETTING');
  });

  it('hazard: log.dirs is a list and a backslash escapes', () => {
    expect(escapeProperty('C:\\x y')).to.equal('C:\\\\x y');
    expect(codeOf(() => escapeProperty('/a,b'))).to.equal('BAD_SETTING');
  });
});
