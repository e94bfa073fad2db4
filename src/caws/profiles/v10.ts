import * as part from './schema-parts.js';

const filledCriterion = part.open(['id', 'given', 'when', 'then'], {
  id: part.filled,
  given: part.filled,
  when: part.filled,
  then: part.filled,
});

/** CAWS 10, final (2026-04): open at every level, only `change_budget` is shut out. */
export const v10Schema = {
  ...part.open(part.REQUIRED, {
    id: part.matching('^[A-Z][A-Z0-9]*(-[A-Z0-9]+)*-\\d+[a-z]*$'),
    title: { type: 'string', minLength: 10, maxLength: 200 },
    type: part.oneOf('feature', 'fix', 'refactor', 'chore', 'doc', 'docs'),
    status: part.oneOf('draft', 'active', 'in_progress', 'completed', 'closed', 'archived'),
    created_at: part.text,
    updated_at: part.text,
    worktree: part.text,
    risk_tier: part.tier,
    mode: part.oneOf(...part.MODES, 'docs', 'development'),
    waiver_ids: part.waiverIds,
    blast_radius: part.open(['modules', 'data_migration'], {
      modules: part.texts,
      data_migration: part.flag,
    }),
    operational_rollback_slo: part.filled,
    scope: part.open(['in'], { in: part.some(part.text), out: part.texts }),
    invariants: part.some(part.text),
    acceptance: part.some(filledCriterion),
    non_functional: part.open(['a11y', 'perf', 'security'], {
      a11y: part.texts,
      perf: { type: 'object' },
      security: part.texts,
    }),
    contracts: part.many(
      part.open(['type', 'path'], {
        type: part.oneOf('openapi', 'graphql', 'proto', 'pact', 'project_setup'),
        path: part.text,
        description: part.text,
        version: part.text,
      }),
    ),
    observability: { type: 'object' },
    migrations: part.texts,
    rollback: part.texts,
    experimental_mode: part.experimentalMode,
    timeboxed_hours: part.positive,
    human_override: part.open(['approved_by', 'reason'], {
      approved_by: part.text,
      reason: part.text,
      waived_requirements: part.texts,
      expiry_date: part.text,
    }),
    ai_assessment: part.aiAssessment,
  }),
  not: { type: 'object', required: ['change_budget'], properties: { change_budget: {} } },
};
