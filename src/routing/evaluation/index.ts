/**
 * Off-policy evaluation: what another policy would have achieved on a log of decisions with known propensities. Estimators,
 * intervals, effective sample size with refusal, a cross-fitted reward model. Pure and seeded.
 */
export { anytimeInterval } from './anytime.js';
export { bootstrapInterval, type BootstrapOptions } from './bootstrap.js';
export { estimate, ESTIMATORS, type Estimate, type Estimator } from './estimators.js';
export { criticalValue, normalInterval, type Interval } from './normal.js';
export { report, type Report, type ReportOptions, type Valued } from './report.js';
export { crossFitted, type CrossFitOptions, type Example, type Question } from './reward-model.js';
export { checkRounds, weightOf, type Round } from './round.js';
export { LEAST_ESS, supportOf, type Support } from './support.js';
