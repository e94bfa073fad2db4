/**
 * The constitution: pure clauses over spec, policy and Arbiter's own diff. `judgeSpec` before an agent sees the task,
 * `judgeResult` after. Fail closed (law 10): an error, an unknown value or a missing fact in a MUST clause is a failure.
 */
export { judgeSpec } from './judge-spec.js';
export type { SpecQuestion } from './judge-spec.js';
export { ordersFor } from './gates.js';
export { judgeResult } from './judge-result.js';
export type { EvidenceDigest, ResultQuestion, Twin } from './result-question.js';
export { choosePolicy } from './policy-choice.js';
export type { PolicyChoice } from './policy-choice.js';
export { CLAUSES, CONSTITUTION_SHA256, DEFAULT_POLICY_SHA256 } from './clauses.js';
export type { Clause, ClauseId } from './clauses.js';
export type { ClauseOutcome, ClauseResult, Judgement, Severity, Violation } from './judgement.js';
export type { FileChange } from './file-change.js';
export { couldBeWaived, fallsShort } from './waivable.js';
export { cure, type Broken, type Cure, type CureOptions } from './cure.js';
