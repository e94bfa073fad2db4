import type { ResultClaim } from '../../events/generated/events.js';
import { specText, waivedForSpec } from './approved-spec.js';
import { after, emit, known, taskOf, type Draft } from './draft.js';
import type { Assignment } from './state.js';

/** The run that an event is about. */
export const nameOf = (
  draft: Draft,
  { token, agentId, workerInstance }: Pick<Assignment, 'token' | 'agentId' | 'workerInstance'>,
) => ({
  token: known(draft, token),
  agentId,
  workerInstance,
});

/** The run has begun: its lease runs. */
export const start = (draft: Draft, assignment: Assignment): void => {
  const { executionMs } = draft.situation.limits;
  const lease = after(draft, Math.min(assignment.leaseMs, executionMs));
  emit(draft, 'ExecutionStarted', nameOf(draft, assignment), lease);
};

/** The result is handed in, and asked to be checked. */
export const verify = (draft: Draft, result: ResultClaim): void => {
  const { assignment, approval, request, attempt } = taskOf(draft);
  const spec = specText(draft);
  const waived = waivedForSpec(draft);
  if (assignment === null || approval === null || spec === undefined || waived === undefined) return;
  emit(draft, 'ExecutionCompleted', { ...nameOf(draft, assignment), result });
  emit(draft, 'VerificationStarted', {
    token: known(draft, assignment.token),
    attempt,
    agentId: assignment.agentId,
    taskType: request.taskType,
    repository: request.repository,
    baseCommit: approval.baseCommit,
    spec,
    specSha256: approval.specSha256,
    result,
    waivers: waived.flatMap((clause) => clause.waivers),
    specPath: request.specPath,
  });
};
