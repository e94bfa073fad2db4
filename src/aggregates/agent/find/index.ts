/** Questions to the registry: who can do it, who does it well, who has room. Pure; `Directory` folds the logs. */
export { Directory, type KnownAgent } from './directory.js';
export { findIn, type Found, type FoundPage } from './find.js';
export {
  byPlace,
  NO_RECORD,
  standingOf,
  successRate,
  type FleetAgent,
  type Place,
  type TrackRecord,
} from './fleet-agent.js';
export { BadQuery, checkQuery, type AgentQuery } from './query.js';
export { ranked, type Ranked } from './ranking.js';
export { wilson } from './wilson.js';
