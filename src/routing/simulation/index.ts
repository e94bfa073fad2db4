/** Replays of real outcomes: a policy chooses, and is shown only what the chosen agent did. */
export { matrixOf, onlyAgents, rates, type Matrix } from './matrix.js';
export { arrivals, badRelease, steady, usualOrder, type Order, type Scenario } from './scenario.js';
export { withContext } from './task-context.js';
export { walk, type ReplayOptions, type Walk } from './replay.js';
export { estimate, simulate, walks, type Estimate, type Simulation } from './summary.js';
