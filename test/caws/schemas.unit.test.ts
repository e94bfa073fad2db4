import { expect } from 'chai';
import { dump } from 'js-yaml';
import { parsePolicy, validateSpecShape } from '../../src/caws/index.js';

type Path = readonly (string | number)[];

const MOMENT = '2026-01-01T00:00:00Z';
const SPEC = {
  id: 'FEAT-1',
  title: 't',
  risk_tier: 2,
  mode: 'feature',
  lifecycle_state: 'active',
  resolution: 'completed',
  blockers: [{ reason: 'r', waiting_on: '', since: MOMENT }],
  supersedes: 'FEAT-2',
  superseded_by: 'FEAT-3',
  successors: [{ target_spec_id: 'FEAT-4', disposition: 'absorbed', rationale: 'r', absorbed_by: 'FEAT-5' }],
  worktree: 'w-1_b',
  operational_rollback_slo: '',
  blast_radius: { modules: ['m'], data_migration: false },
  scope: { in: ['src'], out: ['docs'], support: ['test'] },
  invariants: ['i'],
  acceptance: [
    {
      id: 'A1',
      given: 'g',
      when: 'w',
      then: 't',
      test_command: '',
      test_nodeids: [''],
      evidence: '',
      narrative: '',
    },
  ],
  non_functional: { performance: [''], security: [''], accessibility: [''], reliability: [''] },
  contracts: [{ name: 'n', type: 'api', path: '', description: '' }],
  observability: [''],
  rollback: [''],
  experimental_mode: { enabled: true, rationale: 'r', expires_at: MOMENT },
  created_at: MOMENT,
  updated_at: MOMENT,
  owner: '',
  closure_notes: '',
  evidence: [
    {
      criterion_id: 'A1',
      status: 'pass',
      recorded_at: MOMENT,
      evidence_ref: 'r',
      waiver_reason: 'w',
      test_nodeid: '',
      command: '',
      exit_code: 0,
      artifact_path: '',
      commit_sha: 'abcdef0',
    },
  ],
};
const TIER = { max_files: 0, max_loc: 0, description: '' };
const GATE = { enabled: true, mode: 'block', description: '', thresholds: { any: 1 } };
const POLICY = {
  version: 1,
  risk_tiers: { '1': TIER, '2': TIER, '3': TIER },
  gates: {
    budget_limit: GATE,
    spec_completeness: GATE,
    scope_boundary: GATE,
    god_object: GATE,
    todo_detection: GATE,
  },
  waivers: { min_approvers_for_budget_raise: 1, max_active_waivers_per_gate: 0, default_expiry_days: 1 },
  non_governed_zones: ['docs/**'],
  non_governed_zones_force: false,
  root_passthrough: ['README.md'],
  edit_rules: {
    policy_and_code_same_pr: true,
    require_signed_commits: true,
    require_dual_control_for_governance: true,
  },
  agents: { last_modified_paths_ttl_seconds: 60 },
};

const DOCUMENTS = {
  spec: { full: SPEC, isValid: (value: unknown) => validateSpecShape(value).length === 0 },
  policy: {
    full: POLICY,
    isValid: (value: unknown) => parsePolicy(dump(value, { noRefs: true })).ok,
  },
} as const;

function places(at: unknown, path: Path = []): Path[] {
  if (typeof at !== 'object' || at === null) return [path];
  const inner = Object.entries(at).flatMap(([key, child]) => places(child, [...path, key]));
  return path.length === 0 ? inner : [path, ...inner];
}
const valueAt = (document: object, path: Path): unknown =>
  path.reduce<unknown>((at, step) => (at as Record<string | number, unknown>)[step], document);
function withValue(document: object, path: Path, to: unknown): object {
  const copy = structuredClone(document);
  const holder = valueAt(copy, path.slice(0, -1)) as Record<string | number, unknown>;
  if (to === undefined) Reflect.deleteProperty(holder, path.at(-1) ?? '');
  else holder[path.at(-1) ?? ''] = to;
  return copy;
}
const spoiled = (at: unknown): unknown => (typeof at === 'object' && at !== null ? 7 : { spoiled: true });
const steps = (name: string): Path => (name === '' ? [] : name.split('/'));

describe('CAWS v12: every field of a spec and of a policy', () => {
  for (const [what, { full, isValid }] of Object.entries(DOCUMENTS)) {
    it(`${what}: with everything it knows it is valid`, () => {
      expect(isValid(full)).to.equal(true);
    });

    it(`${what}: no field, at any depth, takes a value of another type`, () => {
      for (const path of places(full)) {
        const name = path.join('/');
        if (/thresholds\//.test(name)) continue;
        expect(isValid(withValue(full, path, spoiled(valueAt(full, path)))), name).to.equal(false);
      }
    });

    it(`${what}: no object, at any depth, takes a key that it does not know`, () => {
      for (const path of [[], ...places(full)]) {
        const at = valueAt(full, path);
        const name = path.join('/');
        if (typeof at !== 'object' || at === null || Array.isArray(at)) continue;
        const more = { ...at, unheard: 1 };
        expect(isValid(path.length === 0 ? more : withValue(full, path, more)), name).to.equal(
          name.endsWith('thresholds'),
        );
      }
    });
  }

  const required: readonly (readonly [keyof typeof DOCUMENTS, string, readonly string[]])[] = [
    [
      'spec',
      '',
      [
        'id',
        'title',
        'risk_tier',
        'mode',
        'lifecycle_state',
        'blast_radius',
        'scope',
        'invariants',
        'acceptance',
        'non_functional',
        'contracts',
      ],
    ],
    ['spec', 'blockers/0', ['reason']],
    ['spec', 'successors/0', ['target_spec_id', 'disposition']],
    ['spec', 'blast_radius', ['modules']],
    ['spec', 'scope', ['in']],
    ['spec', 'acceptance/0', ['id', 'given', 'when', 'then']],
    ['spec', 'non_functional', []],
    ['spec', 'contracts/0', ['name', 'type']],
    ['spec', 'experimental_mode', ['enabled', 'rationale', 'expires_at']],
    ['spec', 'evidence/0', ['criterion_id', 'status', 'recorded_at']],
    ['policy', '', ['version', 'risk_tiers', 'gates']],
    ['policy', 'risk_tiers', ['1', '2', '3']],
    ['policy', 'risk_tiers/2', ['max_files', 'max_loc']],
    ['policy', 'gates', ['budget_limit', 'spec_completeness', 'scope_boundary']],
    ['policy', 'gates/budget_limit', ['enabled', 'mode']],
    ['policy', 'waivers', []],
    ['policy', 'edit_rules', []],
    ['policy', 'agents', []],
  ];
  for (const [what, place, keys] of required) {
    it(`${what}: ${place || 'the document'} needs ${keys.join(', ') || 'nothing'}, and all else may be missing`, () => {
      const { full, isValid } = DOCUMENTS[what];
      for (const key of Object.keys(valueAt(full, steps(place)) as object))
        expect(isValid(withValue(full, [...steps(place), key], undefined)), key).to.equal(
          !keys.includes(key),
        );
    });
  }

  type Values = readonly [keyof typeof DOCUMENTS, string, good: readonly unknown[], bad: readonly unknown[]];
  const ID = [
    ['A-1', 'A1-B2-3ab'],
    ['a-1', 'xA-1', 'A-1+', 'A-1A', 'A--1', 'A-x'],
  ] as const;
  const CRITERION = [
    ['A1', 'A12'],
    ['A', 'xA1', 'A1x', 'B1'],
  ] as const;
  const TIME = [['2026-01-01T00:00:00+02:00'], ['2026-01-01', 'now', '']] as const;
  const values: readonly Values[] = [
    ...['id', 'supersedes', 'superseded_by', 'successors/0/target_spec_id', 'successors/0/absorbed_by'].map(
      (place): Values => ['spec', place, ...ID],
    ),
    ...['acceptance/0/id', 'evidence/0/criterion_id'].map((place): Values => ['spec', place, ...CRITERION]),
    ...[
      'created_at',
      'updated_at',
      'blockers/0/since',
      'experimental_mode/expires_at',
      'evidence/0/recorded_at',
    ].map((place): Values => ['spec', place, ...TIME]),
    ...[
      'blockers/0/reason',
      'successors/0/rationale',
      'blast_radius/modules/0',
      'scope/in/0',
      'scope/support/0',
      'invariants/0',
      'acceptance/0/given',
      'acceptance/0/when',
      'acceptance/0/then',
      'contracts/0/name',
      'experimental_mode/rationale',
      'evidence/0/evidence_ref',
      'evidence/0/waiver_reason',
    ].map((place): Values => ['spec', place, ['x', ' '], ['']]),
    ['spec', 'title', ['x', 'x'.repeat(200)], ['', 'x'.repeat(201)]],
    ['spec', 'risk_tier', [1, 2, 3], [0, 4, 1.5, '1']],
    ['spec', 'mode', ['feature', 'refactor', 'fix', 'doc', 'chore'], ['', 'docs']],
    ['spec', 'lifecycle_state', ['draft', 'active', 'closed', 'archived'], ['', 'open']],
    ['spec', 'resolution', ['completed', 'superseded', 'abandoned'], ['', 'done']],
    ['spec', 'successors/0/disposition', ['required', 'declined', 'absorbed'], ['', 'x']],
    ['spec', 'contracts/0/type', ['api', 'schema', 'contract-test', 'behavior'], ['', 'openapi']],
    ['spec', 'evidence/0/status', ['pass', 'fail', 'unchecked', 'waived'], ['', 'ok']],
    [
      'spec',
      'evidence/0/commit_sha',
      ['abcdef0', 'a'.repeat(40)],
      ['abcdef', 'a'.repeat(41), 'xabcdef0', 'abcdef0x', 'ABCDEF0'],
    ],
    ['spec', 'evidence/0/exit_code', [0, -1, 137], [0.5, '0']],
    ['spec', 'worktree', ['a', 'A-1_b'], ['', 'a b', '+a', 'a+']],
    ['spec', 'scope/out/0', ['a/b.c'], ['', '*', 'a*', 'a?b']],
    ['spec', 'scope/in', [['a', 'b']], [[]]],
    ['spec', 'scope/out', [[]], []],
    ['spec', 'scope/support', [[]], []],
    ['spec', 'invariants', [], [[]]],
    ['spec', 'acceptance', [], [[]]],
    ['spec', 'blast_radius/modules', [], [[]]],
    ['spec', 'contracts', [[]], []],
    ['policy', 'version', [1], [0, 2, '1']],
    ['policy', 'risk_tiers/1/max_files', [0, 1], [-1, 0.5]],
    ['policy', 'risk_tiers/3/max_loc', [0, 1], [-1, 0.5]],
    ['policy', 'gates/todo_detection/mode', ['block', 'warn', 'skip'], ['', 'off']],
    ['policy', 'waivers/min_approvers_for_budget_raise', [1], [0, 1.5]],
    ['policy', 'waivers/max_active_waivers_per_gate', [0], [-1]],
    ['policy', 'waivers/default_expiry_days', [1], [0]],
    ['policy', 'agents/last_modified_paths_ttl_seconds', [60, 86_400], [59, 86_401, 60.5]],
    ['policy', 'root_passthrough/0', ['a.b', ''], ['a/b', '/a', 'a/']],
    ['policy', 'non_governed_zones/0', ['docs', '*/a'], ['**', '*', '**/*', '.', './', './**', '/**']],
  ];
  for (const [what, place, good, bad] of values) {
    it(`${what}: ${place} takes what it must and no more`, () => {
      const { full, isValid } = DOCUMENTS[what];
      const check = (value: unknown): boolean => isValid(withValue(full, steps(place), value));
      for (const value of good) expect(check(value), JSON.stringify(value)).to.equal(true);
      for (const value of bad) expect(check(value), JSON.stringify(value)).to.equal(false);
    });
  }

  it('policy: a zone as wide as the repository takes a second key', () => {
    const wide = { ...POLICY, non_governed_zones: ['**'] };
    const { non_governed_zones_force: _force, ...without } = wide;
    expect(DOCUMENTS.policy.isValid(without)).to.equal(false);
    expect(DOCUMENTS.policy.isValid({ ...wide, non_governed_zones_force: true })).to.equal(true);
  });
});
