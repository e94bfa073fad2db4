/** Approving, denying and revoking what was asked for. */
import { amountProblem, isNothing, isWithin, type Amount } from './amounts.js';
import { isSameContent, type Content } from './content.js';
import { closeDenied, cureWaiting } from './demands.js';
import { contentOfTask, demandsOf, emit, lookUp, refuse, settingsOf, waiverOf } from './desk.js';
import type { Desk, Given, Refusal } from './desk.js';
import type { Orders } from './order-forms.js';
import { hasPart } from './parties.js';
import { subjectsOf, waiverStream, type Limits, type WaiverState } from './state.js';
import { waivable } from './waivable.js';
import { checkEnd, longest, noticeOf } from './waiver-terms.js';

/** The waiver an order is about, with what every order on it needs. */
const asked = (desk: Desk, waiverId: string): WaiverState | NonNullable<Refusal> => {
  const stored = lookUp(desk, waiverStream(waiverId));
  if (stored?.kind === 'over') return { code: 'WAIVER_OVER', message: `the waiver is ${stored.how}` };
  const found = waiverOf(desk, waiverId);
  if (found === undefined) return { code: 'NOT_FOUND', message: 'no such waiver' };
  if (found.allowed.expiresAt <= desk.context.now)
    return { code: 'EXPIRED', message: 'the time that was asked for is over' };
  return found;
};

const mayDecide = (desk: Desk, given: Given<unknown>, waiver: WaiverState): Refusal => {
  const { signer } = given;
  if (!signer.roles.some((role) => role === 'APPROVER' || role === 'OVERRIDER'))
    return refuse('NOT_ALLOWED', 'waivers are decided on by an approver');
  if (waiver.requestedBy === signer.principalId)
    return refuse('SELF_APPROVAL', 'whoever asks for a waiver does not decide on it');
  const ofTask = waiver.taskId === null ? [] : demandsOf(desk, waiver.taskId);
  if (ofTask.some((demand) => hasPart(signer, demand)))
    return refuse(
      'SELF_APPROVAL',
      'whoever asked for the task, or did its work, does not decide on its waivers',
    );
  return undefined;
};

const notAsRequested = (waiver: WaiverState, requestSha256: string): Refusal =>
  waiver.requestSha256 === requestSha256
    ? undefined
    : refuse('OTHER_REQUEST', 'what was signed is not the request that stands under this id');

const narrowed = (waiver: WaiverState, given: Limits): Refusal => {
  const { requested } = waiver;
  if (given.uses > requested.uses || given.expiresAt > requested.expiresAt)
    return refuse('MORE_THAN_REQUESTED', 'an approval may allow less than was requested, not more');
  if (!isWithin(given.amount, requested.amount))
    return refuse('MORE_THAN_REQUESTED', 'amount: more than was requested');
  if (!isNothing(requested.amount) && isNothing(given.amount))
    return refuse('INVALID', 'amount: nothing is allowed; deny the waiver instead');
  return undefined;
};

/** An amount that the event could not hold would stop the order without an event (law 5). */
const approvedAmountProblem = (desk: Desk, waiver: WaiverState, amount: Amount): Refusal => {
  const allowed = waivable(desk, waiver.clauses[0] ?? '');
  if ('code' in allowed) return allowed;
  const problem = amountProblem(amount, allowed.rule.measures);
  return problem === undefined ? undefined : refuse('INVALID', problem);
};

/** Approves a waiver, or adds an approval to one that is granted: tier 1 asks for more of them when it is used. */
export const approveWaiver = (desk: Desk, given: Given<Orders['ApproveWaiver']>): Refusal => {
  const { form, signer, order } = given;
  const { waiverId, comment, amount, uses } = form;
  const found = asked(desk, waiverId);
  if ('code' in found) return found;
  if (found.waiverKind === 'OVERRIDE') return refuse('NOT_ALLOWED', 'an override needs no approval');
  const objection = mayDecide(desk, given, found) ?? notAsRequested(found, form.requestSha256);
  if (objection !== undefined) return objection;
  if (!isAsRead(desk, found, form))
    return refuse('OTHER_REQUEST', 'clause, task, spec, paths or content are not those of the request');
  if (found.approvedBy.includes(signer.principalId))
    return refuse('UNCHANGED', 'the principal has approved it; one approval of each counts');
  const end = checkEnd(desk, form.expiresAt, longest(desk, found.critical));
  if ('code' in end) return end;
  const problem = approvedAmountProblem(desk, found, amount);
  if (problem !== undefined) return problem;
  const limits = { amount, uses, expiresAt: end.at };
  const more = narrowed(found, limits);
  if (more !== undefined) return more;
  const { approvalsNeeded } = found;
  const approvals = found.approvedBy.length + 1;
  const streamId = waiverStream(waiverId);
  const approvedBy = signer.principalId;
  emit(desk, streamId, 'WaiverApproved', {
    waiverId,
    approvedBy,
    ...limits,
    comment,
    approvals,
    approvalsNeeded,
    order,
  });
  grantWhenEnough(desk, waiverId);
  cureWaiting(desk, found);
  return undefined;
};

const isAsRead = (desk: Desk, waiver: WaiverState, form: Orders['ApproveWaiver']): boolean =>
  waiver.clauses[0] === form.clause &&
  waiver.taskId === form.taskId &&
  waiver.specId === form.specId &&
  JSON.stringify(waiver.paths) === JSON.stringify(form.paths) &&
  isContentRead(desk, waiver, form.content ?? null);

/** What the desk does not itself know to be the task's must have been read by the approver as well as by whoever asked. */
const isContentRead = (desk: Desk, { taskId, content }: WaiverState, said: Content | null): boolean => {
  if (content === null) return true;
  if (said !== null) return isSameContent(content, said);
  return taskId !== null && isSameContent(contentOfTask(desk, taskId), content);
};

const grantWhenEnough = (desk: Desk, waiverId: string): void => {
  const waiver = waiverOf(desk, waiverId);
  if (waiver === undefined || waiver.granted || !isEnough(desk, waiver)) return;
  emit(desk, waiverStream(waiverId), 'WaiverGranted', {
    waiverId,
    approvedBy: waiver.approvedBy,
    ...waiver.allowed,
    noticeAt: noticeOf(desk, waiver.allowed.expiresAt),
  });
};

/** Approvals of principals retired meanwhile do not count. */
const isEnough = (desk: Desk, { approvedBy, approvalsNeeded, escalated }: WaiverState): boolean => {
  const standing = approvedBy.flatMap((id) => {
    const found = lookUp(desk, `principal/${id}`);
    return found?.kind === 'principal' && !found.retired ? [found] : [];
  });
  const senior = standing.some(({ roles }) => roles.includes('OVERRIDER'));
  return standing.length >= approvalsNeeded && (!escalated || senior);
};

/** Denies a waiver for good. A denial is kept and counted (D-42). */
export const denyWaiver = (desk: Desk, given: Given<Orders['DenyWaiver']>): Refusal => {
  const { form, signer, order } = given;
  const found = asked(desk, form.waiverId);
  if ('code' in found) return found;
  const objection = mayDecide(desk, given, found) ?? notAsRequested(found, form.requestSha256);
  if (objection !== undefined) return objection;
  if (found.granted) return refuse('GRANTED', 'the waiver is granted; revoke it instead');
  const { waiverId, reason } = form;
  const [clause = ''] = found.clauses;
  const { taskId, specId } = found;
  const denials = desk.index.denials(subjectsOf(found)) + 1;
  const streamId = waiverStream(waiverId);
  emit(desk, streamId, 'WaiverDenied', { waiverId, deniedBy: signer.principalId, reason, denials, order });
  if (denials === settingsOf(desk).escalateAfter)
    emit(desk, streamId, 'WaiverEscalated', { waiverId, clause, taskId, specId, denials });
  closeDenied(desk, found, `${signer.principalId} denied ${waiverId}: ${reason}`);
  return undefined;
};

/** Takes a waiver back: whoever asked for it, who may decide on waivers, or an admin. Uses made stay made. */
export const revokeWaiver = (desk: Desk, given: Given<Orders['RevokeWaiver']>): Refusal => {
  const { form, signer, order } = given;
  const found = asked(desk, form.waiverId);
  if ('code' in found) return found;
  const may = signer.principalId === found.requestedBy || signer.roles.some((role) => role !== 'REQUESTER');
  if (!may)
    return refuse('NOT_ALLOWED', 'a waiver is revoked by whoever asked for it, an approver or an admin');
  const { waiverId, reason } = form;
  const usesLeft = found.allowed.uses - found.used;
  const revokedBy = signer.principalId;
  emit(desk, waiverStream(waiverId), 'WaiverRevoked', { waiverId, revokedBy, reason, usesLeft, order });
  return undefined;
};
