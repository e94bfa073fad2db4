import { amountProblem } from './amounts.js';
import { cureWaiting } from './demands.js';
import { demandsOf, emit, lookUp, refuse, settingsOf, type Desk, type Given, type Refusal } from './desk.js';
import type { Orders } from './order-forms.js';
import { hasPart } from './parties.js';
import { waivable } from './waivable.js';
import { waiverStream } from './state.js';
import { checkEnd, noticeOf, pathsProblem, pinned, roomFor } from './waiver-terms.js';

/**
 * A human override: one person who may lets one task pass once, in spite of the clauses named, with a justification
 * and an end (D-43). So many an hour for each person (D-45).
 */
export const grantOverride = (desk: Desk, given: Given<Orders['GrantOverride']>): Refusal => {
  const { form, signer, order } = given;
  const { waiverId, taskId, clauses, amount, paths, justification } = form;
  if (!signer.roles.includes('OVERRIDER'))
    return refuse('NOT_ALLOWED', 'overrides are granted by who is registered for it (role OVERRIDER)');
  if (lookUp(desk, waiverStream(waiverId)) !== undefined)
    return refuse('WAIVER_EXISTS', 'the id is taken; choose another');
  if (new Set(clauses).size < clauses.length) return refuse('INVALID', 'clauses: each once');
  const rules = clauses.map((clause) => waivable(desk, clause));
  const measures: string[] = [];
  let critical = false;
  let aboutPaths = false;
  for (const one of rules) {
    if ('code' in one) return one;
    measures.push(...one.rule.measures);
    critical ||= one.rule.critical;
    aboutPaths ||= one.rule.paths;
  }
  const problem = amountProblem(amount, measures);
  if (problem !== undefined) return refuse('INVALID', problem);
  const misplaced = pathsProblem({ paths: aboutPaths }, paths, clauses.join(', '));
  if (misplaced !== undefined) return misplaced;
  if (demandsOf(desk, taskId).some((demand) => hasPart(signer, demand)))
    return refuse('SELF_APPROVAL', 'whoever asked for the task, or did its work, does not override for it');
  const settings = settingsOf(desk);
  const end = checkEnd(desk, form.expiresAt, settings.maxOverrideMs);
  if ('code' in end) return end;
  const { now } = desk.context;
  if (desk.index.overridesWithinHour(signer.principalId, now) >= settings.overridesPerHour)
    return refuse('TOO_MANY', `at most ${settings.overridesPerHour} overrides an hour by one person`);
  const what = { clauses, taskId, specId: null };
  const full = roomFor(desk, what);
  if (full !== undefined) return full;
  const pin = pinned(desk, taskId, form.content);
  if ('code' in pin) return pin;
  emit(desk, waiverStream(waiverId), 'OverrideGranted', {
    waiverId,
    clauses,
    critical,
    taskId,
    amount,
    uses: 1,
    expiresAt: end.at,
    paths,
    justification,
    grantedBy: signer.principalId,
    team: signer.team,
    requestSha256: given.sha256,
    noticeAt: noticeOf(desk, end.at),
    order,
    ...(pin.content ?? { repository: null, specSha256: null }),
  });
  cureWaiting(desk, what);
  return undefined;
};
