import type { ClauseResult, ResultVerified, SpecChecked } from '../../events/generated/events.js';
import { fallsShort } from '../constitution/waivable.js';
import { emit, taskOf, type Draft } from './draft.js';
import { checkFacts } from './gates.js';
import { routeOrWait } from './routing.js';
import { seal } from './seal.js';
import { repeatAfterError } from './asks.js';
import { resultInReserve } from './race.js';
import { because, concludeResult, type Judged } from './result.js';
import { askForWaiver, waitFor } from './waivers.js';

/** A component can not say WAIVED: that is a waiver's doing, and stands in the log as such. */
const stands = (clause: ClauseResult): boolean => clause.result === 'WAIVED' || fallsShort(clause);

/** A PASS that its own clauses carry. A MUST clause with an unknown value is one that fails (law 10). */
const passes = ({ outcome, clauses }: Pick<ResultVerified, 'outcome' | 'clauses'>): boolean =>
  outcome === 'PASS' && !clauses.some(stands);

/** A subject that a signed verdict can be about: a result, by a well-formed digest. */
const isSound = ({ subject }: ResultVerified): boolean =>
  subject.length > 0 &&
  subject.every(({ digest }) => Object.values(digest).some((hex) => /^[0-9a-f]{40,128}$/.test(hex)));

/** Answer to SpecValidationStarted. Anything but PASS rejects (law 10); a waiver may still cure what can be waived. */
export const specChecked = (draft: Draft, fact: SpecChecked): void => {
  const { specSha256, specId, riskTier, mode, baseCommit, spec, budget, specSize } = fact;
  const { policySha256, constitutionSha256, clauses, violations } = fact;
  const judged = { specSha256, specId, riskTier, mode, baseCommit, spec, budget, specSize };
  if (passes(fact)) {
    emit(draft, 'SpecApproved', { ...judged, policySha256, constitutionSha256, clauses });
    return routeOrWait(draft);
  }
  const otherwise = fact.outcome === 'FAIL' ? 'the spec breaks a clause' : 'the spec could not be checked';
  const reason = because(violations, otherwise);
  const found = { specSha256, policySha256, constitutionSha256, clauses, violations };
  emit(draft, 'SpecRejected', { ...judged, ...found, reason });
  const until = specSha256 === null ? undefined : waitFor(draft, fact, fact.waiverWaitMs);
  if (until === undefined) return seal(draft, 'REJECTED', reason, found);
  askForWaiver(draft, 'SPEC', { ...judged, ...found, until });
};

/** Answer to VerificationStarted. What the diff says is judged here; gates, where the policy has some, come after it. */
export const resultVerified = (draft: Draft, fact: ResultVerified): void => {
  const task = taskOf(draft);
  if (task.assignment === null) return;
  // Whatever else this decision needs, it is loaded together with it.
  resultInReserve(draft);
  const { limits } = draft.situation;
  const sound = isSound(fact) && fact.gates.length <= limits.gates;
  const passed = passes(fact) && sound;
  const hopeful = sound && !passed && waitFor(draft, fact, fact.waiverWaitMs) !== undefined;
  if ((passed || hopeful) && fact.gates.length > 0) return checkFacts(draft, fact, passed);
  const error = !passed && isError(fact);
  if (error && repeatAfterError(draft, fact.meta)) return;
  const failureClass = error ? 'INFRASTRUCTURE' : (fact.failureClass ?? 'AGENT');
  const judged: Judged = { ...fact, passed, error, hopeful, failureClass };
  concludeResult(draft, judged);
};

const isError = ({ outcome, failureClass }: ResultVerified): boolean =>
  outcome !== 'FAIL' &&
  (failureClass === null || failureClass === 'INFRASTRUCTURE' || failureClass === 'UNKNOWN');
