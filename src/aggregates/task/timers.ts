import { askOverdue } from './asks.js';
import { emit, MICROS, taskOf, type Draft } from './draft.js';
import { endOffer, executionFailed } from './reports.js';
import { routeOrWait } from './routing.js';
import { seal } from './seal.js';
import { waitIsOver, waiverTimedOut } from './waivers.js';

/** The deadline passed before the task was sealed. */
export const deadlineExceeded = (draft: Draft, deadline: number): void => {
  emit(draft, 'DeadlineExceeded', { deadline });
  seal(draft, 'FAILED', 'the deadline has passed');
};

/** The timer of the task's state has fired (law 7); the table says which timer each state has. */
export const timerFired = (draft: Draft): void => {
  const task = taskOf(draft);
  const { deadline } = task.request;
  if (task.state !== 'sealed' && deadline !== null && deadline <= draft.situation.context.now) {
    return deadlineExceeded(draft, deadline);
  }
  switch (task.timer) {
    case 'ASK':
      return waitIsOver(draft) ? waiverTimedOut(draft) : askOverdue(draft);
    case 'ACCEPTANCE':
      return endOffer(draft, 'NOT_ACCEPTED', 'not accepted in time');
    case 'LEASE':
      return leaseOver(draft);
    case 'QUEUE':
      return waited(draft);
    case 'SUSPENSION':
      return seal(draft, 'FAILED', 'suspended for too long');
    default:
      return;
  }
};

const leaseOver = (draft: Draft): void => {
  const { assignment } = taskOf(draft);
  const { executionMs } = draft.situation.limits;
  const end = (assignment?.startedAt ?? 0) + executionMs * MICROS;
  if (draft.situation.context.now >= end) {
    return executionFailed(draft, { failureClass: 'TIME_LIMIT', reason: 'the run took too long' });
  }
  executionFailed(draft, { failureClass: 'LEASE_EXPIRED', reason: 'no sign of life within the lease' });
};

const waited = (draft: Draft): void => {
  const { queuedSince } = taskOf(draft);
  const { limits, context } = draft.situation;
  if (context.now >= (queuedSince ?? context.now) + limits.timers.queued * MICROS) {
    return seal(draft, 'FAILED', 'waited too long for a slot or an agent');
  }
  routeOrWait(draft);
};
