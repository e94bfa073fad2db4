import * as part from './schema-parts.js';

/** CAWS 9 (2026-03): one file a feature under `.caws/specs`, with a type and a status; still closed at the top. */
export const v9Schema = part.closed(part.REQUIRED, {
  id: part.matching('^[A-Z]{2,6}-\\d{3,4}$'),
  title: { type: 'string', minLength: 10, maxLength: 200 },
  type: part.oneOf('feature', 'fix', 'refactor', 'chore', 'docs'),
  status: part.oneOf('draft', 'active', 'in_progress', 'completed', 'closed', 'archived'),
  created_at: part.text,
  updated_at: part.text,
  worktree: part.text,
  risk_tier: part.tier,
  mode: part.oneOf(...part.MODES, 'docs', 'development'),
  waiver_ids: part.waiverIds,
  blast_radius: part.closed(['modules'], { modules: part.texts, data_migration: part.flag }),
  operational_rollback_slo: part.text,
  scope: part.open(['in', 'out'], { in: part.some(part.text), out: part.texts }),
  invariants: part.some(part.text),
  acceptance: part.many(part.criterion),
  acceptance_criteria: part.many(
    part.closed(['id'], {
      id: part.text,
      description: part.text,
      completed: part.flag,
      test: {},
      evidence: {},
      test_command: part.text,
      test_nodeids: part.texts,
    }),
  ),
  non_functional: part.nonFunctional,
  contracts: part.many(
    part.open(['type', 'path'], {
      type: part.oneOf('openapi', 'graphql', 'proto', 'pact', 'project_setup'),
      path: part.text,
      description: part.text,
      version: part.text,
    }),
  ),
  observability: part.observability,
  migrations: part.texts,
  rollback: part.texts,
  experimental_mode: part.experimentalMode,
  timeboxed_hours: part.positive,
  human_override: part.open(['approved_by', 'reason'], {
    approved_by: part.text,
    reason: part.text,
    waived_requirements: part.many(
      part.oneOf('mutation_testing', 'contract_tests', 'coverage', 'manual_review'),
    ),
    expiry_date: { type: 'string', format: 'date-time' },
  }),
  ai_assessment: part.aiAssessment,
});
