/**
 * 2,000 tasks in flight for an hour (`--minutes`, `--in-flight`, `--seconds` a task, `--heartbeat` seconds): how many failed, whether any was lost,
 * and what a finished task leaves in memory. Agents work for `--seconds` under heartbeats; every minute the arbiter process
 * collects its garbage and says what is left. Not measured: real agents, several machines, replication.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { startStack, stopStack } from '../src/platform/stack/index.js';
import { connect, endpointsOf, setUp } from '../src/runtime/index.js';
import { SPEC } from '../test/support/spec.js';
import { COLLECTOR, slopeOf, collectedIn, type Sample } from './live-memory.js';
import { startClient } from './lifecycle/client.js';
import { startProcess, stopProcess, usageOf } from './lifecycle/process.js';

const FOLDER = fileURLToPath(new URL('../.arbiter/bench', import.meta.url));

export const run = async (args: readonly string[]): Promise<object> => {
  const { values } = parseArgs({
    args: [...args],
    strict: false,
    options: {
      minutes: { type: 'string', default: '60' },
      'in-flight': { type: 'string', default: '2000' },
      seconds: { type: 'string', default: '60' },
      heartbeat: { type: 'string', default: '10' },
    },
  });
  const minutes = Number(values.minutes);
  const inFlight = Number(values['in-flight']);
  const seconds = Number(values.seconds);
  const heartbeatMs = Number(values.heartbeat) * 1000;
  const stack = await startStack({ folder: FOLDER, quiet: true });
  const endpoints = endpointsOf(stack);
  await setUp(endpoints);

  // As everywhere, a lease is three heartbeats.
  const settings = path.join(FOLDER, 'soak.json');
  writeFileSync(settings, JSON.stringify({ limits: { timers: { executing: 3 * heartbeatMs } } }));

  const outcomes: Record<string, number> = {};
  const samples: Sample[] = [];
  let finished = 0;
  let begun = 0;
  let lost = 0;
  const onStderr = (text: string): void => {
    for (const collected of collectedIn(text)) {
      samples.push({ finished, ...collected });
      process.stderr.write(`${JSON.stringify({ begun, ...samples.at(-1) })}\n`);
    }
  };
  const child = await startProcess(
    FOLDER,
    {
      NODE_OPTIONS: `--expose-gc --import ${COLLECTOR}`,
      ARBITER_CONFIG: settings,
      COLLECT_AT: 'minutes',
    },
    onStderr,
  );
  const connection = await connect(endpoints, 'arbiter-bench');
  const work = async (): Promise<{ commit: null; ref: null }> => {
    await sleep(seconds * 1000);
    return { commit: null, ref: null };
  };
  const client = await startClient(connection, work, (seconds + 600) * 1000, heartbeatMs);
  const task = { spec: SPEC, repository: null, baseRevision: null };
  const pid = child.pid ?? 0;
  const before = usageOf(pid);
  const start = performance.now();
  const until = start + minutes * 60_000;
  const lane = async (_: unknown, index: number): Promise<void> => {
    // Spread over the time of one task, so that they do not all finish at once.
    await sleep((index / inFlight) * seconds * 1000);
    while (performance.now() < until) {
      begun++;
      try {
        const { outcome } = await client.run(task);
        outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
        finished++;
      } catch (error) {
        // A lane that has lost a task is not refilled: what never comes back must not be hidden by what does.
        lost++;
        process.stderr.write(`${String(error)}\n`);
        return;
      }
    }
  };
  try {
    await Promise.all(Array.from({ length: inFlight }, lane));
    const elapsed = (performance.now() - start) / 1000;
    const after = usageOf(pid);
    // The first ten minutes, or a third: caches and pools fill.
    const steady = samples.slice(Math.min(10, Math.floor(samples.length / 3)));
    return {
      minutes,
      in_flight: inFlight,
      seconds_a_task: seconds,
      heartbeat_seconds: heartbeatMs / 1000,
      begun,
      finished,
      lost,
      failed: finished - (outcomes.PASSED ?? 0),
      outcomes,
      tasks_per_s: Math.round((finished / elapsed) * 10) / 10,
      cpu_ms_per_task: Math.round(((after.cpuMs - before.cpuMs) / finished) * 100) / 100,
      bytes_a_finished_task: Math.round(slopeOf(steady) * 10) / 10,
      rss_mb: after.rssMb,
      samples,
      kafka_version: stack.kafkaVersion,
    };
  } finally {
    await client.close();
    await connection.close();
    await stopProcess(child);
    if (args.includes('--stop')) await stopStack({ folder: FOLDER });
  }
};
