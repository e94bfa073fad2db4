/**
 * What a program that works with Arbiter needs: publishing requests, reading owned logs through acceptance, running a
 * worker, checking verdicts. `caws`, `routing` and `verdicts` are pure and usable alone.
 */
export * as caws from './caws/index.js';
export * as gates from './gates/index.js';
export * as routing from './routing/index.js';
export * as verdicts from './verdicts/index.js';
export * from './events/topics.js';
export type * from './events/generated/events.js';
export { partitionFor } from './bus/partition.js';
export { connect, findEndpoints, type Connection, type Endpoints } from './runtime/index.js';
export {
  createEdgePublisher,
  checkRequest,
  describeProblem,
  uuidv7,
  type EdgePublisher,
} from './producers/index.js';
export {
  accept,
  followAll,
  NOTHING_ACCEPTED,
  systemClock,
  type Acceptance,
  type AcceptanceResult,
  type Following,
  type FollowAllOptions,
} from './log/index.js';
export { openDirectory, type LiveDirectory, type LiveDirectoryOptions } from './projections/directory.js';
export * from './runners/index.js';
