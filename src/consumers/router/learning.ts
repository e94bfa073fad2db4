import type { OutcomeObserved } from '../../events/generated/events.js';
import type { PolicyOutcome } from '../../routing/index.js';

/**
 * An outcome as the learner takes it: attributed to the exact decision (its token is the offset of the TaskRouted) and to the task's own
 * type (D-10), at its place in the canonical order.
 */
export const learnedFrom = (event: OutcomeObserved, partition: number, offset: number): PolicyOutcome => ({
  tenant: event.meta.tenant,
  taskType: event.taskType,
  agentId: event.agentId,
  decisionId: decisionId(partition, event.token),
  result: event.result,
  failureClass: event.failureClass,
  attempt: event.attempt,
  kind: event.kind,
  features: event.features.length > 0 ? event.features : null,
  propensity: event.propensity,
  costMicros: event.usage?.costMicros ?? null,
  occurredAt: event.finishedAt,
  partition,
  offset,
});

/** Names a decision: where its TaskRouted stands. */
export const decisionId = (partition: number, token: number): string => `${partition}/${token}`;
