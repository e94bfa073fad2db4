import { amendmentFinding } from './amendment.js';
import { budgetFinding } from './budget-clause.js';
import type { Findings } from './clauses.js';
import { conclude } from './clauses.js';
import { evidenceFinding } from './evidence-clause.js';
import { caseAndNamesFinding, modesFinding, submodulesFinding, symlinksFinding } from './entry-clauses.js';
import { inOneOrder } from './file-change.js';
import type { Finding, Judgement } from './judgement.js';
import { failed, notApplicable, passed, undecided } from './judgement.js';
import type { FileFacts, ResultQuestion } from './result-question.js';
import { scopeFinding } from './scope-clause.js';

const FILE_CLAUSES = {
  'caws.scope': scopeFinding,
  'caws.budget': budgetFinding,
  'arbiter.self_amendment': amendmentFinding,
  'arbiter.paths': caseAndNamesFinding,
  'arbiter.submodules': submodulesFinding,
  'arbiter.symlinks': symlinksFinding,
  'arbiter.modes': modesFinding,
} as const satisfies Record<string, (facts: FileFacts) => Finding>;

/** Judges a result by the accepted spec, the policy of the base and Arbiter's own diff. Pure; whatever is missing fails (law 10). */
export function judgeResult(question: ResultQuestion): Judgement {
  const findings: Findings = {
    'arbiter.base': baseFinding(question),
    'arbiter.change': changeFinding(question),
    'arbiter.evidence': evidenceFinding(question),
  };
  const facts = factsOf(question);
  for (const [id, clause] of Object.entries(FILE_CLAUSES)) {
    findings[id as keyof typeof FILE_CLAUSES] = 'result' in facts ? facts : evaluated(id, clause, facts);
  }
  return conclude('POST', findings, question.policy.sha256);
}

/** A clause that throws has not been decided; it must not take the others with it. */
function evaluated(id: string, clause: (facts: FileFacts) => Finding, facts: FileFacts): Finding {
  try {
    return clause(facts);
  } catch (error) {
    const message = `the clause failed: ${error instanceof Error ? error.message : String(error)}`;
    return undecided(message, {
      rule: `${id}.error`,
      path: '/',
      message,
      repair: 'Report this: it is a fault of Arbiter.',
    });
  }
}

function factsOf(question: ResultQuestion): FileFacts | Finding {
  const { spec, policy, changes, workspace } = question;
  if (!workspace) return notApplicable('the task has no workspace: there are no files to judge');
  if (spec === null) return missing('spec', 'the accepted spec is not available');
  if (policy.source === 'NONE') return missing('policy', 'the policy of the base commit was not read');
  if (policy.source === 'INVALID') return missing('policy', 'the policy of the base commit is not valid');
  if (changes === null) return missing('diff', `the diff could not be made${because(question)}`);
  return {
    spec,
    policy,
    changes: inOneOrder(changes),
    twins: question.twins ?? [],
    specPath: question.specPath ?? null,
  };
}

function missing(what: string, message: string): Finding {
  const repair = 'Nothing is judged without it; try the task again when it can be had.';
  return undecided(message, { rule: `arbiter.missing.${what}`, path: '/', message, repair });
}

function baseFinding(question: ResultQuestion): Finding {
  if (!question.workspace) return notApplicable('the task has no workspace: there is no base');
  if (question.baseIsAncestor === true) return passed('the base is an ancestor of the result');
  if (question.baseIsAncestor === null)
    return missing('ancestry', `the ancestry could not be decided${because(question)}`);
  const message = 'the base commit is not an ancestor of the result';
  const repair = 'Start from the base commit and add commits on top; do not rewrite or replace it.';
  return failed(message, [{ rule: 'arbiter.base.not_ancestor', path: '/', message, repair }]);
}

function changeFinding(question: ResultQuestion): Finding {
  if (!question.workspace) return notApplicable('the task has no workspace: there are no files to change');
  if (question.changes === null) return missing('diff', `the diff could not be made${because(question)}`);
  const observed = { 'diff.entries': String(question.changes.length) };
  if (question.changes.length > 0) return passed('the result changes files', observed);
  const message = 'the result is the same tree as the base';
  const repair = 'Change what the spec asks for, or decline the task.';
  return failed(message, [{ rule: 'arbiter.change.empty', path: '/', message, repair }], observed);
}

function because(question: ResultQuestion): string {
  return question.trouble === undefined ? '' : `: ${question.trouble}`;
}
