import type {
  FailureClass,
  ObservedResult,
  OfferEnd,
  OutcomeObserved,
  TaskRouted,
  Usage,
} from '../../events/generated/events.js';
import type { DecideContext, Decision, Domain, Input, LoggedEvent } from '../../log/domain.js';
import { memorylessDomain, NOTHING, type NoIndex, type TaskEvent } from '../memoryless.js';

/**
 * One OutcomeObserved for each assignment that has ended, attributed to the exact decision (law 11). Nothing is
 * remembered: the event that ends an assignment names its token, and the TaskRouted stands at that offset of the inbox.
 */
export const performanceDomain = (): Domain<never, NoIndex, TaskEvent> =>
  memorylessDomain(decide, (type) => ROUTED.has(type) || SEALED_FROM_OUTSIDE.has(type));

/** What a token is the offset of. */
const ROUTED: ReadonlySet<string> = new Set(['TaskRouted', 'RivalRouted']);

/** Events right before a seal that take an assignment away from its agent; the seal then is the assignment's end. */
const SEALED_FROM_OUTSIDE = new Set(['CancellationAccepted', 'DeadlineExceeded', 'AskExpired']);

interface Ended {
  readonly result: ObservedResult;
  readonly failureClass: FailureClass | null;
}

const decide = (input: Input<TaskEvent>, context: DecideContext): Decision => {
  if (input.kind === 'timer') return NOTHING;
  const { token } = input.record as { token?: number | null };
  if (token === undefined || token === null) return NOTHING;
  const offsets = input.type === 'VerdictRequested' ? [token, input.offset - 1] : [token];
  const ended = endOf(input.type, input.record, undefined);
  if (ended === undefined) return NOTHING;
  const loaded = context.loaded.get(`inbox/${input.offset}`);
  if (loaded === undefined)
    return { kind: 'load', from: 'inbox', streamId: `inbox/${input.offset}`, offsets };
  const [routed, before] = loaded;
  if (routed === undefined) return NOTHING;
  const known = input.type === 'VerdictRequested' ? endOf(input.type, input.record, before) : ended;
  return known === undefined ? NOTHING : observed(input.record, routed, known, context);
};

/** How an event ends an assignment; undefined: it does not. `before` is the event of the same decision before a seal. */
const endOf = (type: string, record: TaskEvent, before: LoggedEvent | undefined): Ended | undefined => {
  // What a waiver cures ended when it was rejected: people may accept it, the rules were broken all the same.
  if (type === 'VerificationPassed') return record.waived === true ? undefined : SUCCESS;
  if (type === 'VerificationFailed') return failure((record as { failureClass?: FailureClass }).failureClass);
  if (type === 'ExecutionFailed') return failure((record as { failureClass?: FailureClass }).failureClass);
  if (type === 'RivalEnded') {
    const { failureClass } = record as { failureClass?: FailureClass | null };
    return failureClass === null ? { result: 'VOID', failureClass } : failure(failureClass);
  }
  if (type === 'OfferEnded') {
    // Who declines says nothing about its work, and is told apart from who was busy or never answered.
    const isRefused = (record as { end?: OfferEnd }).end === 'DECLINED';
    return { result: 'VOID', failureClass: isRefused ? 'REFUSED' : null };
  }
  if (type === 'TaskSuspended') return { result: 'VOID', failureClass: 'SUSPENDED' };
  if (type !== 'VerdictRequested' || record.ending === 'COMPLETED' || record.ending === 'REJECTED')
    return undefined;
  if (record.assignmentEnded === true) return undefined;
  if (before !== undefined && !SEALED_FROM_OUTSIDE.has(before.type)) return undefined;
  if (before?.type === 'DeadlineExceeded') return { result: 'VOID', failureClass: 'DEADLINE' };
  return { result: 'VOID', failureClass: before?.type === 'AskExpired' ? 'INFRASTRUCTURE' : 'CANCELLED' };
};

/** Only the agent's own doing counts against it; everything else says nothing about it. */
const AGENTS_OWN: ReadonlySet<FailureClass> = new Set(['AGENT', 'CONSTITUTION', 'TIME_LIMIT', 'OVER_BUDGET']);

const SUCCESS: Ended = { result: 'SUCCESS', failureClass: null };

const failure = (failureClass: FailureClass = 'UNKNOWN'): Ended => ({
  result: AGENTS_OWN.has(failureClass) ? 'FAILURE' : 'VOID',
  failureClass,
});

const observed = (
  record: TaskEvent,
  event: LoggedEvent,
  ended: Ended,
  { partition }: DecideContext,
): Decision => {
  const routed = event.body as unknown as TaskRouted;
  const data: Omit<OutcomeObserved, 'meta'> = {
    taskId: record.taskId,
    token: event.offset,
    attempt: routed.attempt,
    agentId: routed.agentId,
    taskType: routed.decision.taskType,
    result: ended.result,
    failureClass: ended.failureClass,
    routedAt: routed.meta.occurredAt,
    finishedAt: record.meta.occurredAt,
    usage: (record as { usage?: Usage | null }).usage ?? null,
    quotaResetsAt: (record as { quotaResetsAt?: number | null }).quotaResetsAt ?? null,
    propensity: routed.decision.propensity,
    policyId: routed.decision.policyId,
    policyVersion: routed.decision.policyVersion,
    kind: routed.decision.kind,
    features: routed.decision.features,
  };
  return {
    kind: 'events',
    events: [
      {
        type: 'OutcomeObserved',
        streamId: `partition/${partition}`,
        key: record.taskId,
        data,
        correlationId: record.taskId,
        tenant: record.meta.tenant,
        actor: 'performance',
        traceparent: record.meta.traceparent,
      },
    ],
  };
};
