/** The shape of a CAWS v12 working spec as JSON Schema 2020-12. Closed at every level: an unknown key is an error. */
const text = { type: 'string' } as const;
const filled = { type: 'string', minLength: 1 } as const;
const moment = { type: 'string', format: 'date-time' } as const;
const texts = { type: 'array', items: text } as const;
const specId = { type: 'string', pattern: '^[A-Z][A-Z0-9]*(-[A-Z0-9]+)*-\\d+[a-z]*$' } as const;
const criterionId = { type: 'string', pattern: '^A\\d+$' } as const;
const oneOf = (...values: string[]) => ({ type: 'string', enum: values });
const some = (items: object) => ({ type: 'array', minItems: 1, items });
const many = (items: object) => ({ type: 'array', items });
const closed = (required: string[], properties: Record<string, object>) => ({
  type: 'object',
  additionalProperties: false,
  required,
  properties,
});

export const specSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  ...closed(
    [
      'id',
      'title',
      'risk_tier',
      'mode',
      'lifecycle_state',
      'blast_radius',
      'scope',
      'invariants',
      'acceptance',
      'non_functional',
      'contracts',
    ],
    {
      id: specId,
      title: { type: 'string', minLength: 1, maxLength: 200 },
      risk_tier: { type: 'integer', enum: [1, 2, 3] },
      mode: oneOf('feature', 'refactor', 'fix', 'doc', 'chore'),
      lifecycle_state: oneOf('draft', 'active', 'closed', 'archived'),
      resolution: oneOf('completed', 'superseded', 'abandoned'),
      blockers: many(closed(['reason'], { reason: filled, waiting_on: text, since: moment })),
      supersedes: specId,
      superseded_by: specId,
      successors: many(
        closed(['target_spec_id', 'disposition'], {
          target_spec_id: specId,
          disposition: oneOf('required', 'declined', 'absorbed'),
          rationale: filled,
          absorbed_by: specId,
        }),
      ),
      worktree: { type: 'string', pattern: '^[a-zA-Z0-9_-]+$' },
      operational_rollback_slo: text,
      blast_radius: closed(['modules'], { modules: some(filled), data_migration: { type: 'boolean' } }),
      scope: closed(['in'], {
        in: some(filled),
        out: many({ type: 'string', minLength: 1, pattern: '^[^*?]*$' }),
        support: many(filled),
      }),
      invariants: some(filled),
      acceptance: some(
        closed(['id', 'given', 'when', 'then'], {
          id: criterionId,
          given: filled,
          when: filled,
          then: filled,
          test_command: text,
          test_nodeids: texts,
          evidence: text,
          narrative: text,
        }),
      ),
      non_functional: closed([], {
        performance: texts,
        security: texts,
        accessibility: texts,
        reliability: texts,
      }),
      contracts: many(
        closed(['name', 'type'], {
          name: filled,
          type: oneOf('api', 'schema', 'contract-test', 'behavior'),
          path: text,
          description: text,
        }),
      ),
      observability: texts,
      rollback: texts,
      experimental_mode: closed(['enabled', 'rationale', 'expires_at'], {
        enabled: { type: 'boolean' },
        rationale: filled,
        expires_at: moment,
      }),
      created_at: moment,
      updated_at: moment,
      owner: text,
      closure_notes: text,
      evidence: many(
        closed(['criterion_id', 'status', 'recorded_at'], {
          criterion_id: criterionId,
          status: oneOf('pass', 'fail', 'unchecked', 'waived'),
          recorded_at: moment,
          evidence_ref: filled,
          waiver_reason: filled,
          test_nodeid: text,
          command: text,
          exit_code: { type: 'integer' },
          artifact_path: text,
          commit_sha: { type: 'string', pattern: '^[0-9a-f]{7,40}$' },
        }),
      ),
    },
  ),
};
