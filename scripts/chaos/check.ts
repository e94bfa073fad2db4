import { createPublicKey } from 'node:crypto';
import { acceptPartition, type Accepted, type Event } from './accepted.js';
import { checkAcknowledged, checkCommands, checkDeadLetters, checkRequests } from './check-edge.js';
import { checkVerdicts, foldTasks, type TaskFold } from './check-tasks.js';
import { checkViews, readViews } from './check-views.js';
import type { Said } from './load.js';
import { readTopics, type Dump } from './read-topics.js';

/** Owned logs and the inbox whose offsets their events name as `cause`. */
const LOGS: Readonly<Record<string, string>> = {
  'arbiter.tasks': 'arbiter.facts',
  'arbiter.assignments': 'arbiter.tasks',
  'arbiter.verdicts': 'arbiter.tasks',
  'arbiter.outcomes': 'arbiter.tasks',
  'arbiter.agents': 'arbiter.agent-commands',
  'arbiter.policies': 'arbiter.policy-commands',
};

const TOPICS = [
  ...Object.keys(LOGS),
  'arbiter.task-requests',
  'arbiter.commands',
  'arbiter.agent-reports',
  'arbiter.facts',
  'arbiter.dead-letters',
  'arbiter.schemas',
];

export interface CheckOptions {
  readonly brokers: string;
  readonly databaseUrl: string;
  readonly publicKeyPem: string;
  readonly said: Said;
  /** Instances of workers that were killed, stopped or ended: their leases may expire. */
  readonly faultedInstances: ReadonlySet<string>;
}

export interface Checked {
  readonly violations: readonly string[];
  readonly counts: Readonly<Record<string, number>>;
  readonly finals: Readonly<Record<string, number>>;
  readonly dump: Dump;
}

/** Reads everything once more, on its own, and says what does not hold. */
export const check = async (options: CheckOptions): Promise<Checked> => {
  const { said, faultedInstances } = options;
  const dump = await readTopics(options.brokers, TOPICS);
  const accepted = new Map<string, readonly Accepted[]>();
  for (const [topic, inbox] of Object.entries(LOGS)) {
    const partitions = dump.rows.get(topic) ?? [];
    const ends = dump.ends.get(inbox) ?? [];
    accepted.set(
      topic,
      partitions.map((rows, partition) => acceptPartition(rows, ends[partition])),
    );
  }
  const logs = new Map([...accepted].map(([topic, all]) => [topic, all.flatMap(({ events }) => events)]));
  const taskEvents = logs.get('arbiter.tasks') ?? [];
  const tasks = foldTasks(taskEvents);
  const all = [...accepted.values()].flat();
  const violations = [
    ...all.flatMap((one) => one.violations),
    ...checkUnique(all.flatMap(({ events }) => events)),
    ...[...tasks.values()].flatMap((task) => task.violations.map((what) => `${task.taskId}: ${what}`)),
    ...checkVerdicts(tasks, logs.get('arbiter.verdicts') ?? [], createPublicKey(options.publicKeyPem)),
    ...checkAcknowledged(said, dump),
    ...checkRequests(said, dump, tasks, taskEvents),
    ...checkCommands(dump, taskEvents),
    ...checkDeadLetters(said, dump),
    ...checkTimers(taskEvents, faultedInstances),
    ...checkTokens(taskEvents, logs),
    ...checkViews(await readViews(options.databaseUrl), tasks, logs),
  ];
  return {
    violations,
    counts: countsOf(said, dump, accepted, tasks, taskEvents),
    finals: tally([...tasks.values()].map(({ final }) => final ?? 'none')),
    dump,
  };
};

/** No event id stands for two events. */
export const checkUnique = (events: readonly Event[]): readonly string[] => {
  const seen = new Set<string>();
  return events.flatMap(({ meta: { eventId } }) => {
    const twice = seen.has(eventId);
    seen.add(eventId);
    return twice ? [`${eventId}: twice`] : [];
  });
};

/** A lease expires only when its holder was killed or stopped: a broker or an intake that stood still expires nothing. */
export const checkTimers = (events: readonly Event[], faulted: ReadonlySet<string>): readonly string[] =>
  events
    .filter(({ name, body }) => name === 'ExecutionFailed' && body['failureClass'] === 'LEASE_EXPIRED')
    .filter(({ body }) => !faulted.has(body['workerInstance'] as string))
    .map(({ body, offset }) => `${String(body['taskId'])}@${offset}: the lease of a living worker expired`);

/** Offers and outcomes exist for accepted tokens only, one each. */
export const checkTokens = (
  events: readonly Event[],
  logs: ReadonlyMap<string, readonly Event[]>,
): readonly string[] => {
  const routed = new Set(
    events
      .filter(({ name }) => name === 'TaskRouted')
      .map(({ body, offset }) => `${String(body['taskId'])} ${offset}`),
  );
  const violations: string[] = [];
  for (const [topic, name] of [
    ['arbiter.assignments', 'AssignmentOffered'],
    ['arbiter.outcomes', 'OutcomeObserved'],
  ] as const) {
    const seen = new Set<string>();
    for (const event of logs.get(topic) ?? []) {
      if (event.name !== name) continue;
      const key = `${String(event.body['taskId'])} ${String(event.body['token'])}`;
      if (!routed.has(key)) violations.push(`${name} ${key}: no such accepted TaskRouted`);
      if (seen.has(key)) violations.push(`${name} ${key}: twice`);
      seen.add(key);
    }
    const missing = [...routed].filter((key) => !seen.has(key));
    if (name === 'OutcomeObserved' && missing.length > 0)
      violations.push(
        `${missing.length} assignments without an outcome, e.g. ${missing.slice(0, 3).join(', ')}`,
      );
  }
  return violations;
};

const tally = (names: readonly string[]): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
};

const countsOf = (
  said: Said,
  dump: Dump,
  accepted: ReadonlyMap<string, readonly Accepted[]>,
  tasks: ReadonlyMap<string, TaskFold>,
  events: readonly Event[],
): Readonly<Record<string, number>> => {
  const all = [...accepted.values()].flat();
  const named = (name: string): number => events.filter((event) => event.name === name).length;
  const sum = (pick: (task: TaskFold) => number): number =>
    [...tasks.values()].reduce((total, task) => total + pick(task), 0);
  const leases = events.filter(
    ({ name, body }) => name === 'ExecutionFailed' && body['failureClass'] === 'LEASE_EXPIRED',
  ).length;
  return {
    requests_acknowledged: said.requests.length,
    request_records: (dump.rows.get('arbiter.task-requests') ?? []).flat().length,
    commands_acknowledged: said.commands.length,
    unusable_records: said.unusable.length,
    sends_repeated: said.retries,
    tasks: tasks.size,
    requests_refused: named('RequestRefused'),
    commands_refused: named('CommandRefused'),
    dead_letters: (dump.rows.get('arbiter.dead-letters') ?? []).flat().length,
    accepted_events: all.reduce((total, { events: list }) => total + list.length, 0),
    claims: all.reduce((total, { claims }) => total + claims, 0),
    rejected_records: all.reduce((total, { rejected }) => total + rejected, 0),
    verdicts: accepted.get('arbiter.verdicts')?.flatMap(({ events: list }) => list).length ?? 0,
    attempts_spent: sum(({ spent }) => spent),
    outages_without_attempt: sum(({ outages }) => outages),
    leases_expired: leases,
    offers_ended: sum(({ offersEnded }) => offersEnded),
    asks_repeated: named('AskRepeated'),
  };
};
