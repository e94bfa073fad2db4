import { amountProblem } from './amounts.js';
import { emit, lookUp, refuse, settingsOf } from './desk.js';
import type { Desk, Given, Refusal } from './desk.js';
import type { Orders } from './order-forms.js';
import { subjectsOf, waiverStream } from './state.js';
import { waivable } from './waivable.js';
import { checkEnd, longest, pathsProblem, pinned, roomFor } from './waiver-terms.js';

/** Paths and reason stand in every use, and many uses may come of one decision. */
const MOST_USED_BYTES = 256 * 1024;
const sizeProblem = ({ paths, reason, uses }: Orders['RequestWaiver']): Refusal =>
  uses * Buffer.byteLength(JSON.stringify([paths, reason])) > MOST_USED_BYTES
    ? refuse('INVALID', `paths and reason are too long for ${uses} uses; ask for fewer uses`)
    : undefined;

/** Asks for a waiver. Whoever asks can never approve. */
export const requestWaiver = (desk: Desk, given: Given<Orders['RequestWaiver']>): Refusal => {
  const { form, signer } = given;
  const { waiverId, clause, taskId, specId, amount, paths, uses, reason } = form;
  if (lookUp(desk, waiverStream(waiverId)) !== undefined)
    return refuse('WAIVER_EXISTS', 'the id is taken; choose another');
  if (taskId === null && specId === null)
    return refuse('INVALID', 'expected a task or a spec that it is for');
  const allowed = waivable(desk, clause);
  if ('code' in allowed) return allowed;
  const { rule } = allowed;
  const problem = amountProblem(amount, rule.measures);
  if (problem !== undefined) return refuse('INVALID', problem);
  const misplaced = pathsProblem(rule, paths, clause);
  if (misplaced !== undefined) return misplaced;
  const settings = settingsOf(desk);
  if (uses > settings.maxUses)
    return refuse('INVALID', `uses: expected 1 to ${settings.maxUses}, found ${uses}`);
  const end = checkEnd(desk, form.expiresAt, longest(desk, rule.critical));
  if ('code' in end) return end;
  const problemOfRoom = roomFor(desk, { clauses: [clause], taskId, specId }) ?? sizeProblem(form);
  if (problemOfRoom !== undefined) return problemOfRoom;
  const pin = pinned(desk, taskId, form.content);
  if ('code' in pin) return pin;
  const escalated =
    desk.index.denials(subjectsOf({ clauses: [clause], taskId, specId })) >= settings.escalateAfter;
  emit(desk, waiverStream(waiverId), 'WaiverRequested', {
    waiverId,
    clause,
    critical: rule.critical,
    taskId,
    specId,
    amount,
    uses,
    expiresAt: end.at,
    paths,
    reason,
    requestedBy: signer.principalId,
    team: signer.team,
    requestSha256: given.sha256,
    approvalsNeeded: rule.critical || escalated ? settings.criticalApprovers : settings.approvers,
    escalated,
    order: given.order,
    ...(pin.content ?? { repository: null, specSha256: null }),
  });
  return undefined;
};
