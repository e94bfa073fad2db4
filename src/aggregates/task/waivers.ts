import type {
  CheckOutcome,
  ClauseResult,
  DiffStat,
  TasksEvents,
  Violation,
  WaiverDecided,
  WaiverOrigin,
} from '../../events/generated/events.js';
import { couldBeWaived, fallsShort } from '../constitution/waivable.js';
import { cure } from '../constitution/cure.js';
import type { TimedState } from '../../saga/limits.js';
import { attemptsLeft, expireAsk } from './asks.js';
import { after, bodyAt, emit, known, taskOf, type Draft } from './draft.js';
import { routeOrWait } from './routing.js';
import { seal } from './seal.js';

interface Rejection {
  readonly outcome: CheckOutcome;
  readonly clauses: readonly ClauseResult[];
  readonly violations: readonly Violation[];
}

/**
 * Until when a rejection may wait for waivers, µs: as long as the request says, else the policy of the base commit.
 * Undefined: it is not to wait, or something is broken that no waiver cures.
 */
export const waitFor = (
  draft: Draft,
  { outcome, clauses, violations }: Rejection,
  policyMs: number | null,
): number | undefined => {
  const wait = taskOf(draft).request.waiverWaitMs ?? policyMs ?? 0;
  if (outcome !== 'FAIL' || !(wait > 0)) return undefined;
  // Only the saga waives: a component that says so is not to be trusted with the rest.
  if (clauses.some(({ result }) => result === 'WAIVED')) return undefined;
  const broken = clauses.filter(fallsShort);
  if (broken.length === 0 || !broken.every((clause) => couldBeWaived(clause, violations))) return undefined;
  return after(draft, Math.min(wait, draft.situation.limits.waiverMs));
};

interface Wanted {
  readonly clauses: readonly ClauseResult[];
  readonly violations: readonly Violation[];
  readonly policySha256: string;
  readonly constitutionSha256: string;
  readonly until: number;
  readonly specId?: string | null;
  readonly specSha256?: string | null;
  readonly riskTier?: number | null;
  readonly baseCommit?: string | null;
  readonly commit?: string | null;
  readonly diff?: DiffStat | null;
}

/** Asks the policy desk, in the decision that rejected. */
export const askForWaiver = (draft: Draft, origin: 'SPEC' | 'RESULT', wanted: Wanted): void => {
  const { approval, assignment, request, tried } = taskOf(draft);
  const { clauses, violations, until, policySha256, constitutionSha256 } = wanted;
  const state: TimedState = origin === 'SPEC' ? 'awaiting_spec_waiver' : 'awaiting_waiver';
  emit(
    draft,
    'WaiverAwaited',
    {
      origin,
      clauses: clauses.filter(fallsShort),
      violations,
      until,
      requestedBy: request.actor,
      retryOf: request.retryOf,
      agentId: assignment?.agentId ?? null,
      token: assignment && known(draft, assignment.token),
      attempt: tried,
      taskType: request.taskType,
      specId: wanted.specId ?? approval?.specId ?? null,
      specSha256: wanted.specSha256 ?? approval?.specSha256 ?? null,
      riskTier: wanted.riskTier ?? approval?.riskTier ?? null,
      repository: request.repository,
      baseCommit: wanted.baseCommit ?? approval?.baseCommit ?? null,
      commit: wanted.commit ?? null,
      diff: wanted.diff ?? null,
      policySha256,
      constitutionSha256,
    },
    Math.min(until, after(draft, draft.situation.limits.timers[state])),
  );
};

type Rejected =
  | { readonly origin: 'SPEC'; readonly body: TasksEvents['SpecRejected'] }
  | { readonly origin: 'RESULT'; readonly body: TasksEvents['VerificationFailed'] };

/** The rejection that is to be cured; undefined: it has to be loaded first. */
const rejected = (draft: Draft): Rejected | undefined => {
  const { rejection, state } = taskOf(draft);
  const body = rejection === null ? undefined : bodyAt(draft, rejection.offset);
  if (body === undefined) return undefined;
  return state === 'awaiting_spec_waiver'
    ? { origin: 'SPEC', body: body as unknown as TasksEvents['SpecRejected'] }
    : { origin: 'RESULT', body: body as unknown as TasksEvents['VerificationFailed'] };
};

/** Answer to WaiverAwaited. Only waivers that cure every broken clause change anything; the saga checks that itself. */
export const waiverDecided = (draft: Draft, fact: WaiverDecided): void => {
  if (fact.outcome === 'UNKNOWN') return;
  const from = rejected(draft);
  if (from === undefined) return;
  if (fact.outcome === 'DENIED') return refuse(draft, from, fact.reason || 'the waiver was denied');
  const { assignment } = taskOf(draft);
  const { now } = draft.situation.context;
  const cured = cure(from.body, fact.waivers, { now, agentId: assignment?.agentId ?? null });
  if (!cured.ok) return refuse(draft, from, cured.why);
  emit(draft, 'WaiverApplied', { origin: from.origin, waivers: cured.used });
  const { clauses } = cured;
  if (from.origin === 'SPEC') {
    const { specSha256, specId, riskTier, mode, baseCommit, spec, budget, specSize } = from.body;
    const { policySha256, constitutionSha256 } = from.body;
    const judged = { specSha256, specId, riskTier, mode, baseCommit, spec, budget, specSize };
    emit(draft, 'SpecApproved', { ...judged, policySha256, constitutionSha256, clauses });
    return routeOrWait(draft);
  }
  const { token, usage, commit, subject, diff, changes, policySha256, constitutionSha256 } = from.body;
  const found = { commit, subject, diff, changes, clauses, policySha256, constitutionSha256 };
  emit(draft, 'VerificationPassed', { token, ...found, waived: true, usage });
  seal(draft, 'COMPLETED', 'the result obeys the rules, with waivers', found);
};

const refuse = (draft: Draft, from: Rejected, reason: string): void => {
  const again = from.origin === 'RESULT' && attemptsLeft(draft);
  emit(draft, 'WaiverRefused', { origin: from.origin satisfies WaiverOrigin, reason });
  asBefore(draft, from, { again, why: `no waiver: ${reason}` });
};

/** The rejection stands: what would have come without the wait comes now. */
const asBefore = (
  draft: Draft,
  { origin, body }: Rejected,
  { again, why }: { readonly again: boolean; readonly why: string },
): void => {
  if (again) return routeOrWait(draft);
  seal(draft, origin === 'SPEC' ? 'REJECTED' : 'FAILED', `${body.reason}; ${why}`, body);
};

/** Whether the time that the rejection may wait is over. */
export const waitIsOver = (draft: Draft): boolean => {
  const { ask, waiverUntil } = taskOf(draft);
  return ask?.kind === 'WAIVE' && draft.situation.context.now >= (waiverUntil ?? 0);
};

/** Nobody has decided in time: as if refused. */
export const waiverTimedOut = (draft: Draft): void => {
  const { ask } = taskOf(draft);
  const from = rejected(draft);
  if (from === undefined || ask === null) return;
  const again = from.origin === 'RESULT' && attemptsLeft(draft);
  expireAsk(draft, ask);
  asBefore(draft, from, { again, why: 'no waiver came in time' });
};
