import { HASH } from '../formats.js';
import type { Schema } from '../schema-words.js';
import {
  closed,
  count,
  filled,
  flag,
  integer,
  many,
  matching,
  moment,
  oneOf,
  text,
} from '../schema-words.js';

const commit = matching(/^[0-9a-f]{7,40}$/);
const gate = oneOf('budget_limit', 'spec_completeness', 'scope_boundary', 'god_object', 'todo_detection');

/** `data` of the events that record evidence, gates, waivers and the state of the log itself. */
export const recordPayloads: Readonly<Record<string, Schema>> = {
  evidence_recorded: closed(
    { kind: oneOf('narrative', 'artifact', 'manual'), summary: filled },
    { artifact_path: text, commit_sha: commit, attested_by: text },
  ),
  ac_recorded: closed(
    {
      criterion_id: matching(/^A\d+$/),
      status: oneOf('pass', 'fail', 'unchecked', 'waived'),
      evidence_ref: filled,
    },
    { test_nodeid: text, command: text, exit_code: integer, artifact_path: text, commit_sha: commit },
  ),
  test_recorded: closed(
    { command: filled, exit_code: integer },
    {
      nodeids: many(filled),
      passed: count,
      failed: count,
      skipped: count,
      duration_ms: count,
      log_path: text,
    },
  ),
  gate_evaluated: closed(
    { gate_id: gate, mode: oneOf('block', 'warn', 'skip'), result: oneOf('pass', 'fail', 'skipped') },
    {
      violations: many(closed({ rule: filled, subject: filled }, { details: text })),
      metrics: { type: 'object', additionalProperties: true },
      duration_ms: count,
      waived_count: count,
      waiver_ids: many(filled, { minItems: 1, uniqueItems: true }),
    },
  ),
  waiver_applied: closed(
    { waiver_id: matching(/^WV-\d{4}$/), gates: many(gate, { minItems: 1 }) },
    {
      delta: closed({}, { max_files: count, max_loc: count }),
      expires_at: moment,
      approvers: many(closed({ name: filled }, { role: text }), { minItems: 1 }),
      reason_code: filled,
    },
  ),
  doctor_completed: closed(
    { passed: flag, checks_run: count, drift_count: count },
    {
      checks: many(
        closed(
          { check_id: filled, result: oneOf('ok', 'drift', 'skip') },
          { subject_count: count, summary: text },
        ),
      ),
    },
  ),
  chain_rotated: closed(
    {
      prior_tail_hash: { type: ['string', 'null'], pattern: HASH.source },
      prior_file_path: filled,
      prior_file_digest: matching(HASH),
      prior_line_count: count,
      prior_chain_status: oneOf('parseable_unverified', 'unparseable', 'empty'),
      actor_shape_stats: closed({ v10_string_actor: count, v11_object_actor: count, unparseable: count }),
      migration_reason: filled,
    },
    { prior_seq: { type: 'integer', minimum: 1 } },
  ),
};
