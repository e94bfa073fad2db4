import {
  choosePolicy,
  judgeResult,
  ordersFor,
  type FileChange,
  type PolicyChoice,
  type ResultQuestion,
  type Twin,
} from '../../aggregates/constitution/index.js';
import { checkSpec } from '../../caws/index.js';
import type {
  DiffStat,
  FailureClass,
  FileChange as LoggedChange,
  ResultVerified,
  Subject,
  VerificationStarted,
} from '../../events/generated/events.js';
import { readBaseRules, waiverWaitMs, type BaseRules } from './base-rules.js';
import { NotNow } from './check-spec.js';
import { gitFailure, type Stores } from '../../platform/git/index.js';

export type ResultAnswer = Omit<ResultVerified, 'meta'>;

/** Files listed in the event; the counts cover all of them. */
const MOST_CHANGES = 200;

/**
 * Judges a result by Arbiter's own diff between the pinned base and the commit that the worker pushed (architecture
 * part 5): the policy is the base's, the spec is the accepted one, nothing is read from the result.
 */
export const checkSubmittedResult = async (
  ask: VerificationStarted,
  stores: Stores,
): Promise<ResultAnswer> => {
  const facts = await readFacts(ask, stores);
  const { spec, text } = acceptedSpec(ask);
  const question: ResultQuestion = {
    spec,
    policy: facts.policy,
    workspace: ask.repository !== null,
    changes: facts.changes,
    twins: facts.twins,
    specPath: ask.specPath,
    baseIsAncestor: facts.baseIsAncestor,
    resultSha256: ask.result.resultSha256,
    evidence: ask.result.evidence,
    ...(facts.trouble === undefined
      ? text === undefined
        ? {}
        : { trouble: text }
      : { trouble: facts.trouble }),
  };
  const judgement = judgeResult(question);
  const commit = ask.repository === null ? null : facts.commit;
  // Judged by another spec than the accepted one it is not judged (law 10), with a workspace or without.
  const gates = gatesFor(facts, spec);
  const outcome = text === undefined && gates !== undefined ? judgement.outcome : 'ERROR';
  return {
    outcome,
    failureClass: failureClassOf(outcome, facts.trouble, text),
    commit,
    subject: subjectOf(ask, commit),
    diff: facts.changes === null ? null : sizeOf(facts.changes),
    changes: (facts.changes ?? []).slice(0, MOST_CHANGES).map(logged),
    clauses: [...judgement.clauses],
    violations: [...judgement.violations],
    policySha256: judgement.policySha256,
    constitutionSha256: judgement.constitutionSha256,
    gates: [...(gates ?? [])],
    waiverWaitMs: waiverWaitMs(facts.rules),
  };
};

/** What is left to run, by the gates of the base; undefined: it can not be known, so nothing is passed. */
const gatesFor = ({ rules, changes }: Facts, spec: ResultQuestion['spec']): ReturnType<typeof ordersFor> => {
  if (rules.gatesText === undefined || spec === null || changes === null) return [];
  return ordersFor(spec, rules.gatesText, changes);
};

interface Facts {
  readonly rules: BaseRules;
  readonly policy: PolicyChoice;
  readonly twins: readonly Twin[];
  readonly changes: readonly FileChange[] | null;
  readonly baseIsAncestor: boolean | null;
  readonly commit: string | null;
  readonly trouble?: string;
}

const readFacts = async (ask: VerificationStarted, stores: Stores): Promise<Facts> => {
  const nothing = { changes: null, baseIsAncestor: null, commit: null, twins: [] };
  let rules: BaseRules = {};
  if (ask.repository === null) return { ...nothing, rules, policy: choosePolicy(undefined) };
  try {
    const { baseCommit, result } = ask;
    const without = (trouble: string): Facts => ({
      ...nothing,
      rules,
      policy: choosePolicy(rules.policyText),
      trouble,
    });
    if (baseCommit === null) return without('NO_BASE: no base was pinned');
    const store = await stores.of(ask.repository);
    const base = await store.resolve(baseCommit);
    rules = await readBaseRules(store, base);
    if (result.commit === null) return without('NO_COMMIT: the result names no commit');
    const wanted =
      result.ref === null ? { commit: result.commit } : { commit: result.commit, ref: result.ref };
    const commit = await store.fetchCommit({ ...wanted, base });
    const policy = choosePolicy(rules.policyText);
    if (!(await store.isAncestor(base, commit)))
      return { ...nothing, rules, policy, baseIsAncestor: false, commit };
    const changes = await store.diff(base, commit);
    const twins = await store.twins(commit, newPaths(changes));
    return { rules, policy, changes, twins, baseIsAncestor: true, commit };
  } catch (error) {
    const { code, message, transient } = gitFailure(error);
    // Not the agent's doing: nothing is decided, the ask comes again.
    if (transient) throw new NotNow(message, { cause: error });
    return { ...nothing, rules, policy: choosePolicy(rules.policyText), trouble: `${code}: ${message}` };
  }
};

/** Paths that the change brings into the tree. */
const newPaths = (changes: readonly FileChange[]): string[] =>
  changes
    .filter(({ status }) => status === 'ADDED' || status === 'RENAMED' || status === 'COPIED')
    .map(({ path }) => path);

/** The spec as accepted, checked against its digest: it can not have been exchanged on the way. */
const acceptedSpec = (ask: VerificationStarted): { spec: ResultQuestion['spec']; text?: string } => {
  if (ask.spec === null) return { spec: null, text: 'the ask carries no spec' };
  const check = checkSpec(ask.spec);
  if (check.sha256 !== ask.specSha256)
    return { spec: null, text: 'the spec is not the one that was accepted' };
  // What is broken in the semantics was waived, or the spec would not have been approved.
  const waived = ask.waivers.some(({ clause }) => clause === 'caws.spec.semantics');
  return { spec: check.spec ?? (waived ? (check.shaped ?? null) : null) };
};

/** Whose doing it is: what the agent handed in, or what became of the ask on its way, which is nobody's. */
const failureClassOf = (
  outcome: ResultVerified['outcome'],
  trouble: string | undefined,
  text: string | undefined,
): FailureClass | null => {
  if (outcome === 'PASS') return null;
  if (text !== undefined || trouble?.startsWith('NO_BASE') === true) return 'INFRASTRUCTURE';
  return trouble === undefined ? 'CONSTITUTION' : 'AGENT';
};

const SHA256 = /^[0-9a-f]{64}$/;

/** What the agent says of its result is hostile: only a digest becomes a subject. */
const subjectOf = (ask: VerificationStarted, commit: string | null): Subject[] => {
  if (commit !== null) return [{ name: 'result', digest: { gitCommit: commit } }];
  const sha256 = ask.result.resultSha256?.toLowerCase() ?? '';
  return SHA256.test(sha256) ? [{ name: 'result', digest: { sha256 } }] : [];
};

const sizeOf = (changes: readonly FileChange[]): DiffStat => ({
  files: changes.length,
  insertions: changes.reduce((sum, change) => sum + change.insertions, 0),
  deletions: changes.reduce((sum, change) => sum + change.deletions, 0),
});

const LETTERS: Readonly<Record<FileChange['status'], string>> = {
  ADDED: 'A',
  MODIFIED: 'M',
  DELETED: 'D',
  RENAMED: 'R',
  COPIED: 'C',
  TYPE_CHANGED: 'T',
  UNKNOWN: 'X',
};

const logged = (change: FileChange): LoggedChange => ({
  status: LETTERS[change.status],
  path: change.path.slice(0, 1000),
  previousPath: change.oldPath?.slice(0, 1000) ?? null,
  insertions: change.insertions,
  deletions: change.deletions,
  binary: change.binary,
});
