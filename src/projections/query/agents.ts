import type { Presence } from '../../aggregates/agent/index.js';
import type { AgentPrice, AgentQuota, AgentReach } from '../../events/generated/events.js';
import type { Pool } from '../engine/database.js';
import { limitOf, Where } from './where.js';

/** An agent as declared, with what was measured of it. Times are µs since the epoch. */
export interface AgentView {
  readonly agentId: string;
  readonly tenant: string;
  readonly displayName: string;
  readonly modelFamily: string;
  readonly agentVersion: string;
  readonly capabilities: readonly string[];
  /** Empty: any. */
  readonly taskTypes: readonly string[];
  readonly languages: readonly string[];
  readonly specialisations: readonly string[];
  readonly capabilityVersion: number;
  readonly termsVersion: number;
  readonly modelVersion: number;
  readonly maxConcurrency: number;
  readonly costPerTaskMicros: number | null;
  readonly reach: AgentReach | null;
  readonly price: AgentPrice | null;
  readonly quotas: readonly AgentQuota[];
  /** SHA-256, hex, of the agent card it was registered from. */
  readonly cardSha256: string | null;
  /** The key that the card's signature was checked with; null: not checked. */
  readonly cardKey: string | null;
  readonly tags: Readonly<Record<string, string>>;
  readonly status: string;
  readonly statusReason: string | null;
  /** Measured. */
  readonly presence: Presence;
  readonly lastSeenAt: number | null;
  /** Not heard of for so long that it counts no more, until it is heard of again. */
  readonly left: boolean;
  readonly retired: boolean;
  readonly registeredAt: number;
  /** Tasks routed to it or at work, as the log says: measured, never declared. */
  readonly activeTasks: number;
  /** active / max × 100. */
  readonly utilisation: number;
  readonly successes: number;
  readonly failures: number;
  readonly voids: number;
  /** (successes + 1) / (successes + failures + 2) */
  readonly successRate: number;
  readonly meanDurationUs: number | null;
  readonly version: number;
}

export interface AgentFilter {
  readonly status?: string;
  /** Agents of this tenant only; default: of all. */
  readonly tenant?: string;
  /** Default false: retired agents are left out. */
  readonly retired?: boolean;
  /** Default 100, at most 1000. */
  readonly limit?: number;
}

/** What an agent could do from some time on. */
export interface CapabilityVersionView {
  readonly capabilityVersion: number;
  readonly capabilities: readonly string[];
  readonly taskTypes: readonly string[];
  readonly languages: readonly string[];
  readonly specialisations: readonly string[];
  readonly maxConcurrency: number;
  readonly actor: string;
  readonly since: number;
}

/** Counts of one agent in one task type. */
export interface PerformanceView {
  readonly agentId: string;
  readonly taskType: string;
  readonly successes: number;
  readonly failures: number;
  readonly voids: number;
  readonly successRate: number;
  readonly meanDurationUs: number | null;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costMicros: number;
  readonly lastAt: number;
}

export interface AgentQueries {
  /** By id. */
  listAgents(filter?: AgentFilter): Promise<readonly AgentView[]>;
  findAgent(agentId: string): Promise<AgentView | undefined>;
  capabilityVersions(agentId: string): Promise<readonly CapabilityVersionView[]>;
  performance(agentId?: string): Promise<readonly PerformanceView[]>;
}

const COLUMNS = `r.agent_id AS "agentId", r.tenant, r.display_name AS "displayName",
  r.model_family AS "modelFamily", r.agent_version AS "agentVersion", r.capabilities, r.task_types AS "taskTypes",
  r.languages, r.specialisations, r.capability_version AS "capabilityVersion", r.terms_version AS "termsVersion",
  r.model_version AS "modelVersion", r.max_concurrency AS "maxConcurrency", r.reach, r.price, r.quotas,
  r.card_sha256 AS "cardSha256", r.card_key AS "cardKey", r.presence, r.last_seen_us AS "lastSeenAt", r.departed AS "left",
  r.cost_per_task_micros AS "costPerTaskMicros", r.tags, r.status, r.status_reason AS "statusReason", r.retired,
  r.registered_us AS "registeredAt", r.active_tasks AS "activeTasks", r.utilisation, r.success_rate AS "successRate",
  r.version, coalesce(r.successes, 0) AS successes, coalesce(r.failures, 0) AS failures, coalesce(r.voids, 0) AS voids,
  r.mean_duration_us AS "meanDurationUs"`;

export const agentQueries = (pool: Pool): AgentQueries => ({
  listAgents: async (filter = {}) => {
    const where = new Where();
    if (filter.retired !== true) where.and('NOT r.retired');
    if (filter.tenant !== undefined) where.and(`r.tenant = ${where.value(filter.tenant)}`);
    if (filter.status !== undefined) where.and(`r.status = ${where.value(filter.status)}`);
    const { rows } = await pool.query<AgentView>(
      `SELECT ${COLUMNS} FROM registry r ${where.toString()} ORDER BY r.agent_id LIMIT ${limitOf(filter.limit, 100)}`,
      where.values,
    );
    return rows;
  },
  findAgent: async (agentId) => {
    const { rows } = await pool.query<AgentView>(`SELECT ${COLUMNS} FROM registry r WHERE r.agent_id = $1`, [
      agentId,
    ]);
    return rows[0];
  },
  capabilityVersions: async (agentId) => {
    const { rows } = await pool.query<CapabilityVersionView>(
      `SELECT capability_version AS "capabilityVersion", capabilities, task_types AS "taskTypes",
              languages, specialisations, max_concurrency AS "maxConcurrency", actor, since_us AS since
         FROM capability_versions WHERE agent_id = $1 ORDER BY capability_version LIMIT 1000`,
      [agentId],
    );
    return rows;
  },
  performance: async (agentId) => {
    const where = new Where();
    if (agentId !== undefined) where.and(`agent_id = ${where.value(agentId)}`);
    const { rows } = await pool.query<PerformanceView>(
      `SELECT agent_id AS "agentId", task_type AS "taskType", successes, failures, voids,
              success_rate AS "successRate", mean_duration_us AS "meanDurationUs", input_tokens AS "inputTokens",
              output_tokens AS "outputTokens", cost_micros AS "costMicros", last_us AS "lastAt"
         FROM performance ${where.toString()} ORDER BY agent_id, task_type LIMIT 1000`,
      where.values,
    );
    return rows;
  },
});
