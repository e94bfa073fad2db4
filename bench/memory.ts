/**
 * What a finished task leaves in memory: `--rounds` of `--tasks` (256 in flight, an instant agent), and after each, when nothing
 * is in flight any more, what is live in all threads of the arbiter process after full collections. At rest the noise is a hundredth of that of
 * `soak`, whose tasks are at work when it looks. The first rounds fill caches and pools and are left out of the slope.
 * Not measured: what stays for longer than a round, such as open tasks; `soak` has those.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startStack, stopStack } from '../src/platform/stack/index.js';
import { connect, endpointsOf, setUp } from '../src/runtime/index.js';
import { SPEC } from '../test/support/spec.js';
import { startClient } from './lifecycle/client.js';
import { startProcess, stopProcess } from './lifecycle/process.js';
import { COLLECTOR, collectedIn, slopeOf, type Sample } from './live-memory.js';

const FOLDER = fileURLToPath(new URL('../.arbiter/bench', import.meta.url));
const IN_FLIGHT = 256;

export const run = async (args: readonly string[]): Promise<object> => {
  const { values } = parseArgs({
    args: [...args],
    strict: false,
    options: {
      rounds: { type: 'string', default: '8' },
      tasks: { type: 'string', default: '10000' },
      rest: { type: 'string', default: '20' },
    },
  });
  const [rounds, tasks, rest] = [Number(values.rounds), Number(values.tasks), Number(values.rest)];
  const stack = await startStack({ folder: FOLDER, quiet: true });
  const endpoints = endpointsOf(stack);
  await setUp(endpoints);
  const samples: Sample[] = [];
  let finished = 0;
  const child = await startProcess(FOLDER, { NODE_OPTIONS: `--expose-gc --import ${COLLECTOR}` }, (text) => {
    for (const collected of collectedIn(text)) {
      samples.push({ finished, ...collected });
      process.stderr.write(`${JSON.stringify(samples.at(-1))}\n`);
    }
  });
  const connection = await connect(endpoints, 'arbiter-bench');
  const agent = (): Promise<{ commit: null; ref: null }> => Promise.resolve({ commit: null, ref: null });
  const client = await startClient(connection, agent, 120_000);
  const task = { spec: SPEC, repository: null, baseRevision: null };
  try {
    for (let round = 0; round < rounds; round++) {
      let begun = 0;
      const lane = async (): Promise<void> => {
        while (begun < tasks) {
          begun++;
          await client.run(task);
          finished++;
        }
      };
      await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
      await sleep(rest * 1000);
      child.kill('SIGUSR2');
      while (samples.length <= round) {
        if (child.exitCode !== null || child.signalCode !== null)
          throw new Error(
            `the arbiter process that was measured has ended: ${child.signalCode ?? child.exitCode}`,
          );
        await sleep(100);
      }
    }
    return {
      tasks_a_round: tasks,
      in_flight: IN_FLIGHT,
      bytes_a_finished_task: Math.round(slopeOf(samples.slice(Math.floor(samples.length / 3))) * 10) / 10,
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
