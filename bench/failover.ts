import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { TOPICS } from '../src/events/topics.js';
import { startStack, stopStack } from '../src/platform/stack/index.js';
import { createEdgePublisher } from '../src/producers/index.js';
import { connect, endpointsOf, setUp } from '../src/runtime/index.js';
import { taskRequested } from '../test/support/requests.js';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const ROUNDS = 5;
const SESSION_MS = 6000;
const BOUND_MS = 10_000;
const PATIENCE_MS = 120_000;
const HALF_BROKEN = 'not YAML: [';

/**
 * kill -9 of the process that owns everything, until another process, which stands by, has decided on a request of each
 * partition: the offset of its first event in `arbiter.tasks`. Session time-out 6 s (bound: 10 s).
 */
export const run = async (): Promise<object> => {
  const folder = path.join(ROOT, '.arbiter', `failover-${Date.now()}`);
  const {
    KAFKA_BROKERS: _k,
    SCHEMA_REGISTRY_URL: _s,
    DATABASE_URL: _d,
    ARBITER_HOME: _a,
    ...plain
  } = process.env;
  mkdirSync(folder, { recursive: true, mode: 0o711 });
  const processes = new Set<ChildProcess>();
  try {
    const stack = await startStack({ folder, env: plain, quiet: true, readyTimeoutMs: PATIENCE_MS });
    const endpoints = endpointsOf(stack);
    await setUp(endpoints);
    const config = path.join(folder, 'settings.json');
    writeFileSync(config, JSON.stringify({ sessionTimeoutMs: SESSION_MS }));
    const env = {
      ...plain,
      KAFKA_BROKERS: endpoints.brokers,
      SCHEMA_REGISTRY_URL: endpoints.schemaRegistryUrl,
      DATABASE_URL: endpoints.databaseUrl,
      ARBITER_HOME: folder,
      ARBITER_CONFIG: config,
      ARBITER_LOG_LEVEL: 'error',
    };
    const arbiter = async (): Promise<ChildProcess> => {
      const args = ['bin/arbiter.js', 'run', '--json'];
      const child = spawn(process.execPath, args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'ignore'] });
      processes.add(child);
      await new Promise<void>((resolve, reject) => {
        child.stdout.once('data', () => resolve());
        child.once('exit', (code) => reject(new Error(`arbiter run ended with ${String(code)}`)));
      });
      return child;
    };
    const connection = await connect(endpoints, 'failover');
    const publisher = await connection.bus.openPublisher();
    const edge = await createEdgePublisher(publisher, connection.logCodec, connection.bus.admin);
    const { partitions } = await connection.bus.admin.describeTopic(TOPICS.tasks);
    const roundsMs: number[] = [];
    let number = 0;

    /** Requests that every partition has to decide on; resolves when each has. */
    const decided = async (): Promise<void> => {
      const wanted = new Set<string>();
      for (let n = 0; n < 4 * partitions; n++) {
        const taskId = `failover-${number++}`;
        wanted.add(taskId);
        await edge.publish(TOPICS.taskRequests, 'TaskRequested', taskId, requestOf(taskId));
      }
      const positions = Array.from({ length: partitions }, () => 0);
      for (const until = Date.now() + PATIENCE_MS; wanted.size > 0;) {
        await sleep(20);
        if (Date.now() > until) throw new Error(`no decision on ${[...wanted].join(', ')}`);
        for (const [partition, from] of positions.entries()) {
          for await (const batch of connection.bus.readRange({ topic: TOPICS.tasks, partition }, from)) {
            for (const record of batch.records) wanted.delete(record.key?.toString() ?? '');
            positions[partition] = batch.position;
          }
        }
      }
    };

    let owner = await arbiter();
    await decided();
    for (let round = 0; round < ROUNDS; round++) {
      // Joins while the first owns what it has; both share, and the death of either must be made up for by the other.
      const standby = await arbiter();
      await decided();
      owner.removeAllListeners('exit');
      owner.kill('SIGKILL');
      processes.delete(owner);
      const killedAt = performance.now();
      await decided();
      roundsMs.push(Math.round(performance.now() - killedAt));
      owner = standby;
    }
    await publisher.close();
    await connection.close();
    const sorted = [...roundsMs].sort((a, b) => a - b);
    const most = sorted.at(-1) ?? 0;
    return {
      session_timeout_ms: SESSION_MS,
      rounds_ms: roundsMs,
      p50_ms: sorted[Math.floor(sorted.length / 2)] ?? 0,
      max_ms: most,
      bound_ms: BOUND_MS,
      within_bound: most <= BOUND_MS,
    };
  } finally {
    for (const child of processes) {
      child.removeAllListeners('exit');
      child.kill('SIGKILL');
    }
    await stopStack({ folder, env: plain });
    await rm(folder, { recursive: true, force: true });
  }
};

/** Rejected at once: a decision, and no worker is needed for it. */
const requestOf = (taskId: string) =>
  taskRequested(taskId, {
    requestId: taskId,
    tenant: 'bench',
    spec: HALF_BROKEN,
    maxAttempts: 1,
    actor: 'bench',
  });
