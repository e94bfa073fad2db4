import pg from 'pg';
import type { Event } from './accepted.js';
import type { TaskFold } from './check-tasks.js';

type Rows = readonly Readonly<Record<string, unknown>>[];

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

/** The views against the checker's own fold of the accepted logs, row by row. */
export const checkViews = async (
  databaseUrl: string,
  tasks: ReadonlyMap<string, TaskFold>,
  logs: ReadonlyMap<string, readonly Event[]>,
): Promise<readonly string[]> => {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const query = async (sql: string): Promise<Rows> => (await client.query<Record<string, unknown>>(sql)).rows;
  const of = (topic: string): readonly Event[] => logs.get(topic) ?? [];
  try {
    const taskRows = await query(
      'SELECT task_id, state, version, log_offset, partition, outcome, request_id, verdict_id, verdict_sha256, verdict_offset FROM tasks',
    );
    const lines = await query('SELECT task_id, version, event, log_offset FROM timeline');
    const verdicts = await query('SELECT verdict_id, task_id, phase, outcome, log_offset FROM verdicts');
    const offers = await query('SELECT task_id, token FROM assignments');
    const outcomes = await query('SELECT agent_id, task_type, successes, failures, voids FROM performance');
    const agents = await query('SELECT agent_id FROM registry');
    const ids = new Set(tasks.keys());
    return [
      ...compare(
        'tasks',
        [...tasks.values()].map((t) =>
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
        taskRows.map((r) =>
          line(
            r['task_id'],
            r['state'],
            r['version'],
            r['log_offset'],
            r['partition'],
            r['outcome'],
            r['request_id'],
            r['verdict_id'],
            r['verdict_sha256'],
            r['verdict_offset'],
          ),
        ),
      ),
      ...compare(
        'timeline',
        timelineOf(of('arbiter.tasks'), ids),
        lines.map((r) => line(r['task_id'], r['version'], r['event'], r['log_offset'])),
      ),
      ...compare(
        'verdicts',
        of('arbiter.verdicts').flatMap(({ name, body, offset }) =>
          name === 'VerdictIssued'
            ? [line(body['verdictId'], body['taskId'], body['phase'], body['outcome'], offset)]
            : [],
        ),
        verdicts.map((r) => line(r['verdict_id'], r['task_id'], r['phase'], r['outcome'], r['log_offset'])),
      ),
      ...compare(
        'assignments',
        // A revocation may come without its offer: the assignment ended before the dispatcher saw it.
        [
          ...new Set(
            of('arbiter.assignments')
              .filter(({ name }) => name === 'AssignmentOffered' || name === 'AssignmentRevoked')
              .map(({ body }) => line(body['taskId'], body['token'])),
          ),
        ],
        offers.map((r) => line(r['task_id'], r['token'])),
      ),
      ...compare(
        'performance',
        performanceOf(of('arbiter.outcomes')),
        outcomes.map((r) => line(r['agent_id'], r['task_type'], r['successes'], r['failures'], r['voids'])),
      ),
      ...compare(
        'registry',
        of('arbiter.agents').flatMap(({ name, body }) =>
          name === 'AgentRegistered' ? [line(body['agentId'])] : [],
        ),
        agents.map((r) => line(r['agent_id'])),
      ),
    ];
  } finally {
    await client.end();
  }
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
