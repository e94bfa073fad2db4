import type { Projection } from '../engine/projection.js';
import { versioned, type Table } from '../engine/table.js';
import { FINAL_STATES } from '../task-states.js';

/** A view: the only thing that readers use, so that what stands behind it may be swapped. */
export interface View {
  readonly name: string;
  /** In terms of the tables as they stand. */
  sql(table: (name: string) => string): string;
}

const time = (micros: string, name: string): string =>
  `'epoch'::timestamptz + ${micros} * interval '1 microsecond' AS ${name}`;

/** Nobody works on a task any more: in a race runs may end without having been called back. */
const OVER = ['sealed', ...FINAL_STATES].map((state) => `'${state}'`).join(', ');

/** Prior mean of a success rate: one success and one failure on loan, which no outcome erases (D-07). */
const SUCCESS_RATE = '(p.successes + 1)::numeric / (p.successes + p.failures + 2)';

const totals = (outcomes: string, by: string): string => `
  SELECT ${by}, sum(successes)::bigint AS successes, sum(failures)::bigint AS failures, sum(voids)::bigint AS voids,
         sum(measured)::bigint AS measured, sum(duration_us)::bigint AS duration_us,
         sum(with_usage)::bigint AS with_usage, sum(input_tokens)::bigint AS input_tokens,
         sum(output_tokens)::bigint AS output_tokens, sum(cost_micros)::bigint AS cost_micros,
         max(last_us) AS last_us
    FROM ${outcomes} GROUP BY ${by}`;

/** Joins live here and nowhere else. Later ones may use earlier ones. */
export const VIEWS: readonly View[] = [
  {
    name: 'principals',
    sql: (
      table,
    ) => `SELECT p.stream_id, p.id, p.state, p.tenant, p.display_name, p.team, p.roles, p.actors, p.key_id,
        p.public_key, p.registered_by, p.ended_by, p.ended_why, p.created_us, p.updated_us, p.version, p.log_offset,
        ${time('p.created_us', 'created_at')} FROM ${table('policies_rows')} p WHERE p.kind = 'principal'`,
  },
  {
    name: 'waivers',
    sql: (
      table,
    ) => `SELECT p.stream_id, p.id, p.kind, p.state, p.tenant, p.team, p.clauses, p.critical, p.task_id,
        p.spec_id, p.amount, p.drawn, p.paths, p.uses, p.used, p.expires_us, p.expiring, p.reason, p.requested_by,
        p.request_sha256, p.approvals_needed, p.escalated, p.approved_by, p.granted_us, p.ended_by, p.ended_why,
        p.created_us, p.updated_us, p.version, p.log_offset, ${time('p.expires_us', 'expires_at')}
      FROM ${table('policies_rows')} p WHERE p.kind IN ('waiver', 'override')`,
  },
  {
    name: 'waiver_demands',
    sql: (
      table,
    ) => `SELECT p.stream_id, p.state, p.tenant, p.task_id, p.spec_id, p.requested_by, p.ask_event_id,
        p.agent_id, p.risk_tier, p.needs, p.until_us, p.ended_why, p.created_us, p.updated_us, p.version, p.log_offset
      FROM ${table('policies_rows')} p WHERE p.kind = 'demand'`,
  },
  {
    name: 'waiver_uses',
    sql: (table) => `SELECT u.*, ${time('u.at_us', 'at')} FROM ${table('waiver_use_rows')} u`,
  },
  {
    name: 'desk_settings',
    sql: (table) => `SELECT p.id, p.settings, p.ended_by, p.ended_why, p.updated_us, p.version, p.log_offset
      FROM ${table('policies_rows')} p WHERE p.kind = 'settings'`,
  },
  {
    name: 'tasks',
    sql: (table) => `SELECT t.*, ${time('created_us', 'created_at')}, ${time('updated_us', 'updated_at')},
      ${time('deadline_us', 'deadline')} FROM ${table('tasks_rows')} t`,
  },
  {
    name: 'timeline',
    sql: (table) => `SELECT l.*, ${time('at_us', 'at')} FROM ${table('timeline_rows')} l`,
  },
  {
    name: 'verdicts',
    sql: (table) => `SELECT v.*, ${time('issued_us', 'issued_at')} FROM ${table('verdicts_rows')} v`,
  },
  {
    name: 'capability_versions',
    sql: (table) => `SELECT c.*, ${time('since_us', 'since')} FROM ${table('agent_capability_rows')} c`,
  },
  {
    // An offer is over when it is revoked, or when its task holds another token or works no longer. A task that the
    // tasks projection has not seen so far keeps its offer open.
    name: 'assignments',
    sql: (table) => `SELECT a.*, ${time('offered_us', 'offered_at')},
        a.revoked_us IS NULL AND (t.task_id IS NULL
          OR (coalesce(t.token, -1) < a.token AND t.state NOT IN (${OVER}))
          OR (t.token = a.token AND t.state IN ('routed', 'executing'))) AS open
      FROM ${table('assignments_rows')} a LEFT JOIN ${table('tasks_rows')} t USING (task_id)`,
  },
  {
    name: 'performance',
    sql: (table) => `SELECT p.*, ${SUCCESS_RATE} AS success_rate,
        p.duration_us / nullif(p.measured, 0) AS mean_duration_us,
        p.cost_micros / nullif(p.with_usage, 0) AS mean_cost_micros, ${time('last_us', 'last_at')}
      FROM (${totals(table('outcomes_rows'), 'agent_id, task_type')}) p`,
  },
  {
    // Load is measured, status is declared: neither is ever written into the other (D-03, R-112, R-113).
    name: 'registry',
    sql: (
      table,
    ) => `SELECT a.*, ${time('a.registered_us', 'registered_at')}, ${time('a.updated_us', 'updated_at')},
        coalesce(w.active, 0) AS active_tasks,
        round(coalesce(w.active, 0) * 100.0 / nullif(a.max_concurrency, 0), 2) AS utilisation,
        coalesce(p.successes, 0) AS successes, coalesce(p.failures, 0) AS failures, coalesce(p.voids, 0) AS voids,
        p.duration_us / nullif(p.measured, 0) AS mean_duration_us,
        coalesce(${SUCCESS_RATE}, 0.5) AS success_rate
      FROM ${table('agents_rows')} a
      LEFT JOIN (SELECT agent_id, count(*) AS active FROM ${table('tasks_rows')}
        WHERE state IN ('routed', 'executing') GROUP BY agent_id) w USING (agent_id)
      LEFT JOIN (${totals(table('outcomes_rows'), 'agent_id')}) p USING (agent_id)`,
  },
];

/** The SQL of every view over these versions. */
export const viewDefinitions = (
  projections: readonly Projection[],
  live: ReadonlyMap<string, number>,
): readonly { readonly name: string; readonly sql: string }[] => {
  const names = new Map<string, string>();
  for (const projection of projections) {
    const version = live.get(projection.name);
    if (version === undefined) continue;
    const tables: readonly (Table | undefined)[] = [projection.rows, projection.lines];
    for (const table of tables) if (table) names.set(table.name, versioned(table, version));
  }
  return VIEWS.map((view) => ({
    name: view.name,
    sql: view.sql((name) => {
      const found = names.get(name);
      if (found === undefined)
        throw new Error(`NO_TABLE: view ${view.name} needs ${name}, which has no live version`);
      return found;
    }),
  }));
};
