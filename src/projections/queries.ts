import { agentQueries, type AgentQueries } from './query/agents.js';
import { openPool } from './engine/database.js';
import { fleetQueries, type FleetQueries } from './query/fleet.js';
import { policyQueries, type PolicyQueries } from './query/policies.js';
import { positionQueries, type PositionQueries } from './query/positions.js';
import { taskQueries, type TaskQueries } from './query/tasks.js';
import { verdictQueries, type VerdictQueries } from './query/verdicts.js';

/** Everything that may be asked of the views. */
export interface Queries
  extends TaskQueries, AgentQueries, FleetQueries, PolicyQueries, VerdictQueries, PositionQueries {
  close(): Promise<void>;
}

export interface QueryOptions {
  /** Connections at most; default 4. */
  readonly maxConnections?: number;
}

/** Opens the views for reading. Reads take no lock that a projector waits for. */
export const openQueries = (databaseUrl: string, options: QueryOptions = {}): Queries => {
  const pool = openPool(databaseUrl, {
    name: 'arbiter-queries',
    max: options.maxConnections ?? 4,
    queryTimeoutMs: 30_000,
  });
  return {
    ...taskQueries(pool),
    ...agentQueries(pool),
    ...fleetQueries(pool),
    ...policyQueries(pool),
    ...verdictQueries(pool),
    ...positionQueries(pool),
    close: () => pool.end(),
  };
};

export type { AgentFilter, AgentView, CapabilityVersionView, PerformanceView } from './query/agents.js';
export type {
  DemandView,
  PolicyQueries,
  PrincipalView,
  WaiverFilter,
  WaiverReportLine,
  WaiverUseView,
  WaiverView,
} from './query/policies.js';
export type { PositionWanted, Waited } from './query/positions.js';
export type { TaskFilter, TaskPage, TaskView, TimelineEntry } from './query/tasks.js';
export type { VerdictFilter, VerdictView } from './query/verdicts.js';
