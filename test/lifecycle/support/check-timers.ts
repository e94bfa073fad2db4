import type { AgentReported, Claimed } from '../../../src/events/generated/events.js';
import { TOPICS } from '../../../src/events/topics.js';
import type { LoggedEvent } from '../../../src/log/index.js';
import { violated } from '../../log/support/sequential-run.js';
import { SKEW_MS } from './limits.js';
import { taskOf, type ReadFact } from './records.js';
import type { Simulation } from './simulation.js';
import { read } from './text-codec.js';

interface Reported {
  readonly token: number;
  readonly at: number;
  /** Offset of its first fact. */
  readonly fact: number;
}

/** Every report at the edge, and when intake brought it. */
const reportsOf = (simulation: Simulation, facts: readonly ReadFact[]): Reported[] => {
  const brought = new Map<number, number>();
  for (const { offset, record } of facts) {
    const { source } = record.meta;
    if (source?.topic === TOPICS.agentReports && !brought.has(source.offset))
      brought.set(source.offset, offset);
  }
  return simulation.logOf(TOPICS.agentReports).map((record) => {
    const { token } = read(record).body as unknown as AgentReported;
    return { token, at: record.timestamp * 1000, fact: brought.get(record.offset) ?? Infinity };
  });
};

/**
 * Law 7: when a lease or an offer runs out, every report that stood in the edge topic before it was due has been decided on. So an
 * intake that stood still expires nothing.
 */
export const checkTimers = (
  simulation: Simulation,
  tasks: readonly LoggedEvent[],
  facts: readonly ReadFact[],
): void => {
  checkCursors(simulation);
  const reports = reportsOf(simulation, facts);
  const due = new Map<string, number | null>();
  const routed = new Map<string, number>();
  for (const event of tasks) {
    const { type, body } = event;
    const id = taskOf(event);
    const { meta } = body;
    if (meta.trigger === 'TIMER' && (type === 'ExecutionFailed' || type === 'OfferEnded')) {
      const dueAt = due.get(id) ?? 0;
      const late = reports.find(
        ({ token, at, fact }) => token === routed.get(id) && at < dueAt - SKEW_MS * 1000 && fact > meta.cause,
      );
      if (late !== undefined)
        violated('a timer fired before a report that stood at the edge was heard', { event, late });
    }
    if (type === 'TaskRouted') routed.set(id, event.offset);
    if (type === 'RivalPromoted') routed.set(id, Number(body['token']));
    if (meta.streamId.startsWith('task/')) due.set(id, meta.dueAt);
  }
};

/** Law 7: whoever speaks in time keeps its lease, whatever the broker does. */
export const checkLeases = (tasks: readonly LoggedEvent[]): void => {
  const expired = tasks.find(({ body }) => body['failureClass'] === 'LEASE_EXPIRED');
  if (expired !== undefined) violated('the lease of a living worker has expired', expired);
};

/** Law 5: a timer event's cause is the cursor of the owner that fired it, decisions without events included. */
const checkCursors = (simulation: Simulation): void => {
  const due = new Map<string, number | null>();
  let owner = '';
  for (const { type, body } of simulation.accepted(TOPICS.tasks)) {
    if (type === 'Claimed') {
      // An owner may add to the name of its process.
      owner = (body as unknown as Claimed).instance.split('/')[0] ?? '';
      continue;
    }
    const { meta } = body;
    if (meta.trigger === 'TIMER' && meta.decisionIndex === 0) {
      const cursor = simulation.cursors.get(`${owner} ${meta.streamId} ${due.get(meta.streamId) ?? 0}`);
      if (cursor === undefined) return violated('a timer event that its owner did not fire', meta);
      if (cursor > meta.cause)
        violated('a timer event with a cause before the cursor', { cursor, type, meta });
    }
    due.set(meta.streamId, meta.dueAt);
  }
};
