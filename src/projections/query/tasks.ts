import type { Violation } from '../../events/generated/events.js';
import type { Pool } from '../engine/database.js';
import { limitOf, Where } from './where.js';

/** A task as it stands. Times are µs since the epoch. */
export interface TaskView {
  readonly taskId: string;
  readonly tenant: string;
  readonly type: string;
  readonly title: string;
  readonly state: string;
  /** Set once the task is sealed. */
  readonly ending: string | null;
  readonly outcome: string | null;
  readonly reason: string | null;
  readonly agentId: string | null;
  readonly workerInstance: string | null;
  /** Attempts that were begun. */
  readonly attempts: number;
  readonly maxAttempts: number;
  readonly priority: number;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly deadline: number | null;
  readonly queueReason: string | null;
  readonly token: number | null;
  readonly retryOf: string | null;
  /** The request that made it. */
  readonly requestId: string;
  readonly specSha256: string | null;
  readonly riskTier: number | null;
  readonly repository: string | null;
  readonly baseCommit: string | null;
  readonly result: {
    readonly commit: string | null;
    readonly files: number | null;
    readonly insertions: number | null;
    readonly deletions: number | null;
  };
  readonly violations: readonly Violation[];
  readonly verdictId: string | null;
  readonly progress: string | null;
  readonly progressPercent: number | null;
  readonly version: number;
  readonly partition: number;
  readonly offset: number;
}

/** One event of a task. */
export interface TimelineEntry {
  readonly version: number;
  readonly state: string;
  readonly event: string;
  /** µs since the epoch. */
  readonly at: number;
  readonly reason: string | null;
  readonly agentId: string | null;
  readonly offset: number;
}

export interface TaskFilter {
  readonly state?: string;
  readonly agentId?: string;
  /** Default 100, at most 1000. */
  readonly limit?: number;
  /** `next` of the page before. */
  readonly after?: string;
}

/** Newest first; equal times by id, so that pages neither overlap nor leave out. */
export interface TaskPage {
  readonly tasks: readonly TaskView[];
  /** Absent on the last page. */
  readonly next?: string;
}

export interface TaskQueries {
  findTask(taskId: string): Promise<TaskView | undefined>;
  listTasks(filter?: TaskFilter): Promise<TaskPage>;
  /** In order of the stream, at most 10,000 entries. */
  timeline(taskId: string): Promise<readonly TimelineEntry[]>;
}

const MAX_TIMELINE = 10_000;

const COLUMNS = `task_id AS "taskId", tenant, type, title, state, ending, outcome, reason, agent_id AS "agentId",
  worker_instance AS "workerInstance", attempts, max_attempts AS "maxAttempts", priority, created_us AS "createdAt",
  updated_us AS "updatedAt", deadline_us AS deadline, queue_reason AS "queueReason", token, retry_of AS "retryOf",
  request_id AS "requestId",
  spec_sha256 AS "specSha256", risk_tier AS "riskTier", repository, base_commit AS "baseCommit",
  jsonb_build_object('commit', result_commit, 'files', result_files, 'insertions', result_insertions,
    'deletions', result_deletions) AS result,
  violations, verdict_id AS "verdictId", progress, progress_percent AS "progressPercent", version, partition,
  log_offset AS "offset"`;

const cursorOf = ({ createdAt, taskId }: TaskView): string => `${createdAt}:${taskId}`;

const parseCursor = (text: string): { readonly createdAt: number; readonly taskId: string } => {
  const match = /^(\d{1,16}):(.+)$/.exec(text);
  if (match?.[2] === undefined)
    throw new Error(
      `BAD_CURSOR: expected the "next" of a page before, found ${JSON.stringify(text.slice(0, 80))}`,
    );
  return { createdAt: Number(match[1]), taskId: match[2] };
};

export const taskQueries = (pool: Pool): TaskQueries => ({
  findTask: async (taskId) => {
    const { rows } = await pool.query<TaskView>(`SELECT ${COLUMNS} FROM tasks WHERE task_id = $1`, [taskId]);
    return rows[0];
  },

  listTasks: async (filter = {}) => {
    const limit = limitOf(filter.limit, 100);
    const where = new Where();
    if (filter.state !== undefined) where.and(`state = ${where.value(filter.state)}`);
    if (filter.agentId !== undefined) where.and(`agent_id = ${where.value(filter.agentId)}`);
    if (filter.after !== undefined) {
      const { createdAt, taskId } = parseCursor(filter.after);
      const at = where.value(createdAt);
      where.and(`(created_us < ${at} OR (created_us = ${at} AND task_id > ${where.value(taskId)}))`);
    }
    const { rows } = await pool.query<TaskView>(
      `SELECT ${COLUMNS} FROM tasks ${where.toString()} ORDER BY created_us DESC, task_id LIMIT ${limit + 1}`,
      where.values,
    );
    const tasks = rows.slice(0, limit);
    const last = tasks.at(-1);
    return rows.length > limit && last ? { tasks, next: cursorOf(last) } : { tasks };
  },

  timeline: async (taskId) => {
    const { rows } = await pool.query<TimelineEntry>(
      `SELECT version, state, event, at_us AS at, reason, agent_id AS "agentId", log_offset AS "offset"
         FROM timeline WHERE task_id = $1 ORDER BY version LIMIT ${MAX_TIMELINE}`,
      [taskId],
    );
    return rows;
  },
});
