import { isMissingColumn, type Pool } from '../engine/database.js';
import { envelopeOf, type KeptEnvelope } from '../verdicts.js';
import { limitOf, Where } from './where.js';

/** A verdict without its envelope. */
export interface VerdictView {
  readonly verdictId: string;
  readonly taskId: string;
  readonly phase: string;
  readonly outcome: string;
  readonly ending: string | null;
  readonly envelopeSha256: string;
  /** µs since the epoch. */
  readonly issuedAt: number;
  readonly offset: number;
}

export interface VerdictFilter {
  readonly phase?: 'PRE' | 'FINAL';
  readonly outcome?: string;
  /** Default 100, at most 1000. */
  readonly limit?: number;
}

export interface VerdictQueries {
  /** In order of the log. */
  verdictsOf(taskId: string): Promise<readonly VerdictView[]>;
  /** Newest first. */
  listVerdicts(filter?: VerdictFilter): Promise<readonly VerdictView[]>;
  /** The DSSE envelope byte for byte as digested and signed over. Default phase FINAL. Rejects with `ENVELOPE_DIFFERS`. */
  verdictEnvelope(taskId: string, phase?: 'PRE' | 'FINAL'): Promise<Buffer | undefined>;
}

const COLUMNS = `verdict_id AS "verdictId", task_id AS "taskId", phase, outcome, ending,
  envelope_sha256 AS "envelopeSha256", issued_us AS "issuedAt", log_offset AS "offset"`;

const OUTDATED =
  'PROJECTION_OUTDATED: verdicts: expected payload and signatures, found tables of another build; run: arbiter projections rebuild verdicts';

export const verdictQueries = (pool: Pool): VerdictQueries => ({
  verdictsOf: async (taskId) => {
    const { rows } = await pool.query<VerdictView>(
      `SELECT ${COLUMNS} FROM verdicts WHERE task_id = $1 ORDER BY log_offset LIMIT 1000`,
      [taskId],
    );
    return rows;
  },

  listVerdicts: async (filter = {}) => {
    const where = new Where();
    if (filter.phase !== undefined) where.and(`phase = ${where.value(filter.phase)}`);
    if (filter.outcome !== undefined) where.and(`outcome = ${where.value(filter.outcome)}`);
    const { rows } = await pool.query<VerdictView>(
      `SELECT ${COLUMNS} FROM verdicts ${where.toString()}
        ORDER BY issued_us DESC, verdict_id LIMIT ${limitOf(filter.limit, 100)}`,
      where.values,
    );
    return rows;
  },

  verdictEnvelope: async (taskId, phase = 'FINAL') => {
    const { rows } = await pool
      .query<KeptEnvelope>(
        `SELECT payload_type, payload, signatures, envelope_sha256 FROM verdicts
          WHERE task_id = $1 AND phase = $2 ORDER BY log_offset LIMIT 1`,
        [taskId, phase],
      )
      .catch((error: unknown) => {
        throw isMissingColumn(error) ? new Error(OUTDATED) : error;
      });
    const [kept] = rows;
    return kept && envelopeOf(kept);
  },
});
