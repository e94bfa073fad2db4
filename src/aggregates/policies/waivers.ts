import { whyUnsafe } from '../../caws/scope.js';
import { amountProblem, isNothing, isWithin, type Amount } from './amounts.js';
import type { ClauseRule } from './clause-rules.js';
import { closeDenied, cureWaiting } from './demands.js';
import { isSameContent, type Content } from './content.js';
import { contentOfTask, demandsOf, emit, lookUp, refuse, settingsOf, waiverOf } from './desk.js';
import type { Desk, Given, Refusal } from './desk.js';
import { parseInstant } from './instants.js';
import type { Orders } from './order-forms.js';
import { hasPart } from './parties.js';
import { waivable } from './waivable.js';
import { placeOfWaiver, subjectsOf, waiverStream, type Limits, type WaiverState } from './state.js';

const HOURS = 3_600_000;

/** Longest validity of a waiver, ms. */
const longest = (desk: Desk, critical: boolean): number => {
  const { maxDurationMs, maxCriticalDurationMs } = settingsOf(desk);
  return critical ? Math.min(maxCriticalDurationMs, maxDurationMs) : maxDurationMs;
};

/** The end of a validity: readable, ahead, and not too far: who asks for more gets nothing, not the most (D-41). */
export const checkEnd = (
  desk: Desk,
  text: string,
  mostMs: number,
): { readonly at: number } | NonNullable<Refusal> => {
  const at = parseInstant(text);
  if (at === undefined)
    return { code: 'INVALID', message: 'expiresAt: expected RFC 3339 with a zone, found something else' };
  if (at <= desk.context.now)
    return { code: 'EXPIRED', message: 'expiresAt: expected a time ahead, found one past' };
  if (at > desk.context.now + mostMs * 1000)
    return { code: 'TOO_LONG', message: `expiresAt: at most ${mostMs / HOURS} h from now` };
  return { at };
};

/** Whether paths are said where they must be, and not where nothing would be compared with them. */
export const pathsProblem = (
  rule: Pick<ClauseRule, 'paths'>,
  paths: readonly string[],
  clause: string,
): Refusal => {
  if (rule.paths && paths.length === 0)
    return refuse('INVALID', `paths: expected at least one, as ${clause} is about paths`);
  if (!rule.paths && paths.length > 0)
    return refuse('INVALID', `paths: expected none, as violations of ${clause} name no paths`);
  for (const entry of paths) {
    const why = entry.startsWith('!') ? 'name what is allowed, not what is not' : whyUnsafe(entry);
    if (why !== null) return refuse('INVALID', `paths: ${entry}: ${why}`);
  }
  return undefined;
};

/** When the end of a granted waiver is announced; null: it is too near already. */
export const noticeOf = (desk: Desk, expiresAt: number): number | null => {
  const at = expiresAt - settingsOf(desk).noticeMs * 1000;
  return at > desk.context.now ? at : null;
};

/** Whether the desk has room for one more at those places. */
export const roomFor = (desk: Desk, waiver: Pick<WaiverState, 'clauses' | 'taskId' | 'specId'>): Refusal => {
  const { limits, index } = desk;
  if (index.liveWaivers >= limits.waivers)
    return refuse('TOO_MANY', `at most ${limits.waivers} waivers at once`);
  if (index.keptWaivers >= limits.keptWaivers)
    return refuse('TOO_MANY', `at most ${limits.keptWaivers} waivers, counting those lately over`);
  const full = waiver.clauses.find(
    (clause) => index.waiversAt(placeOfWaiver(clause, waiver)).length >= limits.waiversAtPlace,
  );
  if (full === undefined) return undefined;
  return refuse(
    'TOO_MANY',
    `at most ${limits.waiversAtPlace} waivers of ${full} at once for one task or spec`,
  );
};

/** Paths and reason stand in every use, and many uses may come of one decision. */
const MOST_USED_BYTES = 256 * 1024;
const sizeProblem = ({ paths, reason, uses }: Orders['RequestWaiver']): Refusal =>
  uses * Buffer.byteLength(JSON.stringify([paths, reason])) > MOST_USED_BYTES
    ? refuse('INVALID', `paths and reason are too long for ${uses} uses; ask for fewer uses`)
    : undefined;

/**
 * The content of the task that a waiver names: as its author read it, or as the task itself says. Null: nobody knows yet. It must
 * not be another than the desk knows.
 */
export const pinned = (
  desk: Desk,
  taskId: string | null,
  said: Content | null | undefined,
): { readonly content: Content | null } | NonNullable<Refusal> => {
  const known = taskId === null ? null : contentOfTask(desk, taskId);
  if (said === null || said === undefined) return { content: known };
  if (known !== null && !isSameContent(known, said))
    return { code: 'OTHER_CONTENT', message: 'repository or spec is not that of the task' };
  return { content: said };
};

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
