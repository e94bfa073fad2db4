/**
 * The demo: a real Kafka, a real git repository, three agents of which one works well, and a dozen tasks, from request to
 * verified verdict. `npm run demo`; the last line says how it went, and the exit code is 0 only if it went as planned.
 */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import pLimit from 'p-limit';
import { openQueries, type Queries } from '../src/projections/index.js';
import { createCleanUp, type CleanUp } from './demo/clean-up.js';
import { Interrupted, openCli, type Cli } from './demo/cli.js';
import { registerAgents, sandboxing, startWorker } from './demo/fleet.js';
import { openLiveView } from './demo/live-view.js';
import { homeOf, PROJECT } from './demo/places.js';
import { AGENTS, FIRST_AGENT, FIRST_TASK, TASKS } from './demo/plan.js';
import { heading, lastLine, shareTable, surprises, taskTable, type Ended } from './demo/report.js';
import { makeRepository } from './demo/repository.js';
import { routingShares } from './demo/shares.js';
import { bringUp, type StackDocument } from './demo/stack.js';
import { labelOf, submitTasks, type Submitted } from './demo/submit.js';
import { verifyFinal, verifyWithOpenssl } from './demo/verify.js';

const TASK_LIMIT_MS = 120_000;
const ROUTED_LIMIT_MS = 30_000;

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const interruption = new AbortController();
const { signal } = interruption;

/** From an empty folder to the last verdict; returns the last line, and what was not as planned. */
const demo = async (
  cli: Cli,
  cleanUp: CleanUp,
): Promise<{ readonly last: string; readonly wrong: readonly string[] }> => {
  const home = homeOf(process.env);
  say(
    heading(
      'Bringing up Kafka, the schema registry and PostgreSQL (the first time, their jars are downloaded)',
    ),
  );
  const stack = await bringUp(cli, home, cleanUp);
  const repository = await makeRepository();
  cleanUp.add('the repository', () => repository.remove());
  say(heading(`A git repository: ${repository.folder} at ${repository.base.slice(0, 12)}`));
  const run = await cli.start('run', ['run', '--json']);
  cleanUp.add('arbiter run', () => run.stop());
  const [sandbox] = await Promise.all([sandboxing(), registerAgents(cli)]);
  say(`Arbiter is running; three agents are registered. Their programs run ${sandbox.says}.`);
  for (const { name, says, program } of AGENTS)
    say(`  ${name.padEnd(10)}${says} (examples/agents/${program})`);

  const queries = openQueries(stack.database_url);
  cleanUp.add('the connection to the views', () => queries.close());
  say(heading(`${TASKS.length} tasks from examples/tasks`));
  const submitted = await runTasks(cli, cleanUp, queries, sandbox.options, repository.folder);
  const ended = await checkAll(cli, queries, stack, home.folder, submitted);
  say(heading('Tasks and their final verdicts, each checked with `arbiter verify`'));
  say(taskTable(ended));
  say(heading('Routing: how often each agent was drawn, and how it fared'));
  const endpoints = {
    brokers: stack.brokers,
    kafkaVersion: stack.kafka_version,
    schemaRegistryUrl: stack.schema_registry_url,
    databaseUrl: stack.database_url,
    folder: home.folder,
  };
  say(shareTable(await routingShares(endpoints, new Set(submitted.map(({ taskId }) => taskId)))));
  const bad = await showOpenssl(ended, stack);
  return { last: lastLine(ended, stack.kafka_version), wrong: [...surprises(ended), ...bad] };
};

/** The first task while only the agent that will crash on it is there; then the other workers, and the rest. */
const runTasks = async (
  cli: Cli,
  cleanUp: CleanUp,
  queries: Queries,
  sandbox: readonly string[],
  repository: string,
): Promise<readonly Submitted[]> => {
  const view = openLiveView(queries, signal);
  const submit = (tasks: typeof TASKS): Promise<readonly Submitted[]> =>
    submitTasks(cli, tasks, repository, (added) => {
      for (const { taskId, plan } of added) view.add(taskId, labelOf(plan));
    });
  try {
    const crashing = AGENTS.filter(({ name }) => name === FIRST_AGENT);
    for (const agent of crashing) await startWorker(cli, agent, sandbox, cleanUp);
    const first = await submit([FIRST_TASK]);
    for (const { taskId } of first) await view.untilEvent(taskId, 'TaskRouted', ROUTED_LIMIT_MS);
    for (const agent of AGENTS.filter((one) => !crashing.includes(one))) {
      await startWorker(cli, agent, sandbox, cleanUp);
    }
    const rest = await submit(TASKS.filter((task) => task !== FIRST_TASK));
    await view.untilFinal(TASK_LIMIT_MS);
    return [...first, ...rest];
  } finally {
    await view.close();
  }
};

const checkAll = (
  cli: Cli,
  queries: Queries,
  stack: StackDocument,
  folder: string,
  submitted: readonly Submitted[],
): Promise<readonly Ended[]> => {
  const verdicts = path.join(folder, 'verdicts');
  mkdirSync(verdicts, { recursive: true });
  const limit = pLimit(2);
  return Promise.all(
    submitted.map(({ taskId, plan }) =>
      limit(async () => {
        const task = await queries.findTask(taskId);
        if (task === undefined) throw new Error(`${taskId} has gone from the views`);
        const { state, result } = task;
        const about = { taskId, state, commit: result.commit };
        const checked = await verifyFinal(cli, verdicts, stack.public_key_path, about);
        return { label: labelOf(plan), plan, task, checked };
      }),
    ),
  );
};

const showOpenssl = async (ended: readonly Ended[], stack: StackDocument): Promise<readonly string[]> => {
  const example = ended.find(({ task }) => task.state === 'completed')?.checked;
  if (example === undefined) return ['no task was completed, so no verdict could be checked with openssl'];
  const here = (file: string): string => path.relative(PROJECT, file);
  say(heading('One verdict, checked with openssl alone'));
  say(`$ examples/verify-with-openssl.sh ${here(example.file)} ${here(stack.public_key_path)}`);
  for (const line of OPENSSL) say(`    ${line}`);
  const verified = await verifyWithOpenssl(example.file, stack.public_key_path);
  say(
    verified === undefined
      ? 'openssl is not installed: not checked'
      : verified
        ? 'Verified OK'
        : 'Verification failure',
  );
  return verified === false ? ['openssl does not verify the verdict'] : [];
};

/** What the script does, in short. */
const OPENSSL = [
  'payload, signature and type out of the envelope, each through: openssl base64 -d -A',
  'printf \'DSSEv1 %d %s %d \' "${#type}" "$type" "$(wc -c < payload)" | cat - payload > signed',
  'openssl dgst -sha256 -verify verdicts.pub.pem -signature signature signed',
];

const main = async (): Promise<number> => {
  const cleanUp = createCleanUp();
  const interrupt = (): void => {
    if (signal.aborted) process.exit(130);
    process.stderr.write('\ninterrupted: stopping what was started (again: at once)\n');
    interruption.abort();
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  const began = Date.now();
  let outcome: Awaited<ReturnType<typeof demo>> | undefined;
  let code = 1;
  try {
    outcome = await demo(openCli(homeOf(process.env).folder, signal), cleanUp);
    code = outcome.wrong.length === 0 ? 0 : 1;
  } catch (error) {
    if (error instanceof Interrupted || signal.aborted) code = 130;
    else process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`);
  }
  const left = await cleanUp.run();
  for (const what of left) process.stderr.write(`could not be stopped: ${what}\n`);
  if (outcome === undefined) return code;
  for (const what of outcome.wrong) process.stderr.write(`not as planned: ${what}\n`);
  say(`\nStopped what was started, after ${((Date.now() - began) / 1000).toFixed(0)} s.`);
  say(outcome.last);
  return left.length === 0 ? code : 1;
};

process.exitCode = await main();
