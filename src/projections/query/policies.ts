import type { DeskSettings, WaiverNeed } from '../../events/generated/events.js';
import type { Pool } from '../engine/database.js';
import { limitOf, Where } from './where.js';

/** Somebody whose signature counts, or counted. Times are µs since the epoch. */
export interface PrincipalView {
  readonly principalId: string;
  readonly displayName: string;
  readonly team: string;
  readonly roles: readonly string[];
  readonly actors: readonly string[];
  readonly keyId: string;
  readonly publicKeyPem: string;
  /** Empty: the operator, with the key of the deployment. */
  readonly registeredBy: string;
  readonly retired: boolean;
  readonly retiredWhy: string | null;
  readonly registeredAt: number;
}

export interface WaiverView {
  readonly waiverId: string;
  readonly kind: 'waiver' | 'override';
  /** requested, granted, denied, revoked, expired or used; an end that has passed counts as expired. */
  readonly state: string;
  readonly clauses: readonly string[];
  readonly critical: boolean;
  readonly taskId: string | null;
  readonly specId: string | null;
  readonly amount: Readonly<Record<string, number>>;
  readonly drawn: Readonly<Record<string, number>>;
  readonly paths: readonly string[];
  readonly uses: number;
  readonly used: number;
  readonly expiresAt: number;
  readonly expiring: boolean;
  readonly reason: string;
  readonly requestedBy: string;
  readonly team: string;
  readonly requestSha256: string;
  readonly approvalsNeeded: number;
  readonly approvedBy: readonly string[];
  readonly escalated: boolean;
  readonly endedBy: string | null;
  readonly endedWhy: string | null;
  readonly requestedAt: number;
  readonly grantedAt: number | null;
}

export interface WaiverUseView {
  readonly waiverId: string;
  readonly kind: string;
  readonly clause: string;
  readonly taskId: string;
  readonly agentId: string | null;
  readonly team: string;
  readonly requestedBy: string;
  readonly approvedBy: readonly string[];
  readonly use: number;
  readonly drawn: Readonly<Record<string, number>>;
  readonly at: number;
  readonly offset: number;
}

/** A task that waits for waivers. */
export interface DemandView {
  readonly taskId: string;
  readonly specId: string | null;
  readonly riskTier: number | null;
  readonly requestedBy: string;
  readonly agentId: string | null;
  readonly needs: readonly WaiverNeed[];
  readonly until: number;
  readonly since: number;
}

/** How often and how much was waived. */
export interface WaiverReportLine {
  readonly name: string;
  readonly uses: number;
  readonly overrides: number;
  readonly waivers: number;
  readonly tasks: number;
  readonly files: number;
  readonly lines: number;
  readonly points: number;
  readonly lastAt: number;
}

export interface WaiverFilter {
  readonly state?: string;
  readonly kind?: 'waiver' | 'override';
  readonly taskId?: string;
  readonly clause?: string;
  /** Default 100, at most 1000. */
  readonly limit?: number;
}

export interface PolicyQueries {
  /** By id. */
  listPrincipals(filter?: {
    readonly retired?: boolean;
    readonly limit?: number;
  }): Promise<readonly PrincipalView[]>;
  findPrincipal(principalId: string): Promise<PrincipalView | undefined>;
  /** Newest first. */
  listWaivers(filter: WaiverFilter, nowUs: number): Promise<readonly WaiverView[]>;
  findWaiver(waiverId: string, nowUs: number): Promise<WaiverView | undefined>;
  usesOf(waiverId: string): Promise<readonly WaiverUseView[]>;
  /** Tasks that wait, the longest first. */
  listDemands(nowUs: number, limit?: number): Promise<readonly DemandView[]>;
  /** Most uses first. Rejects with `BAD_FILTER`. */
  waiverReport(by: 'team' | 'agent' | 'clause', sinceUs: number): Promise<readonly WaiverReportLine[]>;
  /** What was changed; undefined: nothing yet, the built-in numbers hold. */
  deskSettings(): Promise<{ readonly version: number; readonly settings: DeskSettings } | undefined>;
}

const PRINCIPAL = `id AS "principalId", display_name AS "displayName", team, roles, actors, key_id AS "keyId",
  public_key AS "publicKeyPem", registered_by AS "registeredBy", state = 'retired' AS retired,
  ended_why AS "retiredWhy", created_us AS "registeredAt"`;

/** An end that has passed holds before its event has been written. */
const state = (now: string): string =>
  `CASE WHEN state IN ('requested', 'granted') AND expires_us <= ${now}::bigint THEN 'expired' ELSE state END`;

const waiver = (now: string): string => `id AS "waiverId", kind, ${state(now)} AS state, clauses, critical,
  task_id AS "taskId", spec_id AS "specId", amount, drawn, paths, uses, used, expires_us AS "expiresAt", expiring,
  reason, requested_by AS "requestedBy", team, request_sha256 AS "requestSha256",
  approvals_needed AS "approvalsNeeded", approved_by AS "approvedBy", escalated, ended_by AS "endedBy",
  ended_why AS "endedWhy", created_us AS "requestedAt", granted_us AS "grantedAt"`;

const BY = { team: 'team', agent: 'agent_id', clause: 'clause' } as const;

export const policyQueries = (pool: Pool): PolicyQueries => ({
  listPrincipals: async (filter = {}) => {
    const where = filter.retired === true ? '' : `WHERE state <> 'retired'`;
    const { rows } = await pool.query<PrincipalView>(
      `SELECT ${PRINCIPAL} FROM principals ${where} ORDER BY id LIMIT ${limitOf(filter.limit, 1000)}`,
    );
    return rows;
  },

  findPrincipal: async (principalId) => {
    const { rows } = await pool.query<PrincipalView>(`SELECT ${PRINCIPAL} FROM principals WHERE id = $1`, [
      principalId,
    ]);
    return rows[0];
  },

  listWaivers: async (filter, nowUs) => {
    const where = new Where();
    const now = where.value(nowUs);
    if (filter.kind !== undefined) where.and(`kind = ${where.value(filter.kind)}`);
    if (filter.state !== undefined) where.and(`${state(now)} = ${where.value(filter.state)}`);
    if (filter.taskId !== undefined) where.and(`task_id = ${where.value(filter.taskId)}`);
    if (filter.clause !== undefined)
      where.and(`clauses @> ${where.value(JSON.stringify([filter.clause]))}::jsonb`);
    const { rows } = await pool.query<WaiverView>(
      `SELECT ${waiver(now)} FROM waivers ${where.toString()}
        ORDER BY created_us DESC, id LIMIT ${limitOf(filter.limit, 100)}`,
      where.values,
    );
    return rows;
  },

  findWaiver: async (waiverId, nowUs) => {
    const { rows } = await pool.query<WaiverView>(`SELECT ${waiver('$2')} FROM waivers WHERE id = $1`, [
      waiverId,
      nowUs,
    ]);
    return rows[0];
  },

  usesOf: async (waiverId) => {
    const { rows } = await pool.query<WaiverUseView>(
      `SELECT waiver_id AS "waiverId", kind, clause, task_id AS "taskId", agent_id AS "agentId", team,
          requested_by AS "requestedBy", approved_by AS "approvedBy", use, drawn, at_us AS at, log_offset AS "offset"
        FROM waiver_uses WHERE waiver_id = $1 ORDER BY log_offset LIMIT 1000`,
      [waiverId],
    );
    return rows;
  },

  listDemands: async (nowUs, limit) => {
    const { rows } = await pool.query<DemandView>(
      `SELECT task_id AS "taskId", spec_id AS "specId", risk_tier AS "riskTier", requested_by AS "requestedBy",
          agent_id AS "agentId", needs, until_us AS until, created_us AS since
        FROM waiver_demands WHERE state = 'waiting' AND until_us > $1::bigint
        ORDER BY created_us, task_id LIMIT ${limitOf(limit, 100)}`,
      [nowUs],
    );
    return rows;
  },

  waiverReport: async (by, sinceUs) => {
    if (!Object.hasOwn(BY, by)) throw new Error(`BAD_FILTER: expected by team, agent or clause`);
    const sum = (name: string): string => `coalesce(sum((drawn->>'${name}')::bigint), 0)::bigint AS ${name}`;
    const { rows } = await pool.query<WaiverReportLine>(
      `SELECT coalesce(nullif(${BY[by]}, ''), '-') AS name, count(*)::bigint AS uses,
          (count(*) FILTER (WHERE kind = 'override'))::bigint AS overrides,
          count(DISTINCT waiver_id)::bigint AS waivers, count(DISTINCT task_id)::bigint AS tasks,
          ${sum('files')}, ${sum('lines')}, ${sum('points')}, max(at_us) AS "lastAt"
        FROM waiver_uses WHERE at_us >= $1::bigint GROUP BY 1 ORDER BY uses DESC, name LIMIT 1000`,
      [sinceUs],
    );
    return rows;
  },

  deskSettings: async () => {
    const { rows } = await pool.query<{ version: string; settings: DeskSettings }>(
      'SELECT id AS version, settings FROM desk_settings LIMIT 1',
    );
    const [found] = rows;
    return found && { version: Number(found.version), settings: found.settings };
  },
});
