import * as part from './schema-parts.js';

/** CAWS 1.0 to 3.4 (2025-09): `.caws/working-spec.yaml` with its own budget; closed at the top. */
export const v1Schema = part.closed([...part.REQUIRED, 'change_budget'], {
  id: part.matching('^[A-Z]+-\\d+$'),
  title: { type: 'string', minLength: 8 },
  risk_tier: { type: 'integer', enum: [1, 2, 3] },
  mode: part.oneOf(...part.MODES),
  change_budget: part.closed(['max_files', 'max_loc'], { max_files: part.positive, max_loc: part.positive }),
  blast_radius: part.closed(['modules', 'data_migration'], {
    modules: part.texts,
    data_migration: part.flag,
  }),
  operational_rollback_slo: part.matching('^[0-9]+m$|^[0-9]+h$'),
  threats: part.texts,
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
});
