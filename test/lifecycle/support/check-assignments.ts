import type { AssignmentOffered, Claimed, OutcomeObserved } from '../../../src/events/generated/events.js';
import { TOPICS } from '../../../src/events/topics.js';
import type { LoggedEvent } from '../../../src/log/index.js';
import { violated } from '../../log/support/sequential-run.js';
import { events, taskOf } from './records.js';
import type { Simulation } from './simulation.js';

const ENDS = new Set([
  'OfferEnded',
  'ExecutionFailed',
  'TaskSuspended',
  'VerificationPassed',
  'VerificationFailed',
  'VerdictRequested',
]);

/** Token → offset of the accepted event that ended the assignment. */
const endsOf = (tasks: readonly LoggedEvent[]): Map<number, LoggedEvent> => {
  const open = new Map<string, number>();
  /** Runs beside the one that a task stands on. */
  const beside = new Map<number, string>();
  const ends = new Map<number, LoggedEvent>();
  for (const event of tasks) {
    const id = taskOf(event);
    const at = open.get(id);
    const token = Number(event.body['token']);
    if (event.type === 'TaskRouted') {
      if (at !== undefined) violated(`${id} was routed while it was routed`);
      if ([...beside.values()].includes(id)) violated(`${id} was routed while others are at work on it`);
      open.set(id, event.offset);
    } else if (event.type === 'RivalRouted') beside.set(event.offset, id);
    else if (event.type === 'RivalPromoted') {
      if (!beside.delete(token)) violated(`${id}: promoted is ${token}, which is not at work`);
      if (at !== undefined) beside.set(at, id);
      open.set(id, token);
    } else if (event.type === 'RivalEnded') {
      if (!beside.delete(token)) violated(`${id}: ${token} ended, which was not beside another`);
      ends.set(token, event);
    } else if (at !== undefined && ENDS.has(event.type)) {
      ends.set(at, event);
      open.delete(id);
    }
  }
  if (open.size + beside.size > 0) violated('assignments without an end', [...open, ...beside]);
  return ends;
};

export const checkAssignments = (simulation: Simulation, tasks: readonly LoggedEvent[]): void => {
  checkOutcomes(simulation, endsOf(tasks));
  checkOffers(simulation, tasks);
};

/** One outcome for each assignment that has ended. */
const checkOutcomes = (simulation: Simulation, ends: ReadonlyMap<number, LoggedEvent>): void => {
  const counted = new Map<number, number>();
  for (const { body } of events(simulation.accepted(TOPICS.outcomes))) {
    const { token } = body as unknown as OutcomeObserved;
    counted.set(token, (counted.get(token) ?? 0) + 1);
  }
  for (const [token, { type }] of ends) {
    const count = counted.get(token) ?? 0;
    if (count !== 1) violated(`${count} outcomes for token ${token}, ended by ${type}`);
  }
  for (const token of counted.keys())
    if (!ends.has(token)) violated(`an outcome for token ${token}, which has not ended`);
};

const ENDS_ROUTING = new Set([
  'OfferEnded',
  'ExecutionCompleted',
  'ExecutionFailed',
  'TaskSuspended',
  'CancellationAccepted',
  'DeadlineExceeded',
  'VerdictRequested',
]);

/** Law 5: under a claim no offer is made that the inbox, read to its end before, showed to be over; none is made twice. */
const checkOffers = (simulation: Simulation, tasks: readonly LoggedEvent[]): void => {
  const over = new Map<number, number>();
  const routed = new Map<string, number>();
  for (const event of tasks) {
    const id = taskOf(event);
    const token = routed.get(id);
    if (event.type === 'TaskRouted') routed.set(id, event.offset);
    else if (event.type === 'RivalEnded') over.set(Number(event.body['token']), event.offset);
    else if (event.type === 'RivalPromoted') routed.set(id, Number(event.body['token']));
    else if (token !== undefined && ENDS_ROUTING.has(event.type) && !over.has(token))
      over.set(token, event.offset);
  }
  const offered = new Set<number>();
  let seenTo = 0;
  for (const { type, offset, body } of simulation.accepted(TOPICS.assignments)) {
    if (type === 'Claimed') seenTo = (body as unknown as Claimed).inboxEnd;
    if (type !== 'AssignmentOffered') continue;
    const { token } = body as unknown as AssignmentOffered;
    if ((over.get(token) ?? Infinity) < seenTo)
      violated(`token ${token} was offered at ${offset} although it was over`);
    if (offered.has(token)) violated(`token ${token} was offered twice`);
    offered.add(token);
  }
};
