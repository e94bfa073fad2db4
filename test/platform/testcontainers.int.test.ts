import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { getContainerRuntimeClient } from 'testcontainers';
import { kafkaEnvironment, whyNoDocker } from '../../src/platform/stack/docker.js';
import { startStack, stackStatus, stopStack } from '../../src/platform/stack/index.js';
import type { Stack } from '../../src/platform/stack/index.js';
import { readState } from '../../src/platform/stack/state.js';

describe('local stack in containers (testcontainers)', function () {
  this.timeout(600_000);
  let folder: string | undefined;
  let env: NodeJS.ProcessEnv;
  let stack: Stack;

  before(async function () {
    const reason = await whyNoDocker();
    if (reason !== undefined) {
      process.stderr.write(`    skipped: no Docker engine (${reason})\n`);
      this.skip();
    }
    folder = mkdtempSync(join(tmpdir(), 'arbiter-docker-'));
    // No Java to be found: what is left is Docker.
    env = { PATH: folder, HOME: folder, ARBITER_CACHE_DIR: join(folder, 'cache') };
    stack = await startStack({ folder, env, quiet: true, readyTimeoutMs: 120_000 });
  });

  after(async () => {
    if (folder === undefined) return;
    const parts = readState(folder)?.parts;
    const containers = [parts?.registry?.container, parts?.kafka?.container].filter((id) => id !== undefined);
    await stopStack({ folder, env });
    const client = await getContainerRuntimeClient();
    for (const id of containers)
      await client.container.remove(client.container.getById(id), { removeVolumes: true });
    rmSync(folder, { recursive: true, force: true });
  });

  it('broker and registry run in containers and answer on 127.0.0.1', async () => {
    expect(stack.parts.map(({ name, origin }) => [name, origin])).to.deep.equal([
      ['kafka', 'docker'],
      ['registry', 'docker'],
      ['postgres', 'local'],
    ]);
    expect((await stackStatus({ folder: stack.folder, env })).stack).to.deep.equal(stack);
  });

  it('up again: the same containers', async () => {
    const again = await startStack({ folder: stack.folder, env, quiet: true });
    expect(again).to.deep.equal(stack);
  });
});

describe('settings of the broker in a container', () => {
  it('are those of the local broker, except where it listens', () => {
    const settings = kafkaEnvironment({ clusterId: 'c', port: 25_000 });
    expect(settings).to.include({
      CLUSTER_ID: 'c',
      KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
      KAFKA_ADVERTISED_LISTENERS: 'CLIENT://127.0.0.1:25000',
      KAFKA_LISTENERS: 'CLIENT://0.0.0.0:25000,CONTROLLER://127.0.0.1:9093',
      KAFKA_LOG_DIRS: '/var/lib/kafka/data',
      KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
    });
  });
});
