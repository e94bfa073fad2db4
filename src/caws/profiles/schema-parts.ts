/** Pieces that the schemas of the earlier generations share (CAWS 1.0 to 10; the fields are those of the published schemas). */
export const text = { type: 'string' } as const;
export const filled = { type: 'string', minLength: 1 } as const;
export const flag = { type: 'boolean' } as const;
export const texts = { type: 'array', items: text } as const;
export const positive = { type: 'integer', minimum: 1 } as const;

export const oneOf = (...values: string[]) => ({ type: 'string', enum: values });
export const some = (items: object) => ({ type: 'array', minItems: 1, items });
export const many = (items: object) => ({ type: 'array', items });
export const matching = (pattern: string) => ({ type: 'string', pattern });

/** Unknown keys are errors. */
export const closed = (required: string[], properties: Record<string, object>) => ({
  ...open(required, properties),
  additionalProperties: false,
});

/** Unknown keys pass. */
export const open = (required: string[], properties: Record<string, object>) => ({
  type: 'object',
  required,
  properties,
});

/** The modes of every generation, and of the first one all. */
export const MODES = ['refactor', 'feature', 'fix', 'doc', 'chore'];

/** The eleven fields that every generation until 10 requires. */
export const REQUIRED = [
  'id',
  'title',
  'risk_tier',
  'mode',
  'blast_radius',
  'operational_rollback_slo',
  'scope',
  'invariants',
  'acceptance',
  'non_functional',
  'contracts',
];

export const criterion = open(['id', 'given', 'when', 'then'], {
  id: matching('^A\\d+$'),
  given: text,
  when: text,
  then: text,
});

export const nonFunctional = closed([], {
  a11y: texts,
  perf: closed([], { api_p95_ms: positive, lcp_ms: positive }),
  security: texts,
});

export const observability = open([], { logs: texts, metrics: texts, traces: texts });

/** Since the policy split a tier may be written as a number or as text. */
export const tier = { enum: [1, 2, 3, '1', '2', '3'] };
export const waiverIds = many(matching('^WV-\\d{4}$'));
export const aiAssessment = open([], {
  confidence_level: { type: 'integer', minimum: 1, maximum: 10 },
  uncertainty_areas: texts,
  recommended_pairing: flag,
});
export const experimentalMode = open(['enabled', 'rationale', 'expires_at'], {
  enabled: flag,
  rationale: text,
  expires_at: text,
});
