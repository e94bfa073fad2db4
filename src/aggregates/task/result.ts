import type { FailureClass, FactsChecked, Violation } from '../../events/generated/events.js';
import { attemptsLeft } from './asks.js';
import { waivedForSpec } from './approved-spec.js';
import { emit, known, taskOf, type Draft } from './draft.js';
import { promoteNext } from './race.js';
import { startRouting } from './routing.js';
import { seal } from './seal.js';
import { askForWaiver, waitFor } from './waivers.js';

/** What facts and gates found about a result. */
export interface Judged extends Pick<
  FactsChecked,
  | 'commit'
  | 'subject'
  | 'diff'
  | 'changes'
  | 'clauses'
  | 'violations'
  | 'policySha256'
  | 'constitutionSha256'
  | 'waiverWaitMs'
> {
  readonly passed: boolean;
  /** It could not be judged, and that is nobody's doing. */
  readonly error: boolean;
  /** Waivers could cure it. */
  readonly hopeful: boolean;
  readonly failureClass: FailureClass;
}

export const because = (violations: readonly Violation[], otherwise: string): string => {
  const [first] = violations;
  if (first === undefined) return otherwise;
  const more = violations.length > 1 ? ` (and ${violations.length - 1} more)` : '';
  return `${first.rule}: ${first.message}${more}`;
};

/** A result passes, waits for a waiver, goes to another agent while attempts are left, or fails the task. */
export const concludeResult = (draft: Draft, judged: Judged): void => {
  const task = taskOf(draft);
  const waived = waivedForSpec(draft);
  if (task.assignment === null || waived === undefined) return;
  const token = known(draft, task.assignment.token);
  const { usage } = task.assignment;
  const { commit, subject, diff, changes, policySha256, constitutionSha256, violations } = judged;
  const clauses = [...waived, ...judged.clauses];
  const found = { commit, subject, diff, changes, clauses, policySha256, constitutionSha256 };
  if (judged.passed) {
    emit(draft, 'VerificationPassed', { token, ...found, waived: false, usage });
    return seal(draft, 'COMPLETED', 'the result obeys the rules', found);
  }
  const otherwise = judged.error ? 'the result could not be checked' : 'the result breaks a clause';
  const reason = because(violations, otherwise);
  const { failureClass } = judged;
  emit(draft, 'VerificationFailed', { token, ...found, failureClass, reason, violations, usage });
  // Others are still at work, or have a result: they come before waivers and further attempts.
  if (promoteNext(draft, judged.error ? {} : { agent: task.assignment.agentId })) return;
  const rejected = { ...judged, outcome: 'FAIL' as const };
  const until = judged.hopeful ? waitFor(draft, rejected, judged.waiverWaitMs) : undefined;
  if (until !== undefined) return askForWaiver(draft, 'RESULT', { ...found, violations, until });
  if (!judged.error && attemptsLeft(draft)) {
    const { agentId } = task.assignment;
    return startRouting(draft, { attempt: task.attempt + 1, excludeAgent: agentId });
  }
  seal(draft, 'FAILED', reason, { ...found, violations });
};
