/**
 * Request → final verdict in the log, everything on: one `arbiter run` process with all components, the real Kafka, registry
 * and PostgreSQL on the same machine, and an instant agent in the bench's own process. Sequential first, then with 64, 256
 * and 1,000 in flight; `--repo`: with a repository of 1,000 files and a change of 10. `cpu_ms_per_task` is the CPU time of the
 * arbiter process alone. Not measured: real agents, several machines, replication, TLS.
 */
import { rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { startStack, stopStack } from '../../src/platform/stack/index.js';
import { connect, endpointsOf, setUp } from '../../src/runtime/index.js';
import { startClient, type LifecycleClient, type Task } from './client.js';
import { startProcess, usageOf } from './process.js';
import { SPEC } from '../../test/support/spec.js';
import { makeRepository } from './repository.js';

const FOLDER = fileURLToPath(new URL('../../.arbiter/bench', import.meta.url));
const quantile = (sorted: readonly number[], q: number): number =>
  round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? 0);
const round = (value: number): number => Math.round(value * 100) / 100;

interface Level {
  readonly in_flight: number;
  readonly tasks: number;
  readonly p50_ms: number;
  readonly p95_ms: number;
  readonly p99_ms: number;
  readonly tasks_per_s: number;
  readonly cpu_ms_per_task: number;
  readonly rss_mb: number;
  readonly outcomes: Readonly<Record<string, number>>;
}

const measure = async (
  client: LifecycleClient,
  task: Task,
  inFlight: number,
  tasks: number,
  pid: number,
): Promise<Level> => {
  const times: number[] = [];
  const outcomes: Record<string, number> = {};
  let begun = 0;
  const before = usageOf(pid);
  const start = performance.now();
  const lane = async (): Promise<void> => {
    while (begun < tasks) {
      begun++;
      const { milliseconds, outcome } = await client.run(task);
      times.push(milliseconds);
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
  const seconds = (performance.now() - start) / 1000;
  const after = usageOf(pid);
  times.sort((a, b) => a - b);
  const level: Level = {
    in_flight: inFlight,
    tasks,
    p50_ms: quantile(times, 0.5),
    p95_ms: quantile(times, 0.95),
    p99_ms: quantile(times, 0.99),
    tasks_per_s: round(tasks / seconds),
    cpu_ms_per_task: round((after.cpuMs - before.cpuMs) / tasks),
    rss_mb: after.rssMb,
    outcomes,
  };
  process.stderr.write(`${JSON.stringify(level)}\n`);
  return level;
};

/** Tasks a level: enough for steady figures, `--quick` for a look. */
const LEVELS = [
  { inFlight: 64, tasks: 4000 },
  { inFlight: 256, tasks: 10_000 },
  { inFlight: 1000, tasks: 10_000 },
];

export const run = async (args: readonly string[]): Promise<object> => {
  const withRepository = args.includes('--repo');
  const quick = args.includes('--quick') ? 10 : 1;
  const share = withRepository ? quick * 5 : quick;
  const stack = await startStack({ folder: FOLDER, quiet: true });
  const endpoints = endpointsOf(stack);
  await setUp(endpoints);
  const child = await startProcess(FOLDER);
  const connection = await connect(endpoints, 'arbiter-bench');
  const repository = withRepository ? makeRepository() : undefined;
  const agent = repository?.agent ?? (() => Promise.resolve({ commit: null, ref: null }));
  const client = await startClient(connection, agent, 120_000);
  const task: Task = {
    spec: SPEC,
    repository: repository?.folder ?? null,
    baseRevision: repository?.base ?? null,
  };
  const pid = child.pid ?? 0;
  try {
    process.stderr.write('warming up\n');
    await measure(client, task, 64, 1000 / share, pid);
    const sequential = await measure(client, task, 1, Math.ceil(500 / share), pid);
    const levels: Level[] = [];
    for (const { inFlight, tasks } of LEVELS)
      levels.push(await measure(client, task, inFlight, tasks / share, pid));
    const at256 = levels[1];
    return {
      p50_ms: sequential.p50_ms,
      p95_ms: sequential.p95_ms,
      p99_ms: sequential.p99_ms,
      tasks_per_s: at256?.tasks_per_s,
      cpu_ms_per_task: at256?.cpu_ms_per_task,
      // Events appended to the five owned logs for one task of this kind: 11 + 1 + 2 + 1.
      events_per_s: round((at256?.tasks_per_s ?? 0) * 15),
      rss_mb: levels.at(-1)?.rss_mb,
      repository: withRepository,
      sequential,
      levels,
      kafka_version: stack.kafkaVersion,
    };
  } finally {
    await client.close();
    await connection.close();
    child.kill('SIGTERM');
    await new Promise((resolve) => child.once('exit', resolve));
    if (repository) rmSync(repository.folder, { recursive: true, force: true });
    if (args.includes('--stop')) await stopStack({ folder: path.resolve(FOLDER) });
  }
};
