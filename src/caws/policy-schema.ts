/** The shape of a CAWS policy (`policy.v1`) as JSON Schema 2020-12, closed at every level but `thresholds`. */
const text = { type: 'string' } as const;
const texts = { type: 'array', items: text } as const;
const flag = { type: 'boolean' } as const;
const whole = (minimum: number, maximum?: number) => ({
  type: 'integer',
  minimum,
  ...(maximum === undefined ? {} : { maximum }),
});
const closed = (required: string[], properties: Record<string, object>) => ({
  type: 'object',
  additionalProperties: false,
  required,
  properties,
});
const tier = closed(['max_files', 'max_loc'], { max_files: whole(0), max_loc: whole(0), description: text });
const gate = closed(['enabled', 'mode'], {
  enabled: flag,
  mode: { type: 'string', enum: ['block', 'warn', 'skip'] },
  description: text,
  thresholds: { type: 'object' },
});

export const policySchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  ...closed(['version', 'risk_tiers', 'gates'], {
    version: { type: 'integer', const: 1 },
    risk_tiers: closed(['1', '2', '3'], { '1': tier, '2': tier, '3': tier }),
    gates: closed(['budget_limit', 'spec_completeness', 'scope_boundary'], {
      budget_limit: gate,
      spec_completeness: gate,
      scope_boundary: gate,
      god_object: gate,
      todo_detection: gate,
    }),
    waivers: closed([], {
      min_approvers_for_budget_raise: whole(1),
      max_active_waivers_per_gate: whole(0),
      default_expiry_days: whole(1),
    }),
    non_governed_zones: texts,
    non_governed_zones_force: flag,
    root_passthrough: { type: 'array', items: { type: 'string', pattern: '^[^/]*$' } },
    edit_rules: closed([], {
      policy_and_code_same_pr: flag,
      require_signed_commits: flag,
      require_dual_control_for_governance: flag,
    }),
    agents: closed([], { last_modified_paths_ttl_seconds: whole(60, 86_400) }),
  }),
  // A zone as wide as the repository would switch the scope off; it takes a second key to say that this is meant.
  if: {
    type: 'object',
    required: ['non_governed_zones_force'],
    properties: { non_governed_zones_force: { const: true } },
  },
  else: {
    type: 'object',
    properties: {
      non_governed_zones: {
        type: 'array',
        items: { not: { enum: ['**', '*', '**/*', '.', './', './**', '/**'] } },
      },
    },
  },
};
