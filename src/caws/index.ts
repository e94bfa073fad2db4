/**
 * CAWS v12 (Coding Agent Working Standard), usable alone: working specs and policies as text in, diagnostics out; budgets and
 * scope decisions as pure functions. No I/O, no clock.
 */
export type { Diagnostic } from './diagnostic.js';
export type * from './model.js';
export { YAML_LIMITS } from './bounded-yaml.js';
export { checkSpec } from './spec-check.js';
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
export { specSchema } from './spec-schema.js';
export { policySchema } from './policy-schema.js';
