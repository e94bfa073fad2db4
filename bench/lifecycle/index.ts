/**
 * Request → final verdict in the log, everything on: `arbiter run` with all components (`--processes N`, default 1), the real
 * Kafka, registry and PostgreSQL on the same machine, and an instant agent in the bench's own process. Sequential first, then with 64, 256
 * and 1,000 in flight; `--repo`: with a repository of 1,000 files and a change of 10. `cpu_ms_per_task` is the CPU time of the
 * arbiter processes alone; `cpu_ms_elsewhere` is that of the others on the machine, per task, by name. Not measured: real agents, several machines, replication, TLS.
 */
import type { ChildProcess } from 'node:child_process';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { startStack, stopStack, type Stack } from '../../src/platform/stack/index.js';
import { connect, endpointsOf, setUp } from '../../src/runtime/index.js';
import { startClient, type LifecycleClient, type Task } from './client.js';
import { cpuOfFamily, startProcess, stopProcess, usageOf } from './process.js';
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
  /** Kafka, registry, PostgreSQL, and the bench itself as publisher, agent and subscriber. */
  readonly cpu_ms_elsewhere: Readonly<Record<string, number>>;
  readonly rss_mb: number;
  readonly outcomes: Readonly<Record<string, number>>;
}

const cpuElsewhere = (stack: Stack): Record<string, number> => ({
  ...Object.fromEntries(stack.parts.map(({ name, pid }) => [name, cpuOfFamily(pid)])),
  client: usageOf(process.pid).cpuMs,
});

const usageOfAll = (pids: readonly number[]): { cpuMs: number; rssMb: number } => {
  const each = pids.map(usageOf);
  return {
    cpuMs: each.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
    rssMb: each.reduce((sum, { rssMb }) => sum + rssMb, 0),
  };
};

const measure = async (
  client: LifecycleClient,
  task: Task,
  inFlight: number,
  tasks: number,
  pids: readonly number[],
  stack: Stack,
): Promise<Level> => {
  const times: number[] = [];
  const outcomes: Record<string, number> = {};
  let begun = 0;
  const before = usageOfAll(pids);
  const elsewhereBefore = cpuElsewhere(stack);
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
  const after = usageOfAll(pids);
  times.sort((a, b) => a - b);
  const level: Level = {
    in_flight: inFlight,
    tasks,
    p50_ms: quantile(times, 0.5),
    p95_ms: quantile(times, 0.95),
    p99_ms: quantile(times, 0.99),
    tasks_per_s: round(tasks / seconds),
    cpu_ms_per_task: round((after.cpuMs - before.cpuMs) / tasks),
    cpu_ms_elsewhere: Object.fromEntries(
      Object.entries(cpuElsewhere(stack)).map(([name, ms]) => [
        name,
        round((ms - (elsewhereBefore[name] ?? 0)) / tasks),
      ]),
    ),
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

const processesOf = (args: readonly string[]): number => {
  const at = args.indexOf('--processes');
  const processes = at < 0 ? 1 : Number(args[at + 1]);
  if (!Number.isInteger(processes) || processes < 1)
    throw new Error(`--processes: expected a whole number of at least 1, found ${args[at + 1] ?? 'nothing'}`);
  return processes;
};

export const run = async (args: readonly string[]): Promise<object> => {
  const withRepository = args.includes('--repo');
  const quick = args.includes('--quick') ? 10 : 1;
  const share = withRepository ? quick * 5 : quick;
  const stack = await startStack({ folder: FOLDER, quiet: true });
  const endpoints = endpointsOf(stack);
  await setUp(endpoints);
  const children: ChildProcess[] = [];
  for (let i = 0; i < processesOf(args); i++) children.push(await startProcess(FOLDER));
  const connection = await connect(endpoints, 'arbiter-bench');
  const repository = withRepository ? makeRepository() : undefined;
  const agent = repository?.agent ?? (() => Promise.resolve({ commit: null, ref: null }));
  const client = await startClient(connection, agent, 120_000);
  const task: Task = {
    spec: SPEC,
    repository: repository?.folder ?? null,
    baseRevision: repository?.base ?? null,
  };
  const pids = children.map(({ pid }) => pid ?? 0);
  try {
    process.stderr.write('warming up\n');
    await measure(client, task, 64, 1000 / share, pids, stack);
    const sequential = await measure(client, task, 1, Math.ceil(500 / share), pids, stack);
    const levels: Level[] = [];
    for (const { inFlight, tasks } of LEVELS)
      levels.push(await measure(client, task, inFlight, tasks / share, pids, stack));
    const at256 = levels[1];
    const variant = [withRepository ? 'repo' : '', pids.length > 1 ? `${pids.length}-processes` : '']
      .filter((part) => part !== '')
      .join('-');
    return {
      ...(variant === '' ? {} : { variant }),
      p50_ms: sequential.p50_ms,
      p95_ms: sequential.p95_ms,
      p99_ms: sequential.p99_ms,
      tasks_per_s: at256?.tasks_per_s,
      cpu_ms_per_task: at256?.cpu_ms_per_task,
      // Events appended to the five owned logs for one task of this kind: 11 + 1 + 2 + 1.
      events_per_s: round((at256?.tasks_per_s ?? 0) * 15),
      rss_mb: levels.at(-1)?.rss_mb,
      repository: withRepository,
      processes: children.length,
      sequential,
      levels,
      kafka_version: stack.kafkaVersion,
    };
  } finally {
    await client.close();
    await connection.close();
    await Promise.all(children.map(stopProcess));
    if (repository) rmSync(repository.folder, { recursive: true, force: true });
    if (args.includes('--stop')) await stopStack({ folder: path.resolve(FOLDER) });
  }
};
