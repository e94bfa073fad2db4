/** The task saga: one declarative table, and the domain that advances tasks by it. Pure (law 8). */
export { DEFAULT_LIMITS, type SagaLimits, type TimedState } from './limits.js';
export { PHASES, type Phase } from './phases.js';
export { sagaDomain, sagaLimits, type Fact } from './saga-domain.js';
export type { SagaIndex } from './saga-index.js';
export {
  STATES,
  TABLE,
  type Budget,
  type Edge,
  type StateName,
  type StateRow,
  type TaskEventName,
} from './table.js';
