/**
 * Decisions of the log, decided again: at the knowledge they had (`timeline`), with one thing changed (`explained`), by another policy beside
 * them (`shadowed`), and what that policy would have achieved (`evaluated`). Pure.
 */
export { explained, explainedIfAble, type Counterfactual, type Explained } from './counterfactual.js';
export { evaluated, type EvaluateOptions, type Evaluated, type Judged } from './judged.js';
export {
  contendersOf,
  contextOf,
  decidedAgain,
  policyOf,
  type Change,
  type RecordedDecision,
} from './recorded.js';
export { shadowed, type Shadowed } from './shadow.js';
export { timeline, type Timeline, type Vector } from './timeline.js';
