import type { ProfileName } from './names.js';

export interface Detection {
  /** The format the document was written in; null where nothing in it says so. */
  readonly profile: Exclude<ProfileName, 'v10.2-code' | 'lenient'> | null;
  /** What in the document says so, the strongest first. */
  readonly reasons: readonly string[];
}

type Fields = Readonly<Record<string, unknown>>;
type Format = Exclude<Detection['profile'], null>;

/** The day on which v12 came out: a spec.v1 made before it is one of CAWS 11. */
const V12_SINCE = '2026-08-07';

/**
 * Tells the generation of a spec by its content alone, never by its path: an old `working-spec.yaml` has `acceptance` and `mode`
 * as v11 has, and is not one. Only v11 and v12 have `lifecycle_state`; before them, what a closed schema of the time would have
 * refused decides.
 */
export function detect(document: unknown): Detection {
  if (typeof document !== 'object' || document === null || Array.isArray(document))
    return none('it is not a mapping');
  const spec = document as Fields;
  if (has(spec, 'lifecycle_state')) return specV1(spec);
  const v9 = present(spec, V9_ON);
  if (v9.length > 0 || ['development', 'docs'].includes(String(spec['mode']))) return v9OrV10(spec, v9);
  const split = present(spec, SPLIT_ON);
  // A working spec with its own budget carries the assessment of its agent from 3.5 on, but not the other way round.
  const first = present(spec, ['change_budget', 'threats']);
  const before = 'it has no lifecycle_state, which every v11 and v12 spec has';
  if (first.length > 0) return { profile: 'v1', reasons: [...first.map((key) => FIRST[key] ?? key), before] };
  if (split.length > 0) return { profile: 'v3.5', reasons: [...split.map((k) => `it has ${k}`), before] };
  const common = present(spec, COMMON);
  if (common.length < 4)
    return none(`it has ${common.length} of the ${COMMON.length} fields of a working spec`);
  return { profile: 'v3.5', reasons: ['it has neither a budget of its own nor a status', before] };
}

/** Fields that came with v9; a v3.5 schema refuses each. */
const V9_ON = [
  'status',
  'acceptance_criteria',
  'type',
  'experimental_mode',
  'created_at',
  'updated_at',
  'worktree',
];
/** Fields of the policy split (3.5) that v1 refuses. */
const SPLIT_ON = ['waiver_ids', 'experiment_mode', 'timeboxed_hours', 'human_override', 'ai_assessment'];
const COMMON = [
  'id',
  'title',
  'risk_tier',
  'mode',
  'blast_radius',
  'scope',
  'invariants',
  'acceptance',
  'non_functional',
  'contracts',
];
const FIRST: Readonly<Record<string, string>> = {
  change_budget: 'it carries its own change_budget, which moved into the policy with v3.5',
  threats: 'it has threats, which v3.5 to v9 refuse',
};

function specV1(spec: Fields): Detection {
  const reasons = ['it has lifecycle_state, which only spec.v1 (v11, v12) has'];
  if (has(spec, 'evidence'))
    return { profile: 'v12', reasons: ['it has evidence, which came with v12', ...reasons] };
  const made = spec['created_at'];
  if (typeof made === 'string' && /^\d{4}-\d{2}-\d{2}/.test(made) && made.slice(0, 10) < V12_SINCE) {
    return { profile: 'v11', reasons: [...reasons, `it was created on ${made.slice(0, 10)}, before v12`] };
  }
  return { profile: 'v12', reasons: [...reasons, 'nothing in it tells v11 from v12'] };
}

function v9OrV10(spec: Fields, markers: readonly string[]): Detection {
  const reasons = [
    markers.length > 0
      ? `it has ${markers.join(', ')}, which came with v9`
      : `mode ${String(spec['mode'])} came with v9`,
    'it has no lifecycle_state, which every v11 and v12 spec has',
  ];
  const is = (profile: Format, why: string): Detection => ({ profile, reasons: [...reasons, why] });
  const { id, blast_radius: radius, non_functional: quality } = spec;
  if (typeof id === 'string' && !/^[A-Z]{2,6}-\d{3,4}$/.test(id) && /^[A-Z][A-Z0-9-]*-\d+[a-z]*$/.test(id))
    return is('v10', `v9 refuses the id ${id.slice(0, 80)}`);
  if (Array.isArray(spec['acceptance']) && spec['acceptance'].length === 0)
    return is('v9', 'acceptance is empty, which v10 refuses');
  if (!hasAll(radius, ['modules', 'data_migration']))
    return is('v9', 'v10 requires blast_radius.data_migration');
  if (!hasAll(quality, ['a11y', 'perf', 'security'])) return is('v9', 'v10 requires a11y, perf and security');
  const unknown = Object.keys(spec).find((key) => !V9_KEYS.has(key));
  if (unknown !== undefined) return is('v10', `v9 refuses the key ${unknown.slice(0, 80)}`);
  return is('v10', 'v9 and v10 both fit; v10 is the later');
}

const V9_KEYS: ReadonlySet<string> = new Set([
  ...COMMON,
  ...V9_ON,
  ...SPLIT_ON.filter((key) => key !== 'experiment_mode'),
  'operational_rollback_slo',
  'observability',
  'migrations',
  'rollback',
]);

const none = (why: string): Detection => ({ profile: null, reasons: [why] });
const has = (spec: Fields, key: string): boolean => Object.hasOwn(spec, key);
const present = (spec: Fields, keys: readonly string[]): string[] => keys.filter((key) => has(spec, key));
const hasAll = (value: unknown, keys: readonly string[]): boolean =>
  typeof value === 'object' && value !== null && keys.every((key) => Object.hasOwn(value, key));
