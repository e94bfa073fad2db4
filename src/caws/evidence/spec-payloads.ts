import { SPEC_ID } from '../formats.js';
import type { Schema } from '../schema-words.js';
import { closed, count, exactly, filled, flag, many, matching, oneOf, text } from '../schema-words.js';

const specId = matching(SPEC_ID);
const commit = matching(/^[0-9a-f]{7,40}$/);
const sha = matching(/^[0-9a-f]{40}$/);
const worktree = matching(/^[a-zA-Z0-9_-]+$/);
const state = oneOf('draft', 'active');

const successor = closed(
  { target_spec_id: specId, disposition: oneOf('required', 'declined', 'absorbed') },
  { rationale: text, absorbed_by: specId },
);

/** `data` of the events about specs. A type without an entry takes any mapping. */
export const specPayloads: Readonly<Record<string, Schema>> = {
  spec_created: closed({
    title: filled,
    risk_tier: { type: 'integer', enum: [1, 2, 3] },
    mode: oneOf('feature', 'refactor', 'fix', 'doc', 'chore'),
    lifecycle_state: state,
  }),
  spec_validated: closed(
    { passed: flag, error_count: count, warning_count: count },
    {
      compliance_score: { type: 'number', minimum: 0, maximum: 1 },
      grade: oneOf('A', 'B', 'C', 'D', 'F'),
      rules_violated: many(text),
    },
  ),
  spec_activated: closed({ previous_lifecycle_state: exactly('draft'), lifecycle_state: exactly('active') }),
  spec_deactivated: closed(
    { previous_lifecycle_state: oneOf('active') },
    {
      reason: filled,
      cleared_terminal_fields: many(oneOf('resolution', 'closure_notes', 'superseded_by'), {
        uniqueItems: true,
      }),
    },
  ),
  spec_closed: closed(
    { resolution: oneOf('completed', 'superseded', 'abandoned') },
    {
      supersedes: specId,
      superseded_by: specId,
      merge_commit: commit,
      closure_notes: text,
      successors: many(successor),
      prior_worktree: text,
    },
  ),
  spec_reopened: closed({ previous_lifecycle_state: oneOf('closed') }, { reason: filled }),
  spec_archived: {
    type: 'object',
    oneOf: [
      closed({ from_path: filled, to_path: filled }, { superseded_path: filled }),
      closed({ from_path: filled, blob_sha: sha }, { source_commit_sha: sha }),
    ],
  },
  spec_archive_pruned: {
    type: 'object',
    oneOf: [
      closed({ from_path: filled, action: exactly('removed'), blob_sha: sha }, { from_commit_sha: sha }),
      closed({ from_path: filled, action: exactly('quarantined'), to_path: filled }),
    ],
  },
  spec_retired: closed({ from_path: filled, blob_sha: sha }, { source_commit_sha: sha, reason: text }),
  spec_restored: closed(
    {
      source_event: oneOf('spec_archived', 'spec_retired'),
      from_path: filled,
      restored_path: filled,
      restored_lifecycle_state: state,
    },
    { blob_sha: sha },
  ),
  spec_scope_amended: closed(
    { resulting_scope_in: many(text, { minItems: 1 }) },
    {
      added_in: many(text),
      removed_in: many(text),
      added_out: many(text),
      removed_out: many(text),
      added_support: many(text),
      removed_support: many(text),
      resulting_scope_out: many(text),
      resulting_scope_support: many(text),
      reason: filled,
    },
  ),
  spec_body_amended: closed(
    { resulting_modules: many(text, { minItems: 1 }), resulting_invariants: many(text, { minItems: 1 }) },
    {
      added_modules: many(text),
      removed_modules: many(text),
      added_invariants: many(text),
      removed_invariants: many(text),
      discharged_scaffold_fields: many(oneOf('blast_radius.modules', 'invariants'), { uniqueItems: true }),
      previous_lifecycle_state: oneOf('draft', 'active', 'closed'),
    },
  ),
  spec_binding_cleared: closed({
    spec_id: specId,
    cleared_worktree_name: worktree,
    h_class: oneOf('ghost_spec_binding', 'dormant_spec_binding'),
    reason: filled,
  }),
};
