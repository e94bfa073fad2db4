import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import kafkajs from 'kafkajs';
import type { Admin, Kafka } from 'kafkajs';
import pg from 'pg';
import type { TopicDescription, TopicSpec } from '../../../src/bus/port.js';
import { checkTopics } from '../../../src/platform/topic-check.js';
import { topicSpecs } from '../../../src/platform/topics.js';
import { identityOf } from '../../../src/platform/stack/identity.js';
import { startStack, stackStatus, stopStack } from '../../../src/platform/stack/index.js';
import type { Stack } from '../../../src/platform/stack/index.js';
import { probeBroker, probeRelease, releaseOf } from '../../../src/platform/stack/kafka-probe.js';
import { isFree } from '../../../src/platform/stack/ports.js';
import { readState, stateFile, writeState } from '../../../src/platform/stack/state.js';

/** A stack of its own: these tests kill it. */
describe('local stack', function () {
  this.timeout(120_000);
  const env = {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    JAVA_HOME: process.env['JAVA_HOME'],
    ARBITER_CACHE_DIR: process.env['ARBITER_CACHE_DIR'],
  };
  let folder: string;
  let stack: Stack;
  const up = (): Promise<Stack> => startStack({ folder, env, quiet: true });
  const pidsOf = ({ parts }: Stack): number[] => parts.map(({ pid }) => pid);

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'arbiter-stack-'));
    stack = await up();
  });

  after(async () => {
    await stopStack({ folder, env });
    rmSync(folder, { recursive: true, force: true });
  });

  it('up: three parts answer, each behind a process of its own, on 127.0.0.1', async () => {
    expect(stack.brokers).to.match(/^127\.0\.0\.1:\d+$/);
    expect(stack.schemaRegistryUrl).to.match(/^http:\/\/127\.0\.0\.1:\d+\/apis\/ccompat\/v7$/);
    expect(stack.kafkaVersion).to.match(/^\d+\.\d+\.\d+$/);
    expect(new Set(pidsOf(stack)).size).to.equal(3);
    const status = await stackStatus({ folder, env });
    expect(status.parts.map(({ condition }) => condition)).to.deep.equal(['ready', 'ready', 'ready']);
    expect(status.stack).to.deep.equal(stack);
  });

  it('secrets and state are closed to others', () => {
    for (const name of ['state.json', 'postgres.password', 'kafka.log', 'registry.log', 'postgres.log']) {
      expect(statSync(join(folder, name)).mode & 0o077, name).to.equal(0);
    }
    expect(statSync(folder).mode & 0o066).to.equal(0);
    expect(readFileSync(stateFile(folder), 'utf8')).not.to.contain(new URL(stack.databaseUrl).password);
  });

  it('the database takes nobody without the password', async () => {
    const url = new URL(stack.databaseUrl);
    url.password = 'postgres';
    const client = new pg.Client({ connectionString: url.toString() });
    const refused = await client.connect().then(
      () => 'let in',
      (error: unknown) => (error as { code?: string }).code,
    );
    expect(refused).to.equal('28P01');
  });

  it('up again: what runs is used as it is', async () => {
    expect(await up()).to.deep.equal(stack);
  });

  it('two ups at once: one stack', async () => {
    const [one, other] = await Promise.all([up(), up()]);
    expect([one, other]).to.deep.equal([stack, stack]);
  });

  it('the broker tells its release, and that no topic comes about by a typing error', async () => {
    const port = Number(stack.brokers.split(':')[1]);
    const answer = await probeBroker('127.0.0.1', port, 2_000);
    expect(`${answer.brokers} ${releaseOf(await probeRelease('127.0.0.1', port, 2_000))}`).to.equal(
      `1 ${stack.kafkaVersion.replace(/\d+$/, 'x')}`,
    );
    const admin = kafka(stack, 0).admin();
    await admin.connect();
    try {
      const failed = await admin.fetchTopicOffsets('arbiter.taks').then(
        () => 'made',
        () => 'refused',
      );
      expect([failed, await admin.listTopics()]).to.deep.equal(['refused', []]);
    } finally {
      await admin.disconnect();
    }
  });

  it('the declared topics can be made as they are declared, and are then as the check wants them', async () => {
    const admin = kafka(stack).admin();
    await admin.connect();
    try {
      const specs = topicSpecs({ partitions: 2 });
      const topics = specs.map(({ topic, partitions, replicationFactor, config }) => ({
        topic,
        numPartitions: partitions,
        replicationFactor,
        configEntries: Object.entries(config).map(([name, value]) => ({ name, value })),
      }));
      await admin.createTopics({ topics, waitForLeaders: true });
      expect(checkTopics(specs, await describedBy(admin, specs))).to.deep.equal([]);
      const resource = {
        type: kafkajs.ConfigResourceTypes.TOPIC,
        name: 'arbiter.tasks',
        configEntries: [{ name: 'retention.ms', value: '604800000' }],
      };
      await admin.alterConfigs({ validateOnly: false, resources: [resource] });
      // KRaft acknowledges a change before the broker that is asked has taken it in.
      let findings = checkTopics(specs, await describedBy(admin, specs));
      for (let tries = 0; tries < 50 && findings.length === 0; tries += 1) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        findings = checkTopics(specs, await describedBy(admin, specs));
      }
      expect(findings.map(({ code, topic, found }) => [code, topic, found])).to.deep.include([
        'RETENTION_LIMITED',
        'arbiter.tasks',
        '604800000',
      ]);
    } finally {
      await admin.disconnect();
    }
  });

  it('up after kill -9 of everything: same addresses, all data', async () => {
    await put(stack);
    const id = await register(stack, 'before');
    for (const pid of pidsOf(stack)) process.kill(pid, 'SIGKILL');
    const again = await up();
    expect({ ...again, parts: [] }).to.deep.equal({ ...stack, parts: [] });
    expect(pidsOf(again).some((pid) => pidsOf(stack).includes(pid))).to.equal(false);
    stack = again;
    expect(await recordsOf(stack)).to.deep.equal(['kept']);
    expect(await idOf(stack, 'before')).to.equal(id);
    expect(await rowsOf(stack)).to.deep.equal([{ what: 'kept' }]);
  });

  it('hazard: a part whose starter died before it wrote the pid down is found and replaced', async () => {
    const state = readState(folder);
    if (state === undefined) throw new Error('no state');
    writeState(folder, { ...state, parts: {} });
    const again = await up();
    for (const pid of pidsOf(stack)) expect(identityOf(pid), String(pid)).to.equal(undefined);
    stack = again;
    expect(await recordsOf(stack)).to.deep.equal(['kept']);
  });

  it('hazard: a pid that went to somebody else is neither used nor signalled', async () => {
    const state = readState(folder);
    const registry = state?.parts.registry;
    if (state === undefined || registry === undefined) throw new Error('no registry');
    process.kill(registry.pid, 'SIGKILL');
    writeState(folder, { ...state, parts: { ...state.parts, registry: { ...registry, pid: process.pid } } });
    expect((await stackStatus({ folder, env })).parts.map(({ condition }) => condition)).to.deep.equal([
      'ready',
      'stopped',
      'ready',
    ]);
    stack = await up();
    expect(pidsOf(stack)).not.to.include(process.pid);
  });

  it('down: every process is gone, every port free; two ups at once bring one stack back, with its data', async () => {
    expect(await stopStack({ folder, env })).to.have.members(['kafka', 'registry', 'postgres']);
    for (const { pid, port } of stack.parts) {
      expect(identityOf(pid)).to.equal(undefined);
      expect(await isFree(port)).to.equal(true);
    }
    expect((await stackStatus({ folder, env })).stack).to.equal(null);
    expect(await stopStack({ folder, env })).to.deep.equal([]);
    const [one, other] = await Promise.all([up(), up()]);
    expect(one).to.deep.equal(other);
    stack = one;
    expect(await recordsOf(stack)).to.deep.equal(['kept']);
    expect(await rowsOf(stack)).to.deep.equal([{ what: 'kept' }]);
  });

  it('all three external: nothing is started', async () => {
    const own = join(folder, 'second');
    const given = {
      ...env,
      KAFKA_BROKERS: stack.brokers,
      SCHEMA_REGISTRY_URL: stack.schemaRegistryUrl,
      DATABASE_URL: stack.databaseUrl,
    };
    const second = await startStack({ folder: own, env: given, quiet: true });
    expect(second.parts.map(({ origin, pid }) => [origin, pid])).to.deep.equal(
      Array(3).fill(['external', 0]),
    );
    expect(second.kafkaVersion).to.equal(stack.kafkaVersion.replace(/\d+$/, 'x'));
    expect(readState(own)).to.equal(undefined);
  });
});

const TOPIC = 'stack-test';
const SUBJECT = 'stack-test-value';
const kafka = ({ brokers }: Stack, retries = 5): Kafka =>
  new kafkajs.Kafka({ brokers: brokers.split(','), logLevel: kafkajs.logLevel.NOTHING, retry: { retries } });

async function put(stack: Stack): Promise<void> {
  const admin = kafka(stack).admin();
  const producer = kafka(stack).producer();
  await Promise.all([admin.connect(), producer.connect()]);
  await admin.createTopics({ topics: [{ topic: TOPIC, numPartitions: 1 }], waitForLeaders: true });
  await producer.send({ topic: TOPIC, acks: -1, messages: [{ value: 'kept' }] });
  await Promise.all([admin.disconnect(), producer.disconnect()]);
  await withClient(stack, async (client) => {
    await client.query('CREATE TABLE kept (what text)');
    await client.query("INSERT INTO kept VALUES ('kept')");
  });
}

async function describedBy(admin: Admin, specs: readonly TopicSpec[]): Promise<TopicDescription[]> {
  const { topics } = await admin.fetchTopicMetadata({ topics: specs.map(({ topic }) => topic) });
  const resources = specs.map(({ topic }) => ({ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic }));
  const configs = await admin.describeConfigs({ resources, includeSynonyms: false });
  return topics.map(({ name, partitions }) => ({
    topic: name,
    partitions: partitions.length,
    replicationFactor: partitions[0]?.replicas.length ?? 0,
    config: Object.fromEntries(
      configs.resources
        .find(({ resourceName }) => resourceName === name)
        ?.configEntries.map((entry) => [entry.configName, entry.configValue]) ?? [],
    ),
    topicId: null,
  }));
}

async function recordsOf(stack: Stack): Promise<string[]> {
  const consumer = kafka(stack).consumer({ groupId: `stack-test-${Date.now()}` });
  const seen: string[] = [];
  await consumer.connect();
  await consumer.subscribe({ topic: TOPIC, fromBeginning: true });
  await new Promise<void>((resolve, reject) => {
    consumer
      .run({
        eachMessage: ({ message }) => {
          seen.push(message.value?.toString() ?? '');
          resolve();
          return Promise.resolve();
        },
      })
      .catch(reject);
  });
  await consumer.disconnect();
  return seen;
}

async function register(stack: Stack, field: string): Promise<number> {
  const schema = JSON.stringify({ type: 'record', name: 'Kept', fields: [{ name: field, type: 'string' }] });
  const response = await fetch(`${stack.schemaRegistryUrl}/subjects/${SUBJECT}/versions`, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify({ schema }),
  });
  expect(response.status).to.equal(200);
  return ((await response.json()) as { id: number }).id;
}

async function idOf(stack: Stack, field: string): Promise<number> {
  const response = await fetch(`${stack.schemaRegistryUrl}/subjects/${SUBJECT}/versions/1`);
  const version = (await response.json()) as { id: number; schema: string };
  expect(version.schema).to.contain(`"${field}"`);
  return version.id;
}

async function rowsOf(stack: Stack): Promise<unknown[]> {
  return withClient(stack, async (client) => (await client.query('SELECT what FROM kept')).rows as unknown[]);
}

async function withClient<T>(stack: Stack, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: stack.databaseUrl });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
