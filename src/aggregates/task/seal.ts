import type {
  AskRef,
  ClauseResult,
  DiffStat,
  Ending,
  Outcome,
  Subject,
  VerdictSigned,
  Violation,
} from '../../events/generated/events.js';
import { emit, isOfThisDecision, known, taskOf, type Draft } from './draft.js';
import { endRivals } from './race.js';
import type { TaskState } from './state.js';

/** What a check found, where the seal rests on one. */
export interface Findings {
  readonly subject?: readonly Subject[];
  readonly commit?: string | null;
  readonly specSha256?: string | null;
  readonly diff?: DiffStat | null;
  readonly violations?: readonly Violation[];
  readonly clauses?: readonly ClauseResult[];
  readonly policySha256?: string;
  readonly constitutionSha256?: string;
}

/** The result if the constitution looked at one, else the exact spec, else the exact request (law 10). */
const subjectOf = (task: TaskState, found: Findings, specSha256: string | null): readonly Subject[] => {
  if (found.subject !== undefined && found.subject.length > 0) return found.subject;
  if (found.commit) return [{ name: 'result', digest: { gitCommit: found.commit } }];
  if (specSha256 !== null) return [{ name: 'spec', digest: { sha256: specSha256 } }];
  return [{ name: 'request', digest: { sha256: task.request.sha256 } }];
};

/**
 * The place of what the PRE verdict is about. A SpecRejected mostly stands in the decision of its own seal, where no
 * offset can be known (law 4): there the reference is null, and the event before is the one that is meant.
 */
const preVerdictAsk = (draft: Draft, task: TaskState): AskRef | null => {
  const judged = task.approval ?? task.rejection;
  if (judged === null || isOfThisDecision(judged.offset)) return null;
  return { offset: known(draft, judged.offset), eventId: judged.eventId };
};

/** Seals the task: from here on only the signer's answer changes anything (law 10). PASSED ⇔ COMPLETED. */
export const seal = (draft: Draft, ending: Ending, reason: string, found: Findings = {}): void => {
  const task = taskOf(draft);
  const { approval, assignment, request } = task;
  const outcome: Outcome = ending === 'COMPLETED' ? 'PASSED' : 'FAILED';
  const specSha256 = found.specSha256 ?? approval?.specSha256 ?? null;
  emit(draft, 'VerdictRequested', {
    outcome,
    ending,
    reason,
    subject: subjectOf(task, found, specSha256),
    repository: request.repository,
    baseCommit: approval?.baseCommit ?? null,
    commit: found.commit ?? null,
    specSha256,
    requestSha256: request.sha256,
    riskTier: approval?.riskTier ?? null,
    agentId: assignment?.agentId ?? null,
    attempt: task.tried,
    token: assignment === null ? null : known(draft, assignment.token),
    preVerdictAsk: preVerdictAsk(draft, task),
    diff: found.diff ?? null,
    violations: found.violations ?? [],
    policySha256: found.policySha256 ?? approval?.policySha256 ?? '',
    constitutionSha256: found.constitutionSha256 ?? approval?.constitutionSha256 ?? '',
    clauses: found.clauses ?? [],
    usage: assignment?.usage ?? null,
    assignmentEnded: task.state === 'awaiting_waiver' || task.state === 'waiver_refused',
  });
  endRivals(draft, ending === 'COMPLETED' ? 'OUTRUN' : 'CANCELLED', `the task is sealed: ${reason}`);
};

const FINAL_EVENT = {
  COMPLETED: 'TaskCompleted',
  FAILED: 'TaskFailed',
  REJECTED: 'TaskRejected',
  CANCELLED: 'TaskCancelled',
  // An ending this build does not know: never a success (law 10).
  UNKNOWN: 'TaskFailed',
} as const;

/** The signer's answer ends the task; a verdict with another outcome than the sealed one is not its verdict. */
export const verdictSigned = (draft: Draft, fact: VerdictSigned): void => {
  const task = taskOf(draft);
  if (task.seal === null || fact.outcome !== task.seal.outcome) return;
  emit(draft, FINAL_EVENT[task.seal.ending], {
    verdictId: fact.verdictId,
    verdictSha256: fact.envelopeSha256,
    verdictOffset: fact.verdictOffset,
    attempts: task.tried,
  });
};
