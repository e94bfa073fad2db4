import { KINDS } from './kinds.js';

/** Bounds of what a repository may ask of the machine that judges it. */
export const GATE_LIMITS = {
  gates: 32,
  timeoutSeconds: 3600,
  memoryMb: 16_384,
  keys: 16,
} as const;

const closed = (required: readonly string[], properties: Readonly<Record<string, object>>) => ({
  type: 'object',
  additionalProperties: false,
  required,
  properties,
});
const tierList = {
  type: 'array',
  minItems: 1,
  uniqueItems: true,
  items: { type: 'integer', minimum: 1, maximum: 3 },
};
const text = (maxLength: number) => ({ type: 'string', minLength: 1, maxLength });
/** A path below the root: no `..`, not absolute, nothing hidden behind a backslash or control character. */
const path = {
  ...text(500),
  pattern: '^(?!/)(?!.*(^|/)\\.\\.?(/|$))(?!.*//)[^\\\\\\u0000-\\u001f\\u007f]*[^/]$',
};
const globs = { type: 'array', maxItems: 100, items: text(500) };
/** A program and its arguments. Never one string: no shell reads it. */
const argv = { type: 'array', minItems: 1, maxItems: 200, items: { type: 'string', maxLength: 8192 } };
const amount = { type: 'number', minimum: 0 };
const byTier = { ...closed([], { '1': amount, '2': amount, '3': amount }), minProperties: 1 };
const severity = { type: 'string', enum: ['must', 'should'] };

const evidence = closed(['kind', 'format'], {
  kind: { type: 'string', enum: KINDS },
  format: text(32),
  path,
  severity,
  thresholds: {
    type: 'object',
    maxProperties: 16,
    additionalProperties: { anyOf: [amount, byTier] },
  },
  /** Coverage: changed files that match must be in the report. */
  sources: globs,
  /** Findings: all of them, or those on added lines. */
  findings: { type: 'string', enum: ['all', 'added-lines'] },
  /** Tests: the report in which acceptance criteria are looked for. */
  acceptance: { type: 'boolean' },
});

const gate = closed(['evidence'], {
  title: text(200),
  tiers: tierList,
  paths: globs,
  setup: { type: 'array', maxItems: 10, items: argv },
  command: argv,
  exit_codes: {
    type: 'array',
    minItems: 1,
    maxItems: 16,
    items: { type: 'integer', minimum: 0, maximum: 255 },
  },
  environment: {
    type: 'object',
    maxProperties: 50,
    propertyNames: { type: 'string', pattern: '^[A-Za-z_][A-Za-z0-9_]*$', maxLength: 100 },
    additionalProperties: { type: 'string', maxLength: 4096 },
  },
  network: { type: 'boolean' },
  timeout_seconds: { type: 'integer', minimum: 1, maximum: GATE_LIMITS.timeoutSeconds },
  memory_mb: { type: 'integer', minimum: 16, maximum: GATE_LIMITS.memoryMb },
  from_base: globs,
  evidence: { type: 'array', minItems: 1, maxItems: 8, items: evidence },
});

const kindList = { type: 'array', uniqueItems: true, items: { type: 'string', enum: KINDS } };

/** `.caws/arbiter.yaml`, as JSON Schema 2020-12, closed at every level. */
export const gatesSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: 'https://arbiter.invalid/schemas/gates.v1.json',
  title: 'Gates of a repository',
  ...closed(['version', 'gates'], {
    version: { type: 'integer', const: 1 },
    required: closed([], { '1': kindList, '2': kindList, '3': kindList }),
    trusted_keys: {
      type: 'object',
      maxProperties: GATE_LIMITS.keys,
      propertyNames: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._-]*$', maxLength: 64 },
      additionalProperties: text(2000),
    },
    /** How long a rejection that waivers could cure waits for them. */
    waivers: closed([], { wait_seconds: { type: 'integer', minimum: 0, maximum: 604_800 } }),
    /** Whether specs must keep the rules that CAWS leaves unchecked as well (`arbiter.rules`). */
    opt_in_rules: { type: 'boolean' },
    /** Whether a run that reports more than its budget loses its lease. */
    budget: closed([], { revoke_over: { type: 'boolean' } }),
    gates: {
      type: 'object',
      maxProperties: GATE_LIMITS.gates,
      propertyNames: { type: 'string', pattern: '^[a-z0-9][a-z0-9-]*$', maxLength: 40 },
      additionalProperties: gate,
    },
  }),
};
