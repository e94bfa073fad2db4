/**
 * CAWS v12 (Coding Agent Working Standard), usable alone: working specs and policies as text in, diagnostics out; budgets and
 * scope decisions as pure functions. No I/O, no clock.
 */
export { hasError } from './diagnostic.js';
export type { Diagnostic } from './diagnostic.js';
export type * from './model.js';
export { YAML_LIMITS } from './bounded-yaml.js';
export { checkSpec, checkSpecValue } from './spec-check.js';
export type { SpecCheck, SpecLayer } from './spec-check.js';
export { validateSpecShape } from './spec-shape.js';
export { validateSpecSemantics } from './spec-semantics.js';
export { DEFAULT_POLICY, parsePolicy } from './policy.js';
export type { PolicyCheck } from './policy.js';
export { deriveBudget } from './budget.js';
export type { BudgetResult, BudgetTrace, BudgetWaiver } from './budget.js';
export { decideScope, evaluatePath, matchesEntry, whyUnsafe } from './scope.js';
export type { Binding, ScopeDecision, ScopeRule } from './scope.js';
export { isInside, normalizePath } from './scope-path.js';
export { evaluateContention } from './contention.js';
export type { Claimant, Contention, ContentionQuestion } from './contention.js';
export { deriveBindingState } from './binding.js';
export type { BindingState, WorktreeRecord, WorktreeRegistry } from './binding.js';
export { canTransitionSpecWithWorktree } from './transitions.js';
export type { AllowedTransition, SpecTransition } from './transitions.js';
export {
  findUnresolvedObligations,
  projectSuccessorsForEvent,
  successorResolver,
} from './successor-obligations.js';
export type { Authorship, SuccessorResolver, UnresolvedObligation } from './successor-obligations.js';
export { validateWaiver } from './waiver.js';
export type { Waiver } from './waiver.js';
export { effectiveWaiversForGate, waiverEffectiveness } from './waiver-effect.js';
export type { WaiverEffectiveness, WaiverQuestion } from './waiver-effect.js';
export { CanonicalError, canonicalJson } from './canonical-json.js';
export * from './evidence/index.js';
export * from './doctor/index.js';
export { checkArbiterRules } from './arbiter-rules/index.js';
export type { RuleContext } from './arbiter-rules/index.js';
export type { Checked } from './result.js';
export { specSchema } from './spec-schema.js';
export { policySchema } from './policy-schema.js';
export { detect, examineSpec, isProfile, PRESENT, PROFILES } from './profiles/index.js';
export type { Detection, FurtherRules, ProfileName, SpecExamination } from './profiles/index.js';
export { migrateSpec } from './migration/index.js';
export type { Migration, MigrationOptions } from './migration/index.js';
export { placed } from './places.js';
export { policyFit } from './policy-fit.js';
