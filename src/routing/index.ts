/**
 * Choosing an agent: who may be chosen and why not (`filterCandidates`), what is known of each (`remember`), and policies whose choice
 * records the distribution it was drawn from (`createPolicy`). Pure: no clock, no I/O, no randomness but the seed.
 */
export type { Context, Contender, Decision, Explanation, Policy, Prior, Score } from './policy.js';
export {
  createPolicy,
  DEFAULT_POLICY,
  listPolicies,
  parsePolicy,
  type PolicyListing,
} from './policies/index.js';
export {
  cellOf,
  NO_EXPERIENCE,
  remember,
  rememberAll,
  scopeOf,
  type Cell,
  type Experience,
  type Outcome as PolicyOutcome,
  type Scope,
  type ScopeName,
} from './experience.js';
export { canonicalExperience, experienceDigest } from './canonical.js';
export { random, type Random } from './random.js';
export {
  filterCandidates,
  type AgentView,
  type Candidate,
  type Filtered,
  type MaskCode,
  type MaskedAgent,
  type PresenceView,
  type RoutingRequest,
} from './filter.js';
export { COUNTS_AS, type FailureClass } from './failure-classes.js';
export { probabilityBest, type Posterior } from './best.js';
export { RoutingError } from './errors.js';
export {
  expectedOf,
  planCascade,
  planRace,
  type Checker,
  type Option,
  type Plan,
  type Worth,
} from './cascade.js';
export { assessComplexity, POOLS, type Complexity, type Pool, type TaskFeatures } from './complexity.js';
export {
  EJECTION_RULE,
  HEALTHY,
  isOut,
  mostOut,
  observed,
  withoutEjected,
  type Ejected,
  type EjectionRule,
  type Health,
} from './ejection.js';
export {
  withinLimits,
  type LimitCode,
  type Limited,
  type LimitMask,
  type Limits,
  type WithinLimits,
} from './limits.js';
export { QUOTA_RULE, quotaVerdict, rampAt, type Quota, type QuotaRule, type QuotaVerdict } from './quota.js';
export { nearest, within } from './neighbours.js';
export { proportional, softmax } from './shares.js';
