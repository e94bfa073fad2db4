import type { Event } from './accepted.js';
import type { TaskFold } from './check-tasks.js';
import type { Said } from './load.js';
import { FINALS, SPENT } from './orders.js';
import type { Dump, Row } from './read-topics.js';

/** What the load, strangers and workers write to. */
const EDGE = ['arbiter.task-requests', 'arbiter.commands', 'arbiter.agent-reports'];

const rowsOf = (dump: Dump, topic: string): readonly Row[] => (dump.rows.get(topic) ?? []).flat();
const placeOf = (topic: string, partition: number, offset: number): string =>
  `${topic}/${partition}/${offset}`;

/** What was acknowledged stands where the broker said. */
export const checkAcknowledged = (said: Said, dump: Dump): readonly string[] => {
  const rows = new Map(
    EDGE.flatMap((topic) =>
      rowsOf(dump, topic).map((row) => [placeOf(topic, row.partition, row.offset), row] as const),
    ),
  );
  const wanted = [
    ...said.requests.map(({ requestId, at }) => ({ at, field: 'requestId', id: requestId })),
    ...said.commands.map(({ commandId, at }) => ({ at, field: 'commandId', id: commandId })),
  ];
  const lost = wanted.flatMap(({ at, field, id }) => {
    const place = placeOf(at.topic, at.partition, at.offset);
    return rows.get(place)?.record?.[field] === id
      ? []
      : [`${field} ${id}: not at ${place}, where it was acknowledged`];
  });
  const gone = said.unusable
    .map(({ at }) => placeOf(at.topic, at.partition, at.offset))
    .filter((place) => !rows.has(place));
  return [...lost, ...gone.map((place) => `${place}: acknowledged, but not there`)];
};

/**
 * Each decodable request, less repeats, has exactly one final state, and one that its kind allows, after as many spent attempts
 * as its agents were told to fail: an outage that was taken for a failure of the agent would show as one more.
 */
export const checkRequests = (
  said: Said,
  dump: Dump,
  tasks: ReadonlyMap<string, TaskFold>,
  events: readonly Event[],
): readonly string[] => {
  const violations: string[] = [];
  const requests = new Map<string, Set<string>>();
  for (const row of rowsOf(dump, 'arbiter.task-requests')) {
    const { taskId, requestId } = (row.record ?? {}) as { taskId?: string; requestId?: string };
    if (taskId === undefined || requestId === undefined || taskId.includes('/')) continue;
    const ids = requests.get(taskId) ?? new Set();
    requests.set(taskId, ids.add(requestId));
  }
  const refused = new Set(
    events
      .filter(({ name }) => name === 'RequestRefused')
      .map(({ body }) => `${String(body['taskId'])} ${String(body['requestId'])}`),
  );
  for (const [taskId, ids] of requests) {
    const task = tasks.get(taskId);
    if (task === undefined) {
      violations.push(`${taskId}: asked for, but there is no such task`);
      continue;
    }
    const { final } = task;
    if (final === null) violations.push(`${taskId}: no final state, it stands at ${task.version}`);
    const kind = said.orders.get(taskId)?.kind;
    if (final !== null && kind !== undefined && !FINALS[kind].includes(final))
      violations.push(`${taskId}: ended as ${final}, expected ${FINALS[kind].join(' or ')}`);
    const spent = kind === undefined ? undefined : (SPENT[kind] ?? 0);
    if (final !== null && spent !== undefined && task.spent !== spent)
      violations.push(`${taskId}: ${task.spent} attempts were spent, expected ${spent}`);
    for (const requestId of ids)
      if (requestId !== task.requestId && !refused.has(`${taskId} ${requestId}`))
        violations.push(`${taskId}: request ${requestId} has no answer`);
  }
  for (const taskId of tasks.keys())
    if (!requests.has(taskId)) violations.push(`${taskId}: a task that nobody asked for`);
  return violations;
};

const EFFECTS = new Set(['CancellationAccepted', 'TaskSuspended', 'TaskResumed']);

/** Each command id has an event, and takes effect once at most. */
export const checkCommands = (dump: Dump, events: readonly Event[]): readonly string[] => {
  const effects = new Map<string, number>();
  const answered = new Set<string>();
  for (const { name, body } of events) {
    const commandId = body['commandId'];
    if (typeof commandId !== 'string') continue;
    answered.add(commandId);
    if (EFFECTS.has(name)) effects.set(commandId, (effects.get(commandId) ?? 0) + 1);
  }
  const asked = rowsOf(dump, 'arbiter.commands').flatMap(({ record }) => {
    const commandId = record?.['commandId'];
    return typeof commandId === 'string' ? [commandId] : [];
  });
  return [
    ...[...new Set(asked)].filter((id) => !answered.has(id)).map((id) => `command ${id}: no event`),
    ...[...effects]
      .filter(([, count]) => count > 1)
      .map(([id, count]) => `command ${id}: took effect ${count} times`),
  ];
};

/** What can not be used is put aside with its place: what the load wrote to that end, and whatever else can not be read. */
export const checkDeadLetters = (said: Said, dump: Dump): readonly string[] => {
  const letters = new Set(
    rowsOf(dump, 'arbiter.dead-letters').map(({ record }) => {
      const { topic, partition, offset } = record?.['source'] as {
        topic: string;
        partition: number;
        offset: number;
      };
      return placeOf(topic, partition, offset);
    }),
  );
  const unusable = said.unusable.map(({ what, at }) => ({
    what,
    place: placeOf(at.topic, at.partition, at.offset),
  }));
  const known = new Set(unusable.map(({ place }) => place));
  const unreadable = EDGE.flatMap((topic) => rowsOf(dump, topic))
    .filter(({ record }) => record === undefined)
    .map(({ topic, partition, offset }) => ({
      what: 'can not be read',
      place: placeOf(topic, partition, offset),
    }))
    .filter(({ place }) => !known.has(place));
  return [...unusable, ...unreadable]
    .filter(({ place }) => !letters.has(place))
    .map(({ what, place }) => `${place}: ${what}, but no dead letter`);
};
