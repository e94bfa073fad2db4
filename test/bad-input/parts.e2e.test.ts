import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { execa } from 'execa';
import { TOPICS } from '../../src/events/topics.js';
import { createEdgePublisher } from '../../src/producers/index.js';
import { instantly, ownEnvironment, PATIENCE_MS, Stage } from './support.js';

const BIN = fileURLToPath(new URL('../../bin/arbiter.js', import.meta.url));
const WEEK = String(7 * 24 * 3600 * 1000);

describe('bad input: parts that are away, topics that were changed', function () {
  this.timeout(600_000);
  let stage: Stage;
  before(async () => {
    stage = await Stage.open('parts');
    await stage.start();
    await stage.work('worker');
    await stage.goesOn('first');
  });
  after(() => stage.close());

  const id = (name: string): string => `${name}-${randomUUID().slice(0, 8)}`;

  /** `arbiter` as a person starts it, which is expected to end by itself. */
  const arbiter = async (...args: readonly string[]): Promise<{ code: number | undefined; said: string }> => {
    const { brokers, schemaRegistryUrl, databaseUrl, folder } = stage.endpoints;
    const result = await execa(process.execPath, [BIN, ...args], {
      reject: false,
      timeout: PATIENCE_MS,
      extendEnv: false,
      env: {
        ...ownEnvironment(),
        KAFKA_BROKERS: brokers,
        SCHEMA_REGISTRY_URL: schemaRegistryUrl,
        DATABASE_URL: databaseUrl,
        ARBITER_HOME: folder,
        NO_COLOR: '1',
      },
    });
    return { code: result.exitCode, said: `${result.stdout}\n${result.stderr}` };
  };

  const withoutPassword = (said: string): void => {
    expect(said).to.not.contain(new URL(stage.endpoints.databaseUrl).password);
  };

  it('registry down: at start `run` says so and exits 2; in mid-flight tasks go on; what needs it waits', async () => {
    stage.kill('registry');
    const { code, said } = await arbiter('run');
    expect([code, said]).to.deep.equal([2, said]);
    expect(said).to.contain('REGISTRY_UNREACHABLE');
    await stage.goesOn('registry-down');
    const value = Buffer.from([0, 0x7f, 0xff, 0xff, 0xf0, 1, 2, 3]);
    const at = await stage.raw(TOPICS.agentReports, value);
    // The record's own partition waits for the registry; all others go on.
    await stage.goesOn('registry-still-down', at);
    await stage.restore();
    expect((await stage.letter(at)).code).to.equal('UNKNOWN_SCHEMA_ID');
    await stage.goesOn('registry-back');
  });

  it('PostgreSQL down: at start `run` says so without its password, exit 2; in mid-flight the log goes on and views follow', async () => {
    stage.kill('postgres');
    const { code, said } = await arbiter('run');
    expect(code, said).to.equal(2);
    expect(said).to.match(/ECONNREFUSED|DATABASE/);
    withoutPassword(said);
    const taskId = id('no-database');
    await stage.submit(taskId);
    await stage.logged<{ taskId: string }>('TaskCompleted', (one) => one.taskId === taskId);
    await stage.restore();
    expect((await stage.final(taskId)).state).to.equal('completed');
    await stage.goesOn('database-back');
  });

  it('broker down: at start `run` names the address, exit 2; in mid-flight nothing is lost and no attempt is spent', async () => {
    const taskId = id('no-broker');
    await stage.submit(taskId);
    stage.kill('kafka');
    const { code, said } = await arbiter('run');
    expect(code, said).to.equal(2);
    expect(said).to.contain(stage.endpoints.brokers);
    await stage.restore();
    const task = await stage.final(taskId);
    expect([task.state, task.attempts]).to.deep.equal(['completed', 1]);
    await stage.goesOn('broker-back');
  });

  it('retention set to a week: `run` refuses, `doctor` exits 1; both name topic, setting and repair', async () => {
    const { admin } = stage.connection.bus;
    await admin.alterConfig(TOPICS.tasks, { 'retention.ms': WEEK });
    for (const [command, expected] of [
      ['run', 2],
      ['doctor', 1],
    ] as const) {
      const { code, said } = await arbiter(command);
      expect(code, said).to.equal(expected);
      expect(said).to.contain(TOPICS.tasks).and.to.contain('retention.ms').and.to.contain(WEEK);
    }
    await admin.alterConfig(TOPICS.tasks, { 'retention.ms': '-1' });
    await stage.goesOn('retention');
  });

  it('a partition added to a topic: `run` refuses and names it; who runs already goes on', async () => {
    await stage.connection.bus.admin.addPartitions(TOPICS.facts, 5);
    const { code, said } = await arbiter('run');
    expect(code, said).to.equal(2);
    expect(said).to.contain('TOPICS_NOT_AS_DECLARED').and.to.contain(TOPICS.facts);
    for (let n = 0; n < 5; n++) await stage.goesOn(`partition-${n}`);
  });

  it('a partition added to arbiter.presence: workers that start after it are seen, and get work', async () => {
    const { bus, logCodec } = stage.connection;
    const { partitions } = await bus.admin.describeTopic(TOPICS.presence);
    await bus.admin.addPartitions(TOPICS.presence, partitions + 7);
    const publisher = await bus.openPublisher();
    const edge = await createEdgePublisher(publisher, logCodec, bus.admin);
    // Which partition an instance writes to is chance: all three stay on the old one once in 500 times.
    for (const name of ['late-1', 'late-2', 'late-3']) {
      await stage.work(name, instantly, { publisher: edge });
      const taskId = id(name);
      await stage.submit(taskId, { requiredCapabilities: [name] });
      expect((await stage.final(taskId)).state).to.equal('completed');
    }
    await stage.goesOn('presence');
    await Promise.all(stage.workers.splice(1).map((worker) => worker.stop(0)));
    await publisher.close();
  });
});
