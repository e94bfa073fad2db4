/**
 * Figure `registry` (R-102: p95 < 5 ms at 1,000 agents and 2,000 questions a second): questions to the directory in memory, open
 * loop at the rate asked for, each timed from the moment it should have begun, while new agents are registered and outcomes come
 * in off the real broker in the same process. Then as many as it can, and the same questions to the views in PostgreSQL.
 *
 *   npm run bench -- registry [--quick]
 */
import { TOPICS } from '../src/events/topics.js';
import type { AgentQuery } from '../src/aggregates/agent/find/index.js';
import { systemClock } from '../src/log/index.js';
import {
  migrate,
  openDirectory,
  openQueries,
  rebuild,
  type LiveDirectory,
} from '../src/projections/index.js';
import { outcome, registeredAgent, untilRouted } from '../test/projections/lifecycle.js';
import type { Said } from '../test/projections/log-writer.js';
import { openStage, PARTITIONS, type Stage } from '../test/projections/stage.js';

const AGENTS = 1000;
const OUTCOMES = 60_000;
const ROUTED = 2000;
const RATE = 2000;
const REGISTRATIONS_PER_S = 20;
const OUTCOMES_PER_S = 200;
const LANGUAGES = ['typescript', 'python', 'rust', 'go', 'java', 'c', 'sql', 'ruby'];
const SPECIALISATIONS = ['security', 'performance', 'testing', 'refactoring'];
const TYPES = ['code-editing', 'review', 'docs', 'migration', 'testing'];

const at = <T>(list: readonly T[], i: number): T => list[i % list.length] as T;

/** Every agent writes two to four languages, and every fifth takes one type of task only. */
const agent = (i: number, prefix = 'agent'): Said => {
  const said = registeredAgent(`${prefix}-${i}`, 1 + (i % 8), ['code'], i % 5 === 0 ? [at(TYPES, i)] : []);
  const languages = [0, 1, 2, 3].slice(0, 2 + (i % 3)).map((n) => at(LANGUAGES, i + n));
  const specialisations = [at(SPECIALISATIONS, i), at(SPECIALISATIONS, i + 1)];
  return { ...said, data: { ...said.data, languages, specialisations } };
};

const worked = (i: number): Said => {
  const said = outcome(
    `o-${i}`,
    i,
    `agent-${(i * 7919) % AGENTS}`,
    (i * 31) % 97 < (i * 7919) % 97 ? 'SUCCESS' : 'FAILURE',
  );
  return { ...said, data: { ...said.data, taskType: at(TYPES, i) } };
};

/** What dashboards and routers ask: narrow and wide, with and without a rate, first pages and later ones. */
const question = (i: number): AgentQuery => ({
  taskType: at(TYPES, i),
  ...(i % 4 === 0
    ? {}
    : { languages: i % 3 === 0 ? [at(LANGUAGES, i), at(LANGUAGES, i + 1)] : [at(LANGUAGES, i)] }),
  ...(i % 5 === 0 ? { specialisations: [at(SPECIALISATIONS, i)] } : {}),
  ...(i % 2 === 0 ? { belowUtilisation: 80 } : {}),
  ...(i % 7 === 0 ? { minSuccess: 0.5, bound: 'interval' as const } : {}),
  limit: at([10, 50, 100], i),
});

const percentile = (sorted: readonly number[], share: number): number =>
  Math.round((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0) * 1000) / 1000;

const figures = (times: number[]): Record<string, number> => {
  const sorted = times.sort((a, b) => a - b);
  return {
    p50_ms: percentile(sorted, 0.5),
    p95_ms: percentile(sorted, 0.95),
    p99_ms: percentile(sorted, 0.99),
    max_ms: percentile(sorted, 1),
  };
};

/** Questions at a rate, whatever becomes of the one before: a pause is felt by all that should have begun in it. */
const openLoop = async (directory: LiveDirectory, seconds: number): Promise<number[]> => {
  const times: number[] = [];
  const began = performance.now();
  let page: { readonly query: AgentQuery; readonly next: string } | undefined;
  for (let i = 0; i < RATE * seconds;) {
    const due = began + (i * 1000) / RATE;
    if (due > performance.now()) {
      // Sleeping, not spinning: who burns the core beside the one that answers measures himself.
      await new Promise((resolve) => setTimeout(resolve, 1));
      continue;
    }
    const query = i % 10 === 9 && page !== undefined ? { ...page.query, page: page.next } : question(i);
    const { next } = directory.find(query);
    times.push(performance.now() - due);
    page = next === null ? page : { query, next };
    i++;
  }
  return times;
};

/** Registrations and outcomes while questions are asked; how long until a new agent is found. */
const beside = async (
  stage: Stage,
  directory: LiveDirectory,
  until: { done: boolean },
): Promise<number[]> => {
  const seen: number[] = [];
  for (let i = 0; !until.done; i++) {
    const began = performance.now();
    const size = directory.size;
    await stage.append(TOPICS.agents, 0, [agent(i, 'late')]);
    while (directory.size === size) await new Promise((resolve) => setTimeout(resolve, 1));
    seen.push(performance.now() - began);
    const outcomes = Array.from({ length: OUTCOMES_PER_S / REGISTRATIONS_PER_S }, (_none, n) =>
      worked(i * 10 + n),
    );
    await stage.append(TOPICS.outcomes, i % PARTITIONS, outcomes);
    const left = 1000 / REGISTRATIONS_PER_S - (performance.now() - began);
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, left)));
  }
  return seen;
};

const history = async (stage: Stage): Promise<void> => {
  await stage.append(
    TOPICS.agents,
    0,
    Array.from({ length: AGENTS }, (_none, i) => agent(i)),
  );
  for (let p = 0; p < PARTITIONS; p++) {
    const mine = <T>(count: number, make: (i: number) => T): T[] =>
      Array.from({ length: Math.ceil(count / PARTITIONS) }, (_none, i) => make(i * PARTITIONS + p));
    await stage.append(TOPICS.outcomes, p, mine(OUTCOMES, worked));
    await stage.append(
      TOPICS.tasks,
      p,
      mine(ROUTED, (i) => untilRouted(`w-${i}`, `agent-${i % AGENTS}`)).flat(),
    );
  }
};

export const run = async (args: readonly string[]): Promise<object> => {
  const seconds = args.includes('--quick') ? 5 : 30;
  const stage = await openStage();
  const { bus, codec, databaseUrl } = stage;
  try {
    await history(stage);
    const began = performance.now();
    const directory = await openDirectory({
      ...{ bus, codec, clock: systemClock, partitions: PARTITIONS },
      onError: (error) => process.stderr.write(`${String(error)}\n`),
    });
    await directory.whenReady();
    const ready = performance.now() - began;
    const until = { done: false };
    const registering = beside(stage, directory, until);
    const asked = await openLoop(directory, seconds);
    until.done = true;
    const registered = await registering;

    const most = performance.now();
    const cpu = process.cpuUsage();
    let questions = 0;
    for (; performance.now() - most < 3000; questions++) directory.find(question(questions));
    const perSecond = Math.round(questions / ((performance.now() - most) / 1000));
    const used = process.cpuUsage(cpu);
    await directory.close();
    return {
      ...figures(asked),
      queries_per_s: Math.round(asked.length / seconds),
      details: {
        agents: AGENTS,
        seconds,
        most_queries_per_s: perSecond,
        cpu_us_per_query: Math.round((used.user + used.system) / questions),
        directory_ready_ms: Math.round(ready),
        registration_until_found: { count: registered.length, ...figures(registered) },
        views: await views(databaseUrl, stage, args.includes('--quick') ? 200 : 1000),
        rss_mb: Math.round(process.memoryUsage().rss / 1e6),
      },
    };
  } finally {
    await stage.close();
  }
};

/** The same questions to PostgreSQL, four at a time: what the command line asks. */
const views = async (databaseUrl: string, { bus, codec }: Stage, count: number): Promise<object> => {
  await migrate(databaseUrl);
  for (const projection of ['agents', 'outcomes', 'tasks'])
    await rebuild({ bus, codec, databaseUrl, projection });
  const queries = openQueries(databaseUrl, { maxConnections: 4 });
  const times: number[] = [];
  const began = performance.now();
  const ask = async (lane: number): Promise<void> => {
    for (let i = lane; i < count; i += 4) {
      const start = performance.now();
      await queries.findInFleet(question(i));
      times.push(performance.now() - start);
    }
  };
  await Promise.all([0, 1, 2, 3].map(ask));
  const perSecond = Math.round(count / ((performance.now() - began) / 1000));
  await queries.close();
  return { ...figures(times), queries_per_s: perSecond };
};
