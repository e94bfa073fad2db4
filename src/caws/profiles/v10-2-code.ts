import type { Diagnostic } from '../diagnostic.js';
import { errorAt, warningAt } from '../diagnostic.js';
import { REQUIRED } from './schema-parts.js';

type Fields = Readonly<Record<string, unknown>>;
const SPEC_ID = /^[A-Z][A-Z0-9]*(-[A-Z0-9]+)*-\d+[a-z]*$/;

/**
 * What the validator of CAWS 10.2 (`caws validate`, the most used one) refuses: it looks for presence and a few values, its
 * schema only warned. Its leniency is kept on purpose: what it let pass, passes here. Ids are ours; it had none.
 */
export function checkV102Code(value: unknown): Diagnostic[] {
  const given = value as Fields;
  // The alias counts only where `acceptance` is missing altogether.
  const spec: Fields = given['acceptance'] ? given : { ...given, acceptance: given['acceptance_criteria'] };
  return [
    ...required(spec),
    ...identity(spec),
    ...scopeRules(spec),
    ...tierRules(spec),
    ...rollbackRules(spec),
    ...waiverRules(spec),
    ...experimentalRules(spec),
  ];
}

const found = (rule: string, message: string, pointer: string, repair: string): Diagnostic =>
  errorAt(`spec.v10_2.${rule}`, message, { pointer }, repair);

function required(spec: Fields): Diagnostic[] {
  return REQUIRED.filter((field) => !spec[field]).map((field) =>
    errorAt(
      'spec.v10_2.field_required',
      `the document lacks \`${field}\`, or it is empty`,
      { pointer: '/', key: field },
      `Add \`${field}\`.`,
    ),
  );
}

function identity(spec: Fields): Diagnostic[] {
  const { id } = spec;
  const bad = Boolean(id) && !SPEC_ID.test(plain(id));
  const tier = tierOf(spec);
  return [
    ...(bad
      ? [
          found(
            'id_pattern',
            `the id is not of the form PREFIX-NUMBER`,
            '/id',
            'Write an id such as FEAT-12.',
          ),
        ]
      : []),
    ...(tier < 1 || tier > 3
      ? [found('risk_tier_range', 'the tier must be 1, 2 or 3', '/risk_tier', 'Write 1, 2 or 3.')]
      : []),
    ...(Boolean(spec['risk_tier']) && Number.isNaN(tier)
      ? [
          warningAt(
            'spec.v10_2.risk_tier_unreadable',
            'the tier is not a number; CAWS 10.2 lets this pass and applies the rules of no tier',
            { pointer: '/risk_tier' },
            'Write 1, 2 or 3.',
          ),
        ]
      : []),
  ];
}

/** `T1` … `T3` in any case are read as numbers; NaN for what is no number at all. */
function tierOf(spec: Fields): number {
  const tier = spec['risk_tier'];
  if (typeof tier === 'number' || typeof tier === 'boolean') return Number(tier);
  if (typeof tier !== 'string') return Number.NaN;
  return Number(/^T?(\d)$/i.exec(tier)?.[1] ?? tier);
}

function scopeRules(spec: Fields): Diagnostic[] {
  const scope = spec['scope'];
  const { in: inside, out } = (typeof scope === 'object' && scope !== null ? scope : {}) as Fields;
  const rules: Diagnostic[] = [];
  if (!inside || (Array.isArray(inside) && inside.length === 0)) {
    rules.push(
      found('scope_in_empty', 'scope.in must not be empty', '/scope/in', 'Name what the work may change.'),
    );
  }
  if (!Array.isArray(out)) return rules;
  const bad = out.some((entry) => (typeof entry === 'string' ? /[*?]/.test(entry) : !Array.isArray(entry)));
  if (bad) {
    const repair = 'Name the folder or file itself, without `*` and `?`.';
    rules.push(found('scope_out_glob', 'scope.out takes plain paths, no globs', '/scope/out', repair));
  }
  return rules;
}

function tierRules(spec: Fields): Diagnostic[] {
  const tier = tierOf(spec);
  const rules: Diagnostic[] = [];
  const need = (what: string, value: unknown, pointer: string): void => {
    if (!isEmpty(value)) return;
    rules.push(found(`tier_${what}_required`, `a tier ${tier} spec needs ${what}`, pointer, `Add ${what}.`));
  };
  if (tier === 1 || tier === 2) need('contracts', spec['contracts'], '/contracts');
  if (tier !== 1) return rules;
  // Presence is all it asks of observability: an empty list passes.
  if (!spec['observability']) need('observability', undefined, '/observability');
  need('rollback', spec['rollback'], '/rollback');
  const quality = spec['non_functional'];
  const security =
    typeof quality === 'object' && quality !== null ? (quality as Fields)['security'] : undefined;
  need('security', security, '/non_functional/security');
  return rules;
}

function rollbackRules(spec: Fields): Diagnostic[] {
  const { rollback } = spec;
  if (rollback === undefined) return [];
  if (Array.isArray(rollback) && rollback.every((step) => typeof step === 'string')) return [];
  const repair = 'Write `rollback` as a list of steps, one text each.';
  return [found('rollback_type', 'rollback must be a list of texts', '/rollback', repair)];
}

function waiverRules(spec: Fields): Diagnostic[] {
  const ids = spec['waiver_ids'];
  if (!ids) return [];
  const bad = Array.isArray(ids) ? ids.findIndex((id) => !/^WV-\d{4}$/.test(plain(id))) : 0;
  if (bad === -1) return [];
  return [
    found('waiver_id', 'a waiver id is WV- and four digits', '/waiver_ids', 'Write ids such as WV-0001.'),
  ];
}

function experimentalRules(spec: Fields): Diagnostic[] {
  const mode = spec['experimental_mode'];
  if (!mode) return [];
  const pointer = '/experimental_mode';
  const repair = 'Write `enabled`, `rationale` and `expires_at`, or remove `experimental_mode`.';
  const fields = ['enabled', 'rationale', 'expires_at'];
  if (typeof mode !== 'object' || !fields.every((field) => Object.hasOwn(mode, field)))
    return [found('experimental_mode_fields', 'experimental_mode lacks one of its fields', pointer, repair)];
  if (!(mode as Fields)['enabled'] || !(tierOf(spec) < 3)) return [];
  const message = 'experimental_mode is for tier 3 only';
  return [found('experimental_mode_tier', message, pointer, 'Remove it, or make the work tier 3.')];
}

const isEmpty = (value: unknown): boolean => !value || (Array.isArray(value) && value.length === 0);

const plain = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '';
