import { expect } from 'chai';
import { dump } from 'js-yaml';
import { detect, examineSpec, isProfile, PROFILES } from '../../../src/caws/index.js';
import type { ProfileName } from '../../../src/caws/index.js';

const BASE = {
  id: 'FEAT-1234',
  title: 'A title of some length',
  risk_tier: 3,
  mode: 'feature',
  blast_radius: { modules: ['a'], data_migration: false },
  operational_rollback_slo: '5m',
  scope: { in: ['src/'], out: [] },
  invariants: ['i'],
  acceptance: [{ id: 'A1', given: 'g', when: 'w', then: 't' }],
  non_functional: { a11y: [], perf: { api_p95_ms: 5 }, security: [] },
  contracts: [{ type: 'openapi', path: 'a.yaml' }],
};
const V12 = {
  ...BASE,
  lifecycle_state: 'active',
  non_functional: {},
  contracts: [{ name: 'a', type: 'api' }],
};

/** Each finding as `severity rule pointer: message → repair`. */
const said = (spec: unknown, profile: ProfileName): string[] =>
  examineSpec(typeof spec === 'string' ? spec : dump(spec), profile).diagnostics.map(
    (d) => `${d.severity} ${d.rule} ${d.pointer ?? ''}: ${d.message} → ${d.narrowRepair ?? ''}`,
  );

describe('R-320: what CAWS 10.2 refuses, in our words', () => {
  const error = (rule: string, rest: string): string => `error spec.v10_2.${rule} ${rest}`;
  const TIER_RANGE = error('risk_tier_range', '/risk_tier: the tier must be 1, 2 or 3 → Write 1, 2 or 3.');
  const ID = error(
    'id_pattern',
    '/id: the id is not of the form PREFIX-NUMBER → Write an id such as FEAT-12.',
  );
  const UNREADABLE =
    'warning spec.v10_2.risk_tier_unreadable /risk_tier: the tier is not a number; CAWS 10.2 lets this pass and applies the rules of no tier → Write 1, 2 or 3.';
  const SCOPE_IN = error(
    'scope_in_empty',
    '/scope/in: scope.in must not be empty → Name what the work may change.',
  );
  const SCOPE_OUT = error(
    'scope_out_glob',
    '/scope/out: scope.out takes plain paths, no globs → Name the folder or file itself, without `*` and `?`.',
  );
  const ROLLBACK = error(
    'rollback_type',
    '/rollback: rollback must be a list of texts → Write `rollback` as a list of steps, one text each.',
  );
  const WAIVER = error(
    'waiver_id',
    '/waiver_ids: a waiver id is WV- and four digits → Write ids such as WV-0001.',
  );
  const FIELDS = error(
    'experimental_mode_fields',
    '/experimental_mode: experimental_mode lacks one of its fields → Write `enabled`, `rationale` and `expires_at`, or remove `experimental_mode`.',
  );
  const TIER_THREE = error(
    'experimental_mode_tier',
    '/experimental_mode: experimental_mode is for tier 3 only → Remove it, or make the work tier 3.',
  );
  const lacks = (field: string): string =>
    error('field_required', `/: the document lacks \`${field}\`, or it is empty → Add \`${field}\`.`);
  const tier = (n: number, what: string, pointer = `/${what}`): string =>
    error(`tier_${what}_required`, `${pointer}: a tier ${n} spec needs ${what} → Add ${what}.`);
  const EXPERIMENT = { enabled: true, rationale: 'r', expires_at: 'x' };
  const FIRST = {
    risk_tier: 1,
    observability: [],
    rollback: ['r'],
    non_functional: { security: ['s'] },
  };

  const cases: readonly (readonly [what: string, change: object, expected: readonly string[]])[] = [
    ['nothing is wrong', {}, []],
    ['a field is missing', { title: undefined }, [lacks('title')]],
    ['a field is empty', { mode: '' }, [lacks('mode')]],
    ['no id', { id: undefined }, [lacks('id')]],
    ['an id in lower case', { id: 'feat-1' }, [ID]],
    ['something before the id', { id: 'x FEAT-1' }, [ID]],
    ['something behind the id', { id: 'FEAT-1 x' }, [ID]],
    ['a letter in capitals behind the number', { id: 'FEAT-1X' }, [ID]],
    ['an id of several segments', { id: 'A1-BC-12ab' }, []],
    ['a number as id', { id: 12 }, [ID]],
    ['a list as id', { id: ['FEAT-1'] }, [ID]],
    ['tier 0 in words', { risk_tier: 'T0' }, [TIER_RANGE]],
    ['tier 4 in words', { risk_tier: '4' }, [TIER_RANGE]],
    ['a tier that is true reads as 1', { ...FIRST, risk_tier: true }, []],
    ['a tier in words', { risk_tier: 'high' }, [UNREADABLE]],
    ['a tier in a sentence', { risk_tier: 'at T3' }, [UNREADABLE]],
    ['a tier with more behind it', { risk_tier: 'T3x' }, [UNREADABLE]],
    ['a tier that is a list', { risk_tier: ['3'] }, [UNREADABLE]],
    ['no tier', { risk_tier: undefined }, [lacks('risk_tier')]],
    ['an empty scope', { scope: {} }, [SCOPE_IN]],
    ['an empty list in scope', { scope: { in: [] } }, [SCOPE_IN]],
    ['a text in scope', { scope: { in: 'src' } }, []],
    ['a text as scope', { scope: 'src' }, [SCOPE_IN]],
    ['a glob of scope.out', { scope: { in: ['a'], out: ['b', 'c?'] } }, [SCOPE_OUT]],
    ['a number of scope.out', { scope: { in: ['a'], out: [5] } }, [SCOPE_OUT]],
    ['a list in scope.out', { scope: { in: ['a'], out: [['*']] } }, []],
    ['a text as scope.out', { scope: { in: ['a'], out: '*' } }, []],
    ['tier 2 without contracts', { risk_tier: 2, contracts: [] }, [tier(2, 'contracts')]],
    ['tier 1 with all it needs', FIRST, []],
    [
      'tier 1 with nothing',
      { risk_tier: 1, contracts: [], non_functional: 'fast' },
      [
        tier(1, 'contracts'),
        tier(1, 'observability'),
        tier(1, 'rollback'),
        tier(1, 'security', '/non_functional/security'),
      ],
    ],
    ['tier 1 with an empty rollback', { ...FIRST, rollback: [] }, [tier(1, 'rollback')]],
    ['rollback as a text', { rollback: 'undo' }, [ROLLBACK]],
    ['rollback with a step that is no text', { rollback: ['a', 5] }, [ROLLBACK]],
    ['no waivers', { waiver_ids: [] }, []],
    ['waivers', { waiver_ids: ['WV-0001', 'WV-0002'] }, []],
    ['one waiver of two is none', { waiver_ids: ['WV-0001', 'WV-1'] }, [WAIVER]],
    ['a waiver with more before it', { waiver_ids: ['xWV-0001'] }, [WAIVER]],
    ['a waiver with more behind it', { waiver_ids: ['WV-00011'] }, [WAIVER]],
    ['a text as waivers', { waiver_ids: 'WV-0001' }, [WAIVER]],
    ['an experiment', { experimental_mode: EXPERIMENT }, []],
    ['an experiment at tier 2', { risk_tier: 2, experimental_mode: EXPERIMENT }, [TIER_THREE]],
    ['an experiment that is off', { risk_tier: 2, experimental_mode: { ...EXPERIMENT, enabled: false } }, []],
    ['an experiment as a flag', { experimental_mode: true }, [FIELDS]],
    ...(['enabled', 'rationale', 'expires_at'] as const).map((key) => {
      const { [key]: _gone, ...rest } = EXPERIMENT;
      return [`an experiment without ${key}`, { experimental_mode: rest }, [FIELDS]] as const;
    }),
  ];
  for (const [what, change, expected] of cases) {
    it(`v10.2-code: ${what}`, () => {
      expect(said({ ...BASE, ...change }, 'v10.2-code')).to.deep.equal(expected);
    });
  }

  it('v10.2-code: acceptance_criteria does not stand in for an acceptance that is there', () => {
    expect(said({ ...BASE, acceptance: ['x'], acceptance_criteria: undefined }, 'v10.2-code')).to.deep.equal(
      [],
    );
  });
});

describe('profiles: what else is said', () => {
  it('v10: a budget is refused by its name, like in v12', () => {
    expect(said({ ...BASE, change_budget: { max_files: 1 } }, 'v10')).to.deep.equal([
      'error spec.schema.forbidden_field.change_budget /: `change_budget` is not part of a v10 spec → Remove `change_budget`: the budget comes from the policy and the tier.',
    ]);
  });

  it('v11: what came on the way is noted with its day', () => {
    const spec = { ...V12, scope: { in: ['a'], support: ['b'] }, successors: [] };
    expect(said(spec, 'v11')).to.deep.equal([
      'info arbiter.profile.added_later /scope/support: scope.support came into spec.v1 on 2026-05-31; a CAWS 11 before that refuses it → Remove scope.support for an older CAWS 11.',
      'info arbiter.profile.added_later /successors: successors came into spec.v1 on 2026-07-24; a CAWS 11 before that refuses it → Remove successors for an older CAWS 11.',
    ]);
    expect(said(V12, 'v11')).to.deep.equal([]);
  });

  it('lenient: what has no place is passed over, not kept as a comment', () => {
    expect(said({ ...V12, purpose: 'p' }, 'lenient')).to.deep.equal([
      'warning spec.migrate.unhandled_field_preserved /purpose: v12 has no place for purpose as it is written; passed over → Say it where v12 has a place for it, or leave it out.',
    ]);
    expect(said({ ...V12, lifecycle_state: 'closed', resolution: 'completed' }, 'lenient')).to.deep.equal([]);
  });

  it('a text that cannot be read is invalid under every profile, at its place', () => {
    for (const profile of PROFILES) {
      const { valid, detected, diagnostics, value } = examineSpec('a: 1\na: 2\n', profile);
      expect({ valid, detected, value }).to.deep.equal({
        valid: false,
        detected: { profile: null, reasons: ['it could not be read'] },
        value: undefined,
      });
      expect(diagnostics).to.have.length(1);
      expect(diagnostics[0]).to.include({ rule: 'spec.yaml.parse_failed', line: 2, column: 1 });
    }
  });

  it('the present standard is v12, and rules of the caller are told whether it holds', () => {
    const asked: boolean[] = [];
    const further = (_value: unknown, valid: boolean) => {
      asked.push(valid);
      return valid ? [] : [{ rule: 'own.rule', severity: 'error', message: 'm', pointer: '/id' } as const];
    };
    expect(examineSpec(dump(V12), undefined, further)).to.include({ profile: 'v12', valid: true });
    const { diagnostics } = examineSpec(dump({ ...V12, risk_tier: 4 }), 'v12', further);
    expect(asked).to.deep.equal([true, false]);
    expect(diagnostics.map(({ rule, line }) => `${rule} ${line}`)).to.deep.equal([
      'spec.schema.risk_tier.out_of_range 3',
      'own.rule 1',
    ]);
  });

  it('a profile is one by its name', () => {
    for (const name of PROFILES) expect(isProfile(name), name).to.equal(true);
    for (const name of ['v2', '', 'toString']) expect(isProfile(name), name).to.equal(false);
  });
});

describe('profiles: the reasons of the detection', () => {
  const OLD = 'it has no lifecycle_state, which every v11 and v12 spec has';
  const NEW = 'it has lifecycle_state, which only spec.v1 (v11, v12) has';
  const state = { lifecycle_state: 'active' };
  const NEITHER = 'nothing in it tells v11 from v12';
  const cases: readonly (readonly [change: object, profile: string, ...reasons: string[]])[] = [
    [
      { change_budget: {} },
      'v1',
      'it carries its own change_budget, which moved into the policy with v3.5',
      OLD,
    ],
    [{ threats: [] }, 'v1', 'it has threats, which v3.5 to v9 refuse', OLD],
    ...['waiver_ids', 'experiment_mode', 'timeboxed_hours', 'human_override', 'ai_assessment'].map(
      (key) => [{ [key]: 1 }, 'v3.5', `it has ${key}`, OLD] as const,
    ),
    [{}, 'v3.5', 'it has neither a budget of its own nor a status', OLD],
    ...[
      'status',
      'acceptance_criteria',
      'type',
      'experimental_mode',
      'created_at',
      'updated_at',
      'worktree',
    ].map(
      (key) =>
        [
          { [key]: 'x' },
          'v10',
          `it has ${key}, which came with v9`,
          OLD,
          'v9 and v10 both fit; v10 is the later',
        ] as const,
    ),
    [
      { status: 'x', type: 'y' },
      'v10',
      'it has status, type, which came with v9',
      OLD,
      'v9 and v10 both fit; v10 is the later',
    ],
    ...['development', 'docs'].map(
      (mode) =>
        [{ mode }, 'v10', `mode ${mode} came with v9`, OLD, 'v9 and v10 both fit; v10 is the later'] as const,
    ),
    [
      { status: 'x', id: 'A-B-01' },
      'v10',
      'it has status, which came with v9',
      OLD,
      'v9 refuses the id A-B-01',
    ],
    [
      { status: 'x', id: `A${'B'.repeat(100)}-1` },
      'v10',
      'it has status, which came with v9',
      OLD,
      `v9 refuses the id A${'B'.repeat(79)}`,
    ],
    ...['some id', 'x FEAT-1', 'a-1', 'FEAT-x', 'AB-123', 7].map(
      (id) =>
        [
          { status: 'x', id },
          'v10',
          'it has status, which came with v9',
          OLD,
          'v9 and v10 both fit; v10 is the later',
        ] as const,
    ),
    ...['xFEAT-123', 'FEAT-12345', 'A-1', 'FEAT-12ab'].map(
      (id) =>
        [
          { status: 'x', id },
          'v10',
          'it has status, which came with v9',
          OLD,
          id.startsWith('x') ? 'v9 and v10 both fit; v10 is the later' : `v9 refuses the id ${id}`,
        ] as const,
    ),
    [
      { status: 'x', acceptance: [] },
      'v9',
      'it has status, which came with v9',
      OLD,
      'acceptance is empty, which v10 refuses',
    ],
    ...[{ modules: [] }, null, 'core'].map(
      (blast_radius) =>
        [
          { status: 'x', blast_radius },
          'v9',
          'it has status, which came with v9',
          OLD,
          'v10 requires blast_radius.data_migration',
        ] as const,
    ),
    ...[{ a11y: [], security: [] }, null].map(
      (non_functional) =>
        [
          { status: 'x', non_functional },
          'v9',
          'it has status, which came with v9',
          OLD,
          'v10 requires a11y, perf and security',
        ] as const,
    ),
    [
      { status: 'x', purpose: 'p' },
      'v10',
      'it has status, which came with v9',
      OLD,
      'v9 refuses the key purpose',
    ],
    [
      { status: 'x', experiment_mode: true },
      'v10',
      'it has status, which came with v9',
      OLD,
      'v9 refuses the key experiment_mode',
    ],
    [
      { status: 'x', ['k'.repeat(100)]: 1 },
      'v10',
      'it has status, which came with v9',
      OLD,
      `v9 refuses the key ${'k'.repeat(80)}`,
    ],
    ...[
      'operational_rollback_slo',
      'observability',
      'migrations',
      'rollback',
      'waiver_ids',
      'timeboxed_hours',
      'human_override',
      'ai_assessment',
    ].map(
      (key) =>
        [
          { status: 'x', [key]: 1 },
          'v10',
          'it has status, which came with v9',
          OLD,
          'v9 and v10 both fit; v10 is the later',
        ] as const,
    ),
    [{ ...state, evidence: [] }, 'v12', 'it has evidence, which came with v12', NEW],
    [
      { ...state, created_at: '2026-08-06T23:59:59Z' },
      'v11',
      NEW,
      'it was created on 2026-08-06, before v12',
    ],
    [{ ...state, created_at: '2026-08-07T00:00:00Z' }, 'v12', NEW, NEITHER],
    [{ ...state, created_at: '2026-08-07' }, 'v12', NEW, NEITHER],
    [{ ...state, created_at: 'on 2026-01-01' }, 'v12', NEW, NEITHER],
    [{ ...state, created_at: '2026-01-1' }, 'v12', NEW, NEITHER],
    [{ ...state, created_at: 5 }, 'v12', NEW, NEITHER],
    [state, 'v12', NEW, NEITHER],
  ];
  for (const [change, profile, ...reasons] of cases) {
    it(`${JSON.stringify(change).slice(0, 60)} is ${profile}: ${reasons.at(-1)?.slice(0, 60) ?? ''}`, () => {
      expect(detect({ ...BASE, ...change })).to.deep.equal({ profile, reasons });
    });
  }

  it('what has fewer than four of the fields is no spec, and each field counts', () => {
    for (const document of [null, 5, 'text', []])
      expect(detect(document)).to.deep.equal({ profile: null, reasons: ['it is not a mapping'] });
    const fields = [
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
    for (let i = 0; i < fields.length; i += 1) {
      const some = (count: number): Readonly<Record<string, string>> =>
        Object.fromEntries(
          Array.from({ length: count }, (_, k): [string, string] => [
            fields[(i + k) % fields.length] ?? '',
            'x',
          ]),
        );
      expect(detect(some(3))).to.deep.equal({
        profile: null,
        reasons: ['it has 3 of the 10 fields of a working spec'],
      });
      expect(detect(some(4)).profile).to.equal('v3.5');
    }
  });
});
