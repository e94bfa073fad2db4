import type { ResultVerified, SpecChecked, Violation } from '../../events/generated/events.js';
import { emit, known, taskOf, type Draft } from './draft.js';
import { routeOrWait, startRouting } from './routing.js';
import { seal } from './seal.js';
import { attemptsLeft, repeatAsk } from './asks.js';

const because = (violations: readonly Violation[], otherwise: string): string => {
  const [first] = violations;
  if (first === undefined) return otherwise;
  const more = violations.length > 1 ? ` (and ${violations.length - 1} more)` : '';
  return `${first.rule}: ${first.message}${more}`;
};

/** A PASS that its own clauses carry. A MUST clause with an unknown value is one that fails (law 10). */
const passes = ({ outcome, clauses }: Pick<ResultVerified, 'outcome' | 'clauses'>): boolean =>
  outcome === 'PASS' &&
  clauses.every(
    ({ severity, result }) => severity === 'SHOULD' || result === 'PASS' || result === 'NOT_APPLICABLE',
  );

/** A subject that a signed verdict can be about: a result, by a well-formed digest. */
const isSound = ({ subject }: ResultVerified): boolean =>
  subject.length > 0 &&
  subject.every(({ digest }) => Object.values(digest).some((hex) => /^[0-9a-f]{40,128}$/.test(hex)));

/** Answer to SpecValidationStarted. Anything but PASS rejects (law 10). */
export const specChecked = (draft: Draft, fact: SpecChecked): void => {
  const { specSha256, policySha256, constitutionSha256, clauses, violations } = fact;
  if (passes(fact)) {
    const { specId, riskTier, mode, baseCommit, spec } = fact;
    emit(draft, 'SpecApproved', {
      specSha256,
      specId,
      riskTier,
      mode,
      baseCommit,
      spec,
      policySha256,
      constitutionSha256,
      clauses,
    });
    return routeOrWait(draft);
  }
  const otherwise = fact.outcome === 'FAIL' ? 'the spec breaks a clause' : 'the spec could not be checked';
  const reason = because(violations, otherwise);
  const found = { specSha256, policySha256, constitutionSha256, clauses, violations };
  emit(draft, 'SpecRejected', { ...found, reason });
  seal(draft, 'REJECTED', reason, found);
};

/** Answer to VerificationStarted. FAIL: another attempt by another agent while there is one; ERROR: nobody's fault. */
export const resultVerified = (draft: Draft, fact: ResultVerified): void => {
  const task = taskOf(draft);
  if (task.assignment === null) return;
  const token = known(draft, task.assignment.token);
  const { commit, subject, diff, changes, clauses, violations, policySha256, constitutionSha256 } = fact;
  const found = { commit, subject, diff, changes, clauses, policySha256, constitutionSha256 };
  if (passes(fact) && isSound(fact)) {
    emit(draft, 'VerificationPassed', { token, ...found });
    return seal(draft, 'COMPLETED', 'the result obeys the rules', found);
  }
  const error = isError(fact);
  if (error && (task.ask?.repeats ?? 0) < draft.situation.limits.verifyErrors) return repeatAsk(draft);
  const reason = because(
    violations,
    error ? 'the result could not be checked' : 'the result breaks a clause',
  );
  const failureClass = error ? 'INFRASTRUCTURE' : (fact.failureClass ?? 'AGENT');
  emit(draft, 'VerificationFailed', { token, ...found, failureClass, reason, violations });
  if (!error && attemptsLeft(draft)) {
    const { agentId } = task.assignment;
    return startRouting(draft, { attempt: task.attempt + 1, excludeAgent: agentId });
  }
  seal(draft, 'FAILED', reason, { ...found, violations });
};

const isError = ({ outcome, failureClass }: ResultVerified): boolean =>
  outcome !== 'FAIL' &&
  (failureClass === null || failureClass === 'INFRASTRUCTURE' || failureClass === 'UNKNOWN');
