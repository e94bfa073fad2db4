import type { RivalRouted, TaskRouted } from '../../events/generated/events.js';
import type { DecideContext, Decision, Domain, Input, LoggedEvent, NewEvent } from '../../log/domain.js';
import { memorylessDomain, NOTHING, type NoIndex, type TaskEvent } from '../memoryless.js';

/** Tokens that the inbox, read ahead to its end, shows to be over: no offer is made for them (law 5). */
export type Superseded = (partition: number, token: number) => boolean;

/**
 * Offers what the saga routed, and revokes what it took back. Nothing is remembered: the tasks log names token, agent
 * and instance, and `cause` says what has been offered. `superseded` and the clock only ever leave an offer out, and
 * an offer left out is one that nobody could take any more.
 */
export const dispatcherDomain = (superseded: Superseded): Domain<never, NoIndex, TaskEvent> =>
  memorylessDomain((input, context) => decide(input, context, superseded));

const decide = (input: Input<TaskEvent>, context: DecideContext, superseded: Superseded): Decision => {
  if (input.kind === 'timer') return NOTHING;
  if (input.type === 'TaskRouted') {
    const routed = input.record as unknown as TaskRouted;
    if (superseded(context.partition, input.offset) || routed.acceptBy <= context.now) return NOTHING;
    return offer(input, context, routed, routed.offer);
  }
  if (input.type === 'RivalRouted') {
    const routed = input.record as unknown as RivalRouted;
    if (superseded(context.partition, input.offset) || routed.acceptBy <= context.now) return NOTHING;
    // The decision begins with the TaskRouted; its records lie one behind the other (law 4).
    const first = input.offset - routed.meta.decisionIndex;
    return withEarlier(input, context, first, ({ type, body }) => {
      if (type !== 'TaskRouted' || body['taskId'] !== routed.taskId) return NOTHING;
      return offer(input, context, routed, (body as unknown as TaskRouted).offer);
    });
  }
  const revoked = revocation(input.type, input.record);
  if (revoked === undefined) return NOTHING;
  // The token is the offset of what was routed, and that names whose it is.
  return withEarlier(input, context, revoked.token, ({ body }) => {
    if (body['taskId'] !== input.record.taskId) return NOTHING;
    const { agentId, workerInstance } = body as unknown as TaskRouted | RivalRouted;
    return one(input.record, context, 'AssignmentRevoked', { ...revoked, agentId, workerInstance });
  });
};

/** Goes on with the event at `offset` of the tasks log, which is loaded first. */
const withEarlier = (
  input: Input<TaskEvent> & { kind: 'record' },
  context: DecideContext,
  offset: number,
  goOn: (earlier: LoggedEvent) => Decision,
): Decision => {
  const streamId = `inbox/${input.offset}`;
  const earlier = context.loaded.get(streamId)?.[0];
  return earlier === undefined ? { kind: 'load', from: 'inbox', streamId, offsets: [offset] } : goOn(earlier);
};

const offer = (
  { record, offset }: Input<TaskEvent> & { kind: 'record' },
  context: DecideContext,
  { attempt, agentId, workerInstance, acceptBy, leaseMs }: Omit<TaskRouted, 'offer'>,
  work: TaskRouted['offer'],
): Decision =>
  one(record, context, 'AssignmentOffered', {
    ...{ token: offset, attempt, agentId, workerInstance, acceptBy, leaseMs },
    offer: work,
  });

interface Revocation {
  readonly token: number;
  readonly reason: string;
}

/** What the events of the tasks log that concern an assignment have in common. */
interface Concerning {
  readonly token?: number | null;
  readonly reason?: string;
}

/** Failures of a run that does not know of them yet. */
const TAKEN_BACK: Readonly<Record<string, string>> = {
  LEASE_EXPIRED: 'lease expired',
  TIME_LIMIT: 'time limit',
  OVER_BUDGET: 'over budget',
};

/** Ends of a rival that it does not know of yet. */
const CALLED_BACK: ReadonlySet<unknown> = new Set(['OUTRUN', 'CANCELLED', 'SUSPENDED']);

/** The token that an event of the tasks log takes back; undefined: none. */
export const revocation = (type: string, record: TaskEvent): Revocation | undefined => {
  const { token, reason } = record as Concerning;
  if (token === undefined || token === null) return undefined;
  if (type === 'OfferEnded' && record.end !== 'DECLINED' && record.end !== 'BUSY') {
    return { token, reason: 'not accepted in time' };
  }
  if (type === 'ExecutionFailed') {
    const why = TAKEN_BACK[String(record.failureClass)];
    return why === undefined ? undefined : { token, reason: why };
  }
  if (type === 'RivalEnded' && CALLED_BACK.has(record.failureClass)) return { token, reason: reason ?? '' };
  if (type === 'TaskSuspended') return { token, reason: `suspended: ${reason ?? ''}` };
  if (type === 'VerdictRequested' && record.ending !== 'COMPLETED') {
    return { token, reason: `${String(record.ending).toLowerCase()}: ${reason ?? ''}` };
  }
  return undefined;
};

const one = (
  record: TaskEvent,
  { partition }: DecideContext,
  type: string,
  data: Readonly<Record<string, unknown>>,
): Decision => {
  const event: NewEvent = {
    type,
    streamId: `partition/${partition}`,
    key: record.taskId,
    data: { taskId: record.taskId, ...data },
    correlationId: record.taskId,
    tenant: record.meta.tenant,
    actor: 'dispatcher',
    traceparent: record.meta.traceparent,
  };
  return { kind: 'events', events: [event] };
};
