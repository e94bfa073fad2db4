import { TOPICS, OWNED_TOPICS } from '../../../src/events/topics.js';
import { HashChain, type Decoded, type LoggedEvent } from '../../../src/log/index.js';
import { sagaDomain } from '../../../src/saga/index.js';
import { checkSequentialRun, violated } from '../../log/support/sequential-run.js';
import { checkAssignments } from './check-assignments.js';
import { checkTasks } from './check-tasks.js';
import { checkLeases, checkTimers } from './check-timers.js';
import { checkVerdicts } from './check-verdicts.js';
import { LIMITS } from './limits.js';
import { events, type ReadFact } from './records.js';
import type { Simulation } from './simulation.js';
import { read, textCodec } from './text-codec.js';

/** All that must hold at the end of a lifecycle. */
export const checkAll = (simulation: Simulation): void => {
  const tasks = events(simulation.accepted(TOPICS.tasks));
  const facts = simulation.logOf(TOPICS.facts).map((record): ReadFact => {
    const { offset, type, body } = read(record);
    return { offset, type, record: body as unknown as ReadFact['record'] };
  });
  for (const topic of OWNED_TOPICS) checkLog(simulation, topic);
  checkTasks(simulation, tasks, facts);
  checkVerdicts(simulation, tasks);
  checkAssignments(simulation, tasks);
  checkTimers(simulation, tasks, facts);
  if (simulation.schedule.outages === true) checkLeases(tasks);
  checkReaders(simulation, tasks);
  checkRun(simulation, tasks, facts);
};

/** The chain of hashes holds, no eventId is there twice, causes never go back (laws 3 and 5). */
const checkLog = (simulation: Simulation, topic: (typeof OWNED_TOPICS)[number]): void => {
  const chain = new HashChain(textCodec);
  for (const record of simulation.logOf(topic)) {
    const broken = chain.next(record, textCodec.decode(record) as Decoded);
    if (broken !== undefined) violated(`${topic}: ${broken}`);
  }
  const metas = events(simulation.accepted(topic)).map(({ body }) => body.meta);
  if (new Set(metas.map(({ eventId }) => eventId)).size < metas.length)
    violated(`${topic}: an eventId twice`);
  if (metas.some(({ cause }, i) => cause < (metas[i - 1]?.cause ?? -1))) violated(`${topic}: causes go back`);
};

/** A reader with committed places, and one with its place in its transaction, have read the same as an outsider. */
const checkReaders = (simulation: Simulation, tasks: readonly LoggedEvent[]): void => {
  const wanted = tasks.map(({ offset, body }) => `${offset} ${body.meta.eventId}`).join();
  const projected = simulation.projector.rows.map(({ offset, eventId }) => `${offset} ${eventId}`).join();
  if (projected !== wanted) violated('the projector read something else');
  const seen = [...simulation.seen].sort(([a], [b]) => a - b).map(([offset, id]) => `${offset} ${id}`);
  if (seen.join() !== wanted) violated('the reader with committed places read something else');
};

/** Law 5: the tasks are the sequential run of the facts through the pure saga, timer events at their cursor. */
const checkRun = (
  { schedule }: Simulation,
  tasks: readonly LoggedEvent[],
  facts: readonly ReadFact[],
): void => {
  const domain = sagaDomain(LIMITS);
  const at = new Map(tasks.map((event) => [event.offset, event]));
  checkSequentialRun({
    domain: schedule.doubles?.saga?.(domain) ?? domain,
    inbox: facts.map(({ offset, type, record }) => ({ offset, type, record: record })),
    accepted: tasks,
    bodies: (_from, offset) => at.get(offset),
  });
};
