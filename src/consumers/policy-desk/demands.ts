import { needsOf, signOrder, type Order } from '../../aggregates/policies/index.js';
import type { AskRef, LogMeta, PolicyOrder, WaiverAwaited } from '../../events/generated/events.js';
import { micros, type Clock, type LoggedEvent } from '../../log/index.js';
import type { SigningKey } from '../../verdicts/index.js';

/** Who speaks for the deployment, and when. */
export interface Speaker {
  readonly key: SigningKey;
  readonly clock: Clock;
}

const LONGEST_NAME = 256;
const LONGEST_CLAUSE = 128;
const LONGEST_TASK = 128;
const MOST_NEEDS = 64;
const LONGEST_REPOSITORY = 4096;
const SHA256 = /^[0-9a-f]{64}$/;

/**
 * The demand for an ask, signed by the deployment. Its command id derives from the ask, so that a demand made twice is one
 * (law 5); what is needed comes from what was observed, not from anybody's word.
 */
export const demandFor = (speaker: Speaker, event: LoggedEvent, ask: AskRef): PolicyOrder => {
  const body = event.body as unknown as WaiverAwaited;
  const { taskId, origin, until, specId, riskTier, agentId, taskType } = body;
  const needs = needsOf(body.clauses, body.violations).slice(0, MOST_NEEDS + 1);
  return ordered(speaker, event.body.meta, {
    v: 1,
    type: 'DemandWaiver',
    commandId: `demand/${ask.eventId}`,
    deployment: speaker.key.keyId,
    taskId,
    ask,
    origin,
    until,
    requestedBy: body.requestedBy.slice(0, LONGEST_NAME),
    agentId: agentId?.slice(0, LONGEST_NAME) ?? null,
    retryOf: body.retryOf?.slice(0, LONGEST_TASK) ?? null,
    specId: specId?.slice(0, LONGEST_NAME) ?? null,
    riskTier,
    taskType: taskType.slice(0, LONGEST_NAME),
    ...contentOf(body),
    // More than can be named is asked for as nothing, which is denied: never as a part of what is violated.
    needs:
      needs.length > MOST_NEEDS
        ? []
        : needs.map((need) => ({ ...need, clause: need.clause.slice(0, LONGEST_CLAUSE) || 'unnamed' })),
  });
};

/** What cannot be named in full is not known: then nothing is carried to a retry. */
const contentOf = ({
  repository,
  specSha256,
}: WaiverAwaited): Pick<WaiverAwaited, 'repository' | 'specSha256'> =>
  specSha256 !== null && SHA256.test(specSha256) && (repository?.length ?? 0) <= LONGEST_REPOSITORY
    ? { repository, specSha256 }
    : { repository: null, specSha256: null };

/** The task waits no longer: nothing is to be spent on it. */
export const withdrawalOf = (speaker: Speaker, left: LoggedEvent, ask: AskRef): PolicyOrder =>
  ordered(speaker, left.body.meta, {
    v: 1,
    type: 'WithdrawDemand',
    commandId: `withdraw/${ask.eventId}`,
    deployment: speaker.key.keyId,
    askEventId: ask.eventId,
    reason: `the task went on: ${left.type}`,
  });

const ordered = ({ key, clock }: Speaker, meta: LogMeta, order: Order): PolicyOrder => ({
  commandId: order.commandId,
  order: signOrder(order, key),
  tenant: meta.tenant,
  actor: 'policy-desk',
  occurredAt: micros(clock),
  traceparent: meta.traceparent,
});
