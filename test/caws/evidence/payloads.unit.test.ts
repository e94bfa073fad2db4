import { expect } from 'chai';
import { EVENT_TYPES, specIdClassOf, validateEventBody } from '../../../src/caws/index.js';

const SHA = 'a'.repeat(40);
const HASH = `sha256:${'a'.repeat(64)}`;

/** For each type with a payload of its own: the least it takes, and everything it takes. */
const PAYLOADS: Readonly<Record<string, readonly [least: object, all: object]>> = {
  spec_created: [{ title: 't', risk_tier: 1, mode: 'fix', lifecycle_state: 'draft' }, {}],
  spec_validated: [
    { passed: true, error_count: 0, warning_count: 0 },
    { compliance_score: 1, grade: 'F', rules_violated: [''] },
  ],
  spec_activated: [{ previous_lifecycle_state: 'draft', lifecycle_state: 'active' }, {}],
  spec_deactivated: [
    { previous_lifecycle_state: 'active' },
    { reason: 'r', cleared_terminal_fields: ['resolution', 'closure_notes', 'superseded_by'] },
  ],
  spec_closed: [
    { resolution: 'superseded' },
    {
      supersedes: 'FEAT-1',
      superseded_by: 'FEAT-2',
      merge_commit: 'abcdef0',
      closure_notes: '',
      successors: [
        { target_spec_id: 'FEAT-3', disposition: 'absorbed', rationale: '', absorbed_by: 'FEAT-4' },
      ],
      prior_worktree: '',
    },
  ],
  spec_reopened: [{ previous_lifecycle_state: 'closed' }, { reason: 'r' }],
  spec_archived: [{ from_path: 'a', to_path: 'b' }, { superseded_path: 'c' }],
  spec_archive_pruned: [{ from_path: 'a', action: 'removed', blob_sha: SHA }, { from_commit_sha: SHA }],
  spec_retired: [
    { from_path: 'a', blob_sha: SHA },
    { source_commit_sha: SHA, reason: '' },
  ],
  spec_restored: [
    { source_event: 'spec_retired', from_path: 'a', restored_path: 'b', restored_lifecycle_state: 'active' },
    { blob_sha: SHA },
  ],
  spec_scope_amended: [
    { resulting_scope_in: ['src'] },
    {
      added_in: [],
      removed_in: [],
      added_out: [],
      removed_out: [],
      added_support: [],
      removed_support: [],
      resulting_scope_out: [],
      resulting_scope_support: [],
      reason: 'r',
    },
  ],
  spec_body_amended: [
    { resulting_modules: ['m'], resulting_invariants: ['i'] },
    {
      added_modules: [],
      removed_modules: [],
      added_invariants: [],
      removed_invariants: [],
      discharged_scaffold_fields: ['invariants'],
      previous_lifecycle_state: 'closed',
    },
  ],
  spec_binding_cleared: [
    { spec_id: 'FEAT-1', cleared_worktree_name: 'w', h_class: 'ghost_spec_binding', reason: 'r' },
    {},
  ],
  worktree_created: [{ name: 'w', branch: 'b', base_branch: 'main', path: '/w' }, { owner_session_id: 's' }],
  worktree_bound: [{ worktree_name: 'w' }, { previously_bound_to: 'FEAT-1' }],
  worktree_merged: [
    { worktree_name: 'w', merge_commit: 'abcdef0', base_branch: 'main' },
    { auto_closed_spec: true, spec_already_closed: false },
  ],
  worktree_destroyed: [
    { worktree_name: 'w', branch: 'b', path: '/w' },
    { spec_id: 'FEAT-1', owner_session_id: 's', removed_git_worktree: true },
  ],
  worktree_pruned: [{ worktree_name: 'w', h_class: 'ghost_registry', reason: 'r' }, { spec_id: 'FEAT-1' }],
  worktree_untracked: [
    { worktree_name: 'w', reason: 'r', path: '/w', cleared_spec_binding: false },
    { spec_id: 'FEAT-1', owner_session_id: 's' },
  ],
  worktree_ownership_seized: [
    { worktree_name: 'w', prior_owner_session_id: 's', new_owner_session_id: 't', reason: 'r' },
    { prior_owner_platform: '' },
  ],
  claim_taken_over: [
    { worktree_name: 'w', prior_owner: { session_id: 's', last_seen: null }, new_owner: { session_id: 't' } },
    { reason: '' },
  ],
  evidence_recorded: [
    { kind: 'narrative', summary: 's' },
    { artifact_path: '', commit_sha: 'abcdef0', attested_by: '' },
  ],
  ac_recorded: [
    { criterion_id: 'A1', status: 'pass', evidence_ref: 'r' },
    { test_nodeid: '', command: '', exit_code: 0, artifact_path: '', commit_sha: 'abcdef0' },
  ],
  test_recorded: [
    { command: 'npm test', exit_code: -1 },
    { nodeids: ['n'], passed: 0, failed: 0, skipped: 0, duration_ms: 0, log_path: '' },
  ],
  gate_evaluated: [
    { gate_id: 'god_object', mode: 'skip', result: 'skipped' },
    {
      violations: [{ rule: 'r', subject: 's', details: '' }],
      metrics: { any: 1 },
      duration_ms: 0,
      waived_count: 0,
      waiver_ids: ['W-1'],
    },
  ],
  waiver_applied: [
    { waiver_id: 'WV-0001', gates: ['budget_limit'] },
    {
      delta: { max_files: 0, max_loc: 0 },
      expires_at: '2026-01-01T00:00:00Z',
      approvers: [{ name: 'n', role: '' }],
      reason_code: 'r',
    },
  ],
  doctor_completed: [
    { passed: true, checks_run: 0, drift_count: 0 },
    { checks: [{ check_id: 'c', result: 'drift', subject_count: 0, summary: '' }] },
  ],
  chain_rotated: [
    {
      prior_tail_hash: null,
      prior_file_path: 'p',
      prior_file_digest: HASH,
      prior_line_count: 0,
      prior_chain_status: 'empty',
      actor_shape_stats: { v10_string_actor: 0, v11_object_actor: 0, unparseable: 0 },
      migration_reason: 'r',
    },
    { prior_seq: 1 },
  ],
};

const isValid = (event: string, data: unknown): boolean =>
  validateEventBody({
    event,
    ts: '2026-06-13T12:00:00Z',
    actor: { kind: 'system', id: 'x' },
    data,
    ...(specIdClassOf(event) === 'required' ? { spec_id: 'FEAT-1' } : {}),
  }).ok;

/** A value that no field takes in place of `value`. */
const spoiled = (value: unknown): unknown =>
  typeof value === 'object' && value !== null ? 7 : { spoiled: true };

describe('events: payloads', () => {
  for (const [type, [least, all]] of Object.entries(PAYLOADS)) {
    it(`${type}: takes the least and everything, and nothing else`, () => {
      expect(isValid(type, least), 'least').to.equal(true);
      const full = { ...least, ...all };
      expect(isValid(type, full), 'all').to.equal(true);
      expect(isValid(type, { ...full, more: 1 }), 'an unknown key').to.equal(false);
      for (const key of Object.keys(least)) {
        const { [key as never]: _, ...rest } = full;
        expect(isValid(type, rest), `without ${key}`).to.equal(false);
      }
      for (const [key, value] of Object.entries(full)) {
        expect(isValid(type, { ...full, [key]: spoiled(value) }), `${key} of another type`).to.equal(false);
      }
    });
  }

  it('the second form of archived and pruned specs', () => {
    expect(isValid('spec_archived', { from_path: 'a', blob_sha: SHA, source_commit_sha: SHA })).to.equal(
      true,
    );
    expect(isValid('spec_archived', { from_path: 'a', blob_sha: SHA, to_path: 'b' })).to.equal(false);
    expect(isValid('spec_archive_pruned', { from_path: 'a', action: 'quarantined', to_path: 'b' })).to.equal(
      true,
    );
    expect(isValid('spec_archive_pruned', { from_path: 'a', action: 'removed', to_path: 'b' })).to.equal(
      false,
    );
  });

  it('types without a payload of their own take any mapping', () => {
    const free = EVENT_TYPES.filter((type) => !(type in PAYLOADS));
    expect(free).to.have.members([
      'spec_updated',
      'spec_deleted',
      'spec_drift_detected',
      'waiver_revoked',
      'session_started',
      'session_ended',
      'commit_made',
      'branch_switched',
    ]);
    for (const type of free) {
      expect(isValid(type, { any: [1] }), type).to.equal(true);
      expect(isValid(type, []), type).to.equal(false);
    }
  });

  for (const [type, wrong] of [
    ['spec_created', { lifecycle_state: 'closed' }],
    ['spec_created', { risk_tier: 4 }],
    ['spec_created', { title: '' }],
    ['spec_validated', { compliance_score: 1.1 }],
    ['spec_validated', { error_count: -1 }],
    ['spec_activated', { previous_lifecycle_state: 'closed' }],
    ['spec_closed', { merge_commit: 'xyz' }],
    ['spec_closed', { successors: [{ target_spec_id: 'FEAT-3', disposition: 'maybe' }] }],
    ['spec_retired', { blob_sha: 'abcdef0' }],
    ['spec_scope_amended', { resulting_scope_in: [] }],
    ['spec_deactivated', { cleared_terminal_fields: ['resolution', 'resolution'] }],
    ['worktree_created', { name: 'a b' }],
    ['worktree_bound', { previously_bound_to: 'x' }],
    ['gate_evaluated', { gate_id: 'coverage' }],
    ['gate_evaluated', { waiver_ids: [] }],
    ['gate_evaluated', { waiver_ids: ['a', 'a'] }],
    ['waiver_applied', { waiver_id: 'WV-1' }],
    ['waiver_applied', { gates: [] }],
    ['waiver_applied', { delta: { max_files: -1 } }],
    ['waiver_applied', { expires_at: '2026-01-01' }],
    ['waiver_applied', { approvers: [] }],
    ['ac_recorded', { criterion_id: 'B1' }],
    ['test_recorded', { duration_ms: -1 }],
    ['chain_rotated', { prior_seq: 0 }],
    ['chain_rotated', { prior_chain_status: 'verified' }],
    ['chain_rotated', { prior_file_digest: 'sha256:x' }],
    ['claim_taken_over', { new_owner: { session_id: '' } }],
    ['claim_taken_over', { prior_owner: { session_id: 's', last_seen: 'yesterday' } }],
  ] as const) {
    it(`${type}: refuses ${JSON.stringify(wrong)}`, () => {
      const [least, all] = PAYLOADS[type] ?? [{}, {}];
      expect(isValid(type, { ...least, ...all, ...wrong })).to.equal(false);
    });
  }

  const GRADES = ['A', 'B', 'C', 'D', 'F'];
  const GATES = ['budget_limit', 'spec_completeness', 'scope_boundary', 'god_object', 'todo_detection'];
  const STATES = ['draft', 'active', 'closed'];
  const words: readonly (readonly [type: string, words: readonly string[], (word: string) => object])[] = [
    ['spec_created', ['feature', 'refactor', 'fix', 'doc', 'chore'], (mode) => ({ mode })],
    ['spec_validated', GRADES, (grade) => ({ grade })],
    ['spec_closed', ['completed', 'superseded', 'abandoned'], (resolution) => ({ resolution })],
    [
      'spec_closed',
      ['required', 'declined', 'absorbed'],
      (disposition) => ({ successors: [{ target_spec_id: 'FEAT-3', disposition }] }),
    ],
    ['spec_body_amended', STATES, (state) => ({ previous_lifecycle_state: state })],
    [
      'spec_body_amended',
      ['blast_radius.modules', 'invariants'],
      (field) => ({ discharged_scaffold_fields: [field] }),
    ],
    ['evidence_recorded', ['narrative', 'artifact', 'manual'], (kind) => ({ kind })],
    ['ac_recorded', ['pass', 'fail', 'unchecked', 'waived'], (status) => ({ status })],
    ['gate_evaluated', GATES, (gate_id) => ({ gate_id })],
    ['gate_evaluated', ['block', 'warn', 'skip'], (mode) => ({ mode })],
    ['gate_evaluated', ['pass', 'fail', 'skipped'], (result) => ({ result })],
    ['doctor_completed', ['ok', 'drift', 'skip'], (result) => ({ checks: [{ check_id: 'c', result }] })],
  ];
  for (const [type, all, field] of words) {
    it(`${type}: takes ${all.join(', ')}, and no other word`, () => {
      const [least] = PAYLOADS[type] ?? [{}];
      for (const word of all) expect(isValid(type, { ...least, ...field(word) }), word).to.equal(true);
      for (const word of ['', 'other']) expect(isValid(type, { ...least, ...field(word) })).to.equal(false);
    });
  }

  // A pattern that is not bound at both ends would take a text with anything around it.
  for (const [type, key, good] of [
    ['spec_closed', 'merge_commit', 'abcdef0'],
    ['spec_retired', 'blob_sha', SHA],
    ['worktree_bound', 'worktree_name', 'w-1_b'],
    ['spec_binding_cleared', 'cleared_worktree_name', 'w'],
    ['worktree_merged', 'merge_commit', SHA],
    ['evidence_recorded', 'commit_sha', 'abcdef0'],
    ['ac_recorded', 'criterion_id', 'A12'],
    ['waiver_applied', 'waiver_id', 'WV-0001'],
    ['chain_rotated', 'prior_file_digest', HASH],
  ] as const) {
    it(`${type}: ${key} is matched as a whole`, () => {
      const [least] = PAYLOADS[type] ?? [{}];
      expect(isValid(type, { ...least, [key]: good })).to.equal(true);
      for (const bad of [`+${good}`, `${good}+`, `${good} ${good}`])
        expect(isValid(type, { ...least, [key]: bad }), bad).to.equal(false);
    });
  }

  it('a hash of a commit has 7 to 40 digits', () => {
    const merged = (merge_commit: string): boolean =>
      isValid('spec_closed', { resolution: 'completed', merge_commit });
    expect([6, 7, 40, 41].map((length) => merged('a'.repeat(length)))).to.deep.equal([
      false,
      true,
      true,
      false,
    ]);
  });

  it('an amended body keeps its modules and its invariants, and says a discharged field once', () => {
    const [least] = PAYLOADS.spec_body_amended ?? [{}];
    for (const wrong of [
      { resulting_modules: [] },
      { resulting_invariants: [] },
      { discharged_scaffold_fields: ['invariants', 'invariants'] },
    ])
      expect(isValid('spec_body_amended', { ...least, ...wrong })).to.equal(false);
  });

  it('who takes a claim over may say the platform', () => {
    const [least] = PAYLOADS.claim_taken_over ?? [{}];
    const owner = (more: object): boolean =>
      isValid('claim_taken_over', { ...least, new_owner: { session_id: 't', ...more } });
    expect([owner({ platform: 'p' }), owner({ platform: 7 }), owner({ host: 'h' })]).to.deep.equal([
      true,
      false,
      false,
    ]);
  });
});
