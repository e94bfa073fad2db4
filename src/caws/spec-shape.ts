import type { ErrorObject } from 'ajv/dist/2020.js';
import type { Diagnostic } from './diagnostic.js';
import { errorAt } from './diagnostic.js';
import { compileShape, placeOf, propertyOf, wordingOf } from './shape.js';
import type { Wording } from './shape.js';
import { specSchema } from './spec-schema.js';

const validate = compileShape(specSchema);

/** Keys that earlier CAWS generations had, at any depth, and where their meaning went. */
const FORBIDDEN: Readonly<Record<string, { readonly rule: string; readonly repair: string }>> = {
  change_budget: {
    rule: 'change_budget',
    repair: 'Remove `change_budget`: the budget comes from the policy and the tier.',
  },
  acceptance_criteria: {
    rule: 'acceptance_criteria',
    repair: 'Rename `acceptance_criteria` to `acceptance`.',
  },
  status: { rule: 'status', repair: 'Use `lifecycle_state` of the spec; elsewhere remove `status`.' },
  include: { rule: 'scope_include', repair: 'Rename `include` to `in`.' },
  exclude: { rule: 'scope_exclude', repair: 'Rename `exclude` to `out`.' },
};

/** The shape layer (`spec.schema.*`): every violation of the schema, each under the narrowest rule id it has. */
export function validateSpecShape(value: unknown): Diagnostic[] {
  if (validate(value)) return [];
  return (validate.errors ?? []).map(diagnose);
}

/** One schema violation under the narrowest rule id of CAWS; other profiles speak with the same ids. */
export function diagnose(error: ErrorObject): Diagnostic {
  const named = byKey(error) ?? byPlace(error);
  const { message, repair } = { ...wordingOf(error), ...named };
  return errorAt(named?.rule ?? 'spec.schema.violation', message, placeOf(error), repair);
}

type Named = { readonly rule: string } & Partial<Wording>;

function byKey(error: ErrorObject): Named | null {
  if (error.keyword !== 'additionalProperties') return null;
  const key = propertyOf(error);
  const known = Object.hasOwn(FORBIDDEN, key) ? FORBIDDEN[key] : undefined;
  if (known === undefined) return null;
  return {
    rule: `spec.schema.forbidden_field.${known.rule}`,
    message: `\`${key}\` is not part of a v12 spec`,
    repair: known.repair,
  };
}

function byPlace(error: ErrorObject): Named | null {
  const at = error.instancePath;
  switch (error.keyword) {
    case 'enum':
      if (at === '/mode') return { rule: 'spec.schema.mode.development_removed' };
      if (at === '/risk_tier') return { rule: 'spec.schema.risk_tier.out_of_range' };
      return null;
    case 'type':
      return at === '/risk_tier'
        ? {
            rule: 'spec.schema.risk_tier.type_rejected',
            repair: 'Write the number 1, 2 or 3 without quotes.',
          }
        : null;
    case 'minItems':
      return at === '/scope/in'
        ? {
            rule: 'spec.schema.scope.in_empty',
            repair: 'Name at least one path or glob that the work may change.',
          }
        : null;
    case 'pattern':
      if (at === '/id')
        return { rule: 'spec.schema.id.pattern_violation', repair: 'Write an id such as FEAT-12.' };
      if (!at.startsWith('/scope/out/')) return null;
      return {
        rule: 'spec.schema.scope.out_glob_forbidden',
        message: `${at} is a glob; scope.out takes plain path prefixes`,
        repair: 'Name the folder or file itself, without `*` and `?`.',
      };
    default:
      return null;
  }
}
