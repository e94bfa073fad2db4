import pg from 'pg';
import type { Event } from './accepted.js';
import type { TaskFold } from './check-tasks.js';

const compare = (what: string, expected: readonly string[], found: readonly string[]): readonly string[] => {
  const wanted = new Set(expected);
  const there = new Set(found);
  const missing = expected.filter((line) => !there.has(line));
  const strange = found.filter((line) => !wanted.has(line));
  const some = (list: readonly string[]): string => list.slice(0, 3).join(' | ');
  return [
    ...(missing.length > 0 ? [`view ${what}: ${missing.length} rows missing, e.g. ${some(missing)}`] : []),
    ...(strange.length > 0 ? [`view ${what}: ${strange.length} rows too many, e.g. ${some(strange)}`] : []),
    ...(found.length === there.size ? [] : [`view ${what}: ${found.length - there.size} rows twice`]),
  ];
};

const line = (...values: readonly unknown[]): string =>
  values.map((value) => (typeof value === 'string' || typeof value === 'number' ? value : '')).join(' ');

/** What is compared of each view, by its name. */
const QUERIES = {
  tasks:
    'SELECT task_id, state, version, log_offset, partition, outcome, request_id, verdict_id, verdict_sha256, verdict_offset FROM tasks',
  timeline: 'SELECT task_id, version, event, log_offset FROM timeline',
  verdicts: 'SELECT verdict_id, task_id, phase, outcome, log_offset FROM verdicts',
  assignments: 'SELECT task_id, token FROM assignments',
  performance: 'SELECT agent_id, task_type, successes, failures, voids FROM performance',
  registry: 'SELECT agent_id FROM registry',
} as const;

export type Views = Readonly<Record<keyof typeof QUERIES, readonly string[]>>;

export const readViews = async (databaseUrl: string): Promise<Views> => {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const views: Partial<Record<keyof Views, readonly string[]>> = {};
    for (const name of Object.keys(QUERIES) as (keyof Views)[]) {
      const { rows } = await client.query<unknown[]>({ text: QUERIES[name], rowMode: 'array' });
      views[name] = rows.map((row) => line(...row));
    }
    return views as Views;
  } finally {
    await client.end();
  }
};

/** The views against the checker's own fold of the accepted logs, row by row. */
export const checkViews = (
  views: Views,
  tasks: ReadonlyMap<string, TaskFold>,
  logs: ReadonlyMap<string, readonly Event[]>,
): readonly string[] => {
  const of = (topic: string): readonly Event[] => logs.get(topic) ?? [];
  const expected: Views = {
    tasks: [...tasks.values()].map((t) =>
      line(
        t.taskId,
        t.final ?? t.state,
        t.version,
        t.offset,
        t.partition,
        t.outcome,
        t.requestId,
        t.verdictId,
        t.verdictSha256,
        t.verdictOffset,
      ),
    ),
    timeline: timelineOf(of('arbiter.tasks'), new Set(tasks.keys())),
    verdicts: of('arbiter.verdicts').flatMap(({ name, body, offset }) =>
      name === 'VerdictIssued'
        ? [line(body['verdictId'], body['taskId'], body['phase'], body['outcome'], offset)]
        : [],
    ),
    // A revocation may come without its offer: the assignment ended before the dispatcher saw it.
    assignments: [
      ...new Set(
        of('arbiter.assignments')
          .filter(({ name }) => name === 'AssignmentOffered' || name === 'AssignmentRevoked')
          .map(({ body }) => line(body['taskId'], body['token'])),
      ),
    ],
    performance: performanceOf(of('arbiter.outcomes')),
    registry: of('arbiter.agents').flatMap(({ name, body }) =>
      name === 'AgentRegistered' ? [line(body['agentId'])] : [],
    ),
  };
  return (Object.keys(QUERIES) as (keyof Views)[]).flatMap((name) =>
    compare(name, expected[name], views[name]),
  );
};

/** Outcomes by agent and type of task: successes, failures, and what counts for neither. */
const performanceOf = (events: readonly Event[]): readonly string[] => {
  const cells = new Map<string, [successes: number, failures: number, voids: number]>();
  for (const { name, body } of events) {
    if (name !== 'OutcomeObserved') continue;
    const key = line(body['agentId'], body['taskType']);
    const [successes, failures, voids] = cells.get(key) ?? [0, 0, 0];
    const isSuccess = body['result'] === 'SUCCESS';
    const isFailure = body['result'] === 'FAILURE';
    const isVoid = !isSuccess && !isFailure;
    cells.set(key, [successes + Number(isSuccess), failures + Number(isFailure), voids + Number(isVoid)]);
  }
  return [...cells].map(([key, counts]) => line(key, ...counts));
};

/** Lines begin with TaskReceived: what was remembered before belongs to no task in the views. */
const timelineOf = (events: readonly Event[], tasks: ReadonlySet<string>): readonly string[] => {
  const begun = new Set<string>();
  return events.flatMap(({ name, meta, body, offset }) => {
    const taskId = body['taskId'] as string;
    if (!meta.streamId.startsWith('task/') || !tasks.has(taskId)) return [];
    if (name === 'TaskReceived') begun.add(taskId);
    return begun.has(taskId) ? [line(taskId, meta.streamVersion, name, offset)] : [];
  });
};
