import type { LogRecord, TopicPartition } from '../../../src/bus/port.js';
import {
  HashChain,
  type Decoded,
  type Domain,
  type LogCodec,
  type LoggedEvent,
} from '../../../src/log/index.js';
import { counters, type Fact } from './counter-domain.js';
import { AsksSeen, echoes, type CounterEvent } from './echo-domain.js';
import { outsider, type Heard } from './outsider.js';
import { mustEqualReplay, replay } from './replay.js';
import { checkSequentialRun, violated, type InboxRecord } from './sequential-run.js';
import { COUNTERS, ECHOES, EDGE, FACTS, SKEW_MS, type Simulation } from './simulation.js';

const eventsOf = (heard: readonly Heard[], log: readonly LogRecord[], codec: LogCodec): LoggedEvent[] => {
  const records = new Map(log.map((record) => [record.offset, record]));
  return heard.flatMap(({ offset, name }) => {
    const record = records.get(offset);
    if (name === 'Claimed' || record === undefined) return [];
    const decoded = codec.decode(record) as Decoded & { kind: 'event' };
    return [{ type: name, offset, body: decoded.record as LoggedEvent['body'] }];
  });
};

export interface CountersRead {
  readonly heard: readonly Heard[];
  readonly accepted: readonly LoggedEvent[];
  readonly facts: readonly InboxRecord<Fact>[];
}

/** Laws 2-5 on the bytes of an inbox and of the counters' log: the accepted events are the sequential run of the inbox. */
export const checkCounters = (
  inbox: readonly LogRecord[],
  log: readonly LogRecord[],
  codec: LogCodec,
): CountersRead => {
  const heard = outsider(log);
  const accepted = eventsOf(heard, log, codec);
  const facts = inbox.map((record): InboxRecord<Fact> => {
    const { name, record: fact } = codec.decode(record) as Decoded & { kind: 'event' };
    return { offset: record.offset, type: name, record: fact as unknown as Fact };
  });
  const at = new Map(accepted.map((event) => [event.offset, event]));
  checkSequentialRun({
    domain: counters,
    inbox: facts,
    accepted,
    bodies: (_from, offset) => at.get(offset),
    mayYieldNothing: ({ record }) => record.op === 'poison' || record.op === 'huge',
  });
  checkChain(log, accepted, codec);
  return { heard, accepted, facts };
};

/** The chain of hashes holds, no eventId is there twice, causes never go back. */
const checkChain = (log: readonly LogRecord[], accepted: readonly LoggedEvent[], codec: LogCodec): void => {
  const chain = new HashChain(codec);
  for (const record of log) {
    const broken = chain.next(record, codec.decode(record) as Decoded);
    if (broken !== undefined) violated(broken);
  }
  const ids = new Set(accepted.map(({ body }) => body.meta.eventId));
  if (ids.size !== accepted.length) violated('an eventId twice');
  const causes = accepted.map(({ body }) => body.meta.cause);
  if (causes.some((cause, i) => cause < (causes[i - 1] ?? -1))) violated('causes go back');
};

/** All that must hold at the end of a schedule. */
export const checkAll = (simulation: Simulation): void => {
  const { bus, codec } = simulation;
  const { heard, accepted, facts } = checkCounters(bus.recordsOf(FACTS), bus.recordsOf(COUNTERS), codec);
  checkLog(simulation, COUNTERS, heard, accepted, counters);
  checkReaders(simulation, accepted);
  checkTimers(simulation, facts, accepted);
  if (simulation.schedule.seats[1] > 0) checkEchoes(simulation, accepted);
};

/** Law 5 for a chain: the echoes are a sequential run of the accepted counters, and no needless answer was given. */
const checkEchoes = (simulation: Simulation, inbox: readonly LoggedEvent[]): void => {
  const log = simulation.bus.recordsOf(ECHOES);
  const heard = outsider(log);
  const accepted = eventsOf(heard, log, simulation.codec);
  const domain = echoes(new Set());
  const own = new Map(accepted.map((event) => [event.offset, event]));
  const theirs = new Map(inbox.map((event) => [event.offset, event]));
  const asks = new AsksSeen();
  for (const { type, offset, body } of inbox) asks.see(type, offset, body.meta.streamId);
  checkSequentialRun<unknown, never, CounterEvent>({
    domain: domain as unknown as Domain<unknown, never, CounterEvent>,
    inbox: inbox.map(({ offset, type, body }) => ({ offset, type, record: body })),
    accepted,
    bodies: (from, offset) => (from === 'log' ? own : theirs).get(offset),
    mayYieldNothing: ({ offset, type }) => type === 'Armed' && asks.withdrawn.has(offset),
  });
  checkChain(log, accepted, simulation.codec);
  checkLog(simulation, ECHOES, heard, accepted, domain);
  checkLookAhead(heard, inbox);
};

/** Law 5: what was withdrawn before the end of the inbox as the claimer saw it is not answered under that claim. */
const checkLookAhead = (heard: readonly Heard[], inbox: readonly LoggedEvent[]): void => {
  let asks = new AsksSeen();
  for (const { name, record } of heard) {
    if (name === 'Claimed') {
      const { inboxEnd } = record as { inboxEnd: number };
      asks = new AsksSeen();
      for (const { type, offset, body } of inbox)
        if (offset < inboxEnd) asks.see(type, offset, body.meta.streamId);
    } else if (name === 'Answered') {
      const { ask } = record as { ask: number };
      if (asks.withdrawn.has(ask)) violated('an ask that was no longer pending was answered', { ask });
    }
  }
};

/** Announcements, folds and checkpoints say the same as the log. */
const checkLog = <Value>(
  simulation: Simulation,
  log: TopicPartition,
  heard: readonly Heard[],
  accepted: readonly LoggedEvent[],
  domain: Domain<Value, never, never> | typeof counters | ReturnType<typeof echoes>,
): void => {
  const records = simulation.bus.recordsOf(log);
  const eventIds = new Map(accepted.map(({ offset, body }) => [offset, body.meta.eventId]));
  for (const { log: of, event } of simulation.announced) {
    if (of === log && eventIds.get(event.offset) !== event.body.meta.eventId)
      violated('an owner announced an event that is not there', event);
  }
  const end = simulation.bus.endOf(log);
  const whole = replay(domain as never, simulation.codec, records, end);
  const last = heard.at(-1);
  if (last !== undefined && !whole.lastHash.equals(simulation.codec.hash({ value: last.value, headers: {} })))
    violated('fold and outsider end with another record');
  for (const { log: of, checkpoint } of simulation.checkpoints) {
    if (of !== log) continue;
    const tail = replay(domain as never, simulation.codec, records, end, checkpoint);
    mustEqualReplay(tail, whole, 'fold(checkpoint, tail) is not fold(all)');
  }
};

const checkReaders = (simulation: Simulation, accepted: readonly LoggedEvent[]): void => {
  const truth = JSON.stringify(accepted.map(({ offset, body }) => [offset, body.meta.eventId]));
  const seen = [...simulation.worker.seen].sort(([a], [b]) => a - b);
  if (JSON.stringify(seen) !== truth) violated('the follower has read something else');
  const rows = simulation.projector.rows.map(({ offset, eventId }) => [offset, eventId]);
  if (JSON.stringify(rows) !== truth) violated('the projector has read something else');
};

/** Law 7: no lease ran out over a renewal that had reached the edge before it was due. */
const checkTimers = (
  simulation: Simulation,
  facts: readonly InboxRecord<Fact>[],
  accepted: readonly LoggedEvent[],
): void => {
  const armed = new Map<string, number>();
  for (const { type, offset, body } of accepted) {
    const id = body.meta.streamId;
    if (type === 'Armed') armed.set(id, offset);
    if (type !== 'Fired') continue;
    const { due } = body as unknown as { due: number };
    for (const report of simulation.bus.recordsOf(EDGE)) {
      if ((report.timestamp + 2 * SKEW_MS) * 1000 > due) break;
      const { record } = simulation.codec.decode(report) as Decoded & { kind: 'event' };
      const { token, counter } = record as unknown as Fact;
      if (`counter/${counter}` !== id || token !== armed.get(id)) continue;
      const decided = facts.some(
        (fact) =>
          (fact.record as Fact & { edge?: number }).edge === report.offset && fact.offset <= body.meta.cause,
      );
      if (!decided) violated('a lease ran out over a renewal that came in time', { due, report: record });
    }
  }
};
