import { createHash } from 'node:crypto';
import type { ErrorObject } from 'ajv/dist/2020.js';
import { readYaml } from './bounded-yaml.js';
import type { Diagnostic } from './diagnostic.js';
import { bounded, errorAt, hasError, warningAt } from './diagnostic.js';
import type { Policy } from './model.js';
import { policySchema } from './policy-schema.js';
import { compileShape, pointerOf, propertyOf, wordingOf } from './shape.js';

export interface PolicyCheck {
  readonly ok: boolean;
  /** Present if and only if `ok`. */
  readonly policy?: Policy;
  /** Errors, or, when `ok`, warnings. */
  readonly diagnostics: readonly Diagnostic[];
  /** Lower-case hex SHA-256 of the exact UTF-8 bytes of the text. */
  readonly sha256: string;
}

/** What holds where a repository brings no policy of its own: the defaults of `caws init` (v12). */
export const DEFAULT_POLICY: Policy = {
  version: 1,
  risk_tiers: {
    '1': { max_files: 5, max_loc: 200 },
    '2': { max_files: 15, max_loc: 600 },
    '3': { max_files: 30, max_loc: 1500 },
  },
  gates: {
    budget_limit: { enabled: true, mode: 'block' },
    spec_completeness: { enabled: true, mode: 'block' },
    scope_boundary: { enabled: true, mode: 'block' },
  },
};

const RULES = { what: 'policy', yaml: 'policy.yaml', limits: 'arbiter.policy' } as const;
const validate = compileShape(policySchema);

/** Checks a CAWS policy: parse, shape, semantics, each only if the layer before passed. Never throws. */
export function parsePolicy(text: string): PolicyCheck {
  const sha256 = createHash('sha256').update(text, 'utf8').digest('hex');
  const parsed = readYaml(text, RULES);
  if (!parsed.ok) return { ok: false, diagnostics: [parsed.diagnostic], sha256 };
  if (!validate(parsed.value)) {
    const found = (validate.errors ?? []).map(diagnose);
    return { ok: false, diagnostics: bounded(found, 'arbiter.policy.more_violations'), sha256 };
  }
  const policy = parsed.value as Policy;
  const diagnostics = [...tierOrder(policy), ...warnings(policy)];
  return hasError(diagnostics)
    ? { ok: false, diagnostics, sha256 }
    : { ok: true, policy, diagnostics, sha256 };
}

function diagnose(error: ErrorObject): Diagnostic {
  const { message, repair } = wordingOf(error);
  return errorAt(`policy.schema.${ruleOf(error)}`, message, { pointer: pointerOf(error) }, repair);
}

function ruleOf(error: ErrorObject): string {
  const at = error.instancePath;
  switch (error.keyword) {
    case 'additionalProperties':
      if (propertyOf(error) === 'label' && at.startsWith('/risk_tiers/')) return 'tier.label_forbidden';
      if (propertyOf(error) === 'min_approvers_for_budget_raise' && at === '/edit_rules')
        return 'edit_rules.approvers_misplaced';
      return at === '/gates' ? 'gates.unknown' : 'violation';
    case 'required':
      return at === '/gates' ? 'gates.missing_required' : 'violation';
    case 'enum':
      return at.startsWith('/gates/') ? 'gates.unknown_mode' : 'violation';
    case 'not':
      return at.startsWith('/non_governed_zones/') ? 'non_governed_zones.too_broad' : 'violation';
    case 'pattern':
      return at.startsWith('/root_passthrough/') ? 'root_passthrough.contains_slash' : 'violation';
    default:
      return 'violation';
  }
}

function tierOrder(policy: Policy): Diagnostic[] {
  const { '1': one, '2': two, '3': three } = policy.risk_tiers;
  const rule = (what: 'files' | 'loc', key: 'max_files' | 'max_loc'): Diagnostic[] => {
    if (one[key] <= two[key] && two[key] <= three[key]) return [];
    const message = `${key} must not fall from tier 1 to tier 3; found ${one[key]}, ${two[key]}, ${three[key]}`;
    const repair = `Order ${key} so that tier 1 <= tier 2 <= tier 3: the riskiest work has the smallest budget.`;
    return [
      errorAt(
        `policy.semantic.risk_tiers.non_monotonic_${what}`,
        message,
        { pointer: '/risk_tiers' },
        repair,
      ),
    ];
  };
  return [...rule('files', 'max_files'), ...rule('loc', 'max_loc')];
}

/** The gates without which a policy decides nothing. */
export const CRITICAL_GATES = ['budget_limit', 'spec_completeness', 'scope_boundary'] as const;
/** Files at the root that decide how a repository is built, owned and instructed. */
export const RISKY_ROOT_FILES: ReadonlySet<string> = new Set([
  'package.json',
  'package-lock.json',
  'turbo.json',
  'tsconfig.json',
  '.gitignore',
  'CLAUDE.md',
  'CODEOWNERS',
  'eslint.config.js',
  '.npmrc',
  '.nvmrc',
]);

function warnings(policy: Policy): Diagnostic[] {
  const gates = CRITICAL_GATES.filter((name) => policy.gates[name].mode !== 'block').map((name) =>
    warningAt(
      'policy.semantic.gates.critical_not_blocking',
      `${name} is ${policy.gates[name].mode}, not block`,
      { pointer: `/gates/${name}/mode` },
      'Write `mode: block`.',
    ),
  );
  const forced =
    policy.non_governed_zones_force === true
      ? [
          warningAt(
            'policy.semantic.non_governed_zones.force_used',
            'non_governed_zones_force allows zones as wide as the repository',
            { pointer: '/non_governed_zones_force' },
            'Remove the key and name narrower zones.',
          ),
        ]
      : [];
  const risky = (policy.root_passthrough ?? []).flatMap((name, i) =>
    RISKY_ROOT_FILES.has(name)
      ? [
          warningAt(
            'policy.semantic.root_passthrough.risky_file',
            `${name} may be changed by any spec`,
            { pointer: `/root_passthrough/${i}` },
            `Remove ${name}; let the specs that need it name it in scope.in.`,
          ),
        ]
      : [],
  );
  return [...gates, ...forced, ...risky];
}
