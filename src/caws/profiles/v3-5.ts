import * as part from './schema-parts.js';

/** CAWS 3.5 to 8 (2025-10): the budget moved into the policy, so `change_budget` (and `threats`) are unknown keys. */
export const v35Schema = part.closed(part.REQUIRED, {
  id: part.matching('^(PROJ|FEAT|FIX|ARCH)-\\d{4}$'),
  title: { type: 'string', minLength: 10, maxLength: 200 },
  risk_tier: part.tier,
  mode: part.oneOf(...part.MODES),
  waiver_ids: part.waiverIds,
  blast_radius: part.closed(['modules'], { modules: part.texts, data_migration: part.flag }),
  operational_rollback_slo: part.text,
  scope: part.open(['in', 'out'], { in: part.some(part.text), out: part.texts }),
  invariants: part.some(part.text),
  acceptance: part.some(part.criterion),
  non_functional: part.nonFunctional,
  contracts: part.some(
    part.open(['type', 'path'], {
      type: part.oneOf('openapi', 'graphql', 'proto', 'pact'),
      path: part.text,
    }),
  ),
  observability: part.observability,
  migrations: part.texts,
  rollback: part.texts,
  experiment_mode: part.flag,
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
