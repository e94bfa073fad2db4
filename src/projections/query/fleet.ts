import {
  checkQuery,
  findIn,
  ranked,
  NO_RECORD,
  type AgentQuery,
  type FleetAgent,
  type FoundPage,
} from '../../aggregates/agent/find/index.js';
import { DEFAULT_AGENT_LIMITS } from '../../aggregates/agent/index.js';
import type { Pool } from '../engine/database.js';

interface FleetRow extends FleetAgent {
  readonly activeTasks: number;
  readonly successes: number;
  readonly failures: number;
}

export interface FleetQueries {
  /**
   * The same question, the same answer as of a `Directory` that has read as far as the views: one evaluation for both.
   * Rejects with `BAD_QUERY`.
   */
  findInFleet(query: AgentQuery): Promise<FoundPage>;
}

export const fleetQueries = (pool: Pool): FleetQueries => ({
  findInFleet: async (query) => {
    checkQuery(query);
    const counts = query.taskType === undefined ? 'r' : 'p';
    const join =
      query.taskType === undefined
        ? ''
        : 'LEFT JOIN performance p ON p.agent_id = r.agent_id AND p.task_type = $2';
    const { rows } = await pool.query<FleetRow>(
      `SELECT r.agent_id AS "agentId", r.tenant, r.display_name AS "displayName", r.model_family AS "modelFamily",
              r.capabilities, r.task_types AS "taskTypes", r.languages, r.specialisations, r.price, r.status, r.presence,
              r.retired, r.departed AS "left", r.max_concurrency AS "maxConcurrency", r.active_tasks AS "activeTasks",
              coalesce(${counts}.successes, 0) AS successes, coalesce(${counts}.failures, 0) AS failures
         FROM registry r ${join} LIMIT $1`,
      [DEFAULT_AGENT_LIMITS.agents, ...(query.taskType === undefined ? [] : [query.taskType])],
    );
    const byId = new Map(rows.map((row) => [row.agentId, row]));
    const list = ranked(rows, (agentId) => byId.get(agentId) ?? NO_RECORD);
    return findIn(list, query, (agentId) => byId.get(agentId)?.activeTasks ?? 0);
  },
});
