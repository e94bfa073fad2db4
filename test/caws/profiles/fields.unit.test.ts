import { expect } from 'chai';
import { dump } from 'js-yaml';
import { examineSpec } from '../../../src/caws/index.js';
import type { ProfileName } from '../../../src/caws/index.js';

type Generation = Extract<ProfileName, 'v1' | 'v3.5' | 'v9' | 'v10'>;
type Path = readonly (string | number)[];

const NEVER_WRONG = { logs: ['l'], metrics: ['m'], traces: ['t'] };
const EXPERIMENT = { enabled: true, rationale: 'r', expires_at: '2026-01-01' };
const OVERRIDE = {
  approved_by: 'ana',
  reason: 'r',
  waived_requirements: ['coverage'],
  expiry_date: '2026-01-01T00:00:00Z',
};
const ASSESSMENT = { confidence_level: 7, uncertainty_areas: ['u'], recommended_pairing: true };

/** A document of the first generation with every field it knew. */
const FIRST = {
  id: 'FEAT-1234',
  title: 'A title of some length',
  risk_tier: 3,
  mode: 'feature',
  change_budget: { max_files: 1, max_loc: 1 },
  blast_radius: { modules: ['a'], data_migration: false },
  operational_rollback_slo: '5m',
  threats: ['t'],
  scope: { in: ['src/'], out: ['docs'] },
  invariants: ['i'],
  acceptance: [{ id: 'A1', given: 'g', when: 'w', then: 't' }],
  non_functional: { a11y: ['a'], perf: { api_p95_ms: 5, lcp_ms: 5 }, security: ['s'] },
  contracts: [{ type: 'openapi', path: 'a.yaml' }],
  observability: NEVER_WRONG,
  migrations: ['m'],
  rollback: ['r'],
};
const { change_budget: _budget, threats: _threats, ...split } = FIRST;
const NINTH = {
  ...split,
  type: 'feature',
  status: 'draft',
  created_at: 'c',
  updated_at: 'u',
  worktree: 'w',
  waiver_ids: ['WV-0001'],
  acceptance_criteria: [
    { id: 'x', description: 'd', completed: true, test_command: 'npm test', test_nodeids: ['n'] },
  ],
  contracts: [{ type: 'openapi', path: 'a.yaml', description: 'd', version: '1' }],
  experimental_mode: EXPERIMENT,
  timeboxed_hours: 1,
  human_override: OVERRIDE,
  ai_assessment: ASSESSMENT,
};
const { acceptance_criteria: _criteria, ...tenth } = NINTH;
const FULL: Readonly<Record<Generation, object>> = {
  v1: FIRST,
  'v3.5': {
    ...split,
    waiver_ids: ['WV-0001'],
    experiment_mode: true,
    timeboxed_hours: 1,
    human_override: OVERRIDE,
    ai_assessment: ASSESSMENT,
  },
  v9: NINTH,
  v10: tenth,
};

/** What a generation takes with anything inside. */
const OPEN: Readonly<Record<Generation, readonly string[]>> = {
  v1: [],
  'v3.5': [],
  v9: [],
  v10: ['non_functional/perf/', 'observability/'],
};

const valid = (spec: object, generation: Generation): boolean => examineSpec(dump(spec), generation).valid;

function places(at: unknown, path: Path = []): Path[] {
  if (typeof at !== 'object' || at === null) return [path];
  const inner = Object.entries(at).flatMap(([key, child]) => places(child, [...path, key]));
  return path.length === 0 ? inner : [path, ...inner];
}

/** A copy with another value at a place. */
function withValue(spec: object, path: Path, to: unknown): object {
  const copy = structuredClone(spec);
  const holder = path
    .slice(0, -1)
    .reduce<unknown>((at, step) => (at as Record<string | number, unknown>)[step], copy);
  (holder as Record<string | number, unknown>)[path.at(-1) ?? ''] = to;
  return copy;
}

const spoiled = (at: unknown): unknown => (typeof at === 'object' && at !== null ? 7 : { spoiled: true });
const valueAt = (spec: object, path: Path): unknown =>
  path.reduce<unknown>((at, step) => (at as Record<string | number, unknown>)[step], spec);

const GENERATIONS = Object.entries(FULL) as [Generation, object][];

describe('R-320: the fields of each generation of CAWS', () => {
  for (const [generation, full] of GENERATIONS) {
    it(`${generation}: a document with every field it knows is valid`, () => {
      expect(examineSpec(dump(full), generation).diagnostics).to.deep.equal([]);
    });

    it(`${generation}: no field, at any depth, takes a value of another type`, () => {
      for (const path of places(full)) {
        const name = path.join('/');
        if (OPEN[generation].some((free) => name.startsWith(free))) continue;
        expect(valid(withValue(full, path, spoiled(valueAt(full, path))), generation), name).to.equal(false);
      }
    });
  }

  type Words = readonly [
    path: string,
    generations: readonly Generation[],
    words: readonly (string | number)[],
  ];
  const MODES = ['refactor', 'feature', 'fix', 'doc', 'chore'];
  const STATUSES = ['draft', 'active', 'in_progress', 'completed', 'closed', 'archived'];
  const TIERS = [1, 2, 3, '1', '2', '3'];
  const CONTRACTS = ['openapi', 'graphql', 'proto', 'pact'];
  const WORDS: readonly Words[] = [
    ['mode', ['v1', 'v3.5'], MODES],
    ['mode', ['v9', 'v10'], [...MODES, 'docs', 'development']],
    ['type', ['v9'], ['feature', 'fix', 'refactor', 'chore', 'docs']],
    ['type', ['v10'], ['feature', 'fix', 'refactor', 'chore', 'doc', 'docs']],
    ['status', ['v9', 'v10'], STATUSES],
    ['risk_tier', ['v1'], [1, 2, 3]],
    ['risk_tier', ['v3.5', 'v9', 'v10'], TIERS],
    ['contracts/0/type', ['v1', 'v3.5'], CONTRACTS],
    ['contracts/0/type', ['v9', 'v10'], [...CONTRACTS, 'project_setup']],
    [
      'human_override/waived_requirements/0',
      ['v3.5', 'v9'],
      ['mutation_testing', 'contract_tests', 'coverage', 'manual_review'],
    ],
  ];
  for (const [path, generations, words] of WORDS) {
    for (const generation of generations) {
      it(`${generation}: ${path} is one of ${words.join(', ')}`, () => {
        const full = FULL[generation];
        const check = (word: unknown): boolean => valid(withValue(full, path.split('/'), word), generation);
        for (const word of words) expect(check(word), String(word)).to.equal(true);
        for (const word of ['', 'other', 0, 4]) expect(check(word), `"${word}"`).to.equal(false);
      });
    }
  }

  type Bounds = readonly [
    path: string,
    generations: readonly Generation[],
    good: readonly unknown[],
    bad: readonly unknown[],
  ];
  const letters = (count: number): string => 'x'.repeat(count);
  const BOUNDS: readonly Bounds[] = [
    ['id', ['v1'], ['A-1', 'FEAT-12345'], ['feat-1', 'xFEAT-1', 'FEAT-1x', 'FEAT1', 'FEAT-', '-1']],
    [
      'id',
      ['v3.5'],
      ['PROJ-0001', 'FEAT-0001', 'FIX-0001', 'ARCH-0001'],
      ['FEAT-001', 'FEAT-00001', 'xFEAT-0001', 'DOC-0001'],
    ],
    ['id', ['v9'], ['AB-123', 'ABCDEF-1234'], ['A-123', 'ABCDEFG-123', 'AB-12', 'AB-12345', 'ab-123']],
    ['id', ['v10'], ['A-1', 'A1-B2-3c', 'FEAT-12ab'], ['a-1', '1A-1', 'A-', 'A-1-', 'A-1C', 'A--1']],
    ['title', ['v1'], [letters(8)], [letters(7)]],
    ['title', ['v3.5', 'v9', 'v10'], [letters(10), letters(200)], [letters(9), letters(201)]],
    [
      'operational_rollback_slo',
      ['v1'],
      ['5m', '10m', '1h', '12h'],
      ['5', 'm', 'x5m', '5mx', 'x1h', '1hx', '1d'],
    ],
    ['operational_rollback_slo', ['v10'], ['x'], ['']],
    ['acceptance/0/id', ['v1', 'v3.5', 'v9'], ['A1', 'A12'], ['A', 'B1', 'xA1', 'A1x']],
    ['waiver_ids/0', ['v3.5', 'v9', 'v10'], ['WV-1234'], ['WV-123', 'WV-12345', 'xWV-1234', 'WV-123x']],
    ['ai_assessment/confidence_level', ['v3.5', 'v9', 'v10'], [1, 10], [0, 11, 1.5]],
    ['timeboxed_hours', ['v3.5', 'v9', 'v10'], [1], [0, 0.5]],
    ['change_budget/max_files', ['v1'], [1], [0, 1.5]],
    ['non_functional/perf/lcp_ms', ['v1', 'v3.5', 'v9'], [1], [0]],
    ['scope/in', ['v1', 'v3.5', 'v9', 'v10'], [['a']], [[]]],
    ['invariants', ['v1', 'v3.5', 'v9', 'v10'], [['a']], [[]]],
    ['acceptance', ['v1', 'v3.5', 'v10'], [], [[]]],
    ['contracts', ['v1', 'v3.5'], [], [[]]],
    ['contracts', ['v9', 'v10'], [[]], []],
    ['human_override/expiry_date', ['v3.5', 'v9'], ['2026-01-01T00:00:00Z'], ['2026-01-01']],
    ['human_override/expiry_date', ['v10'], ['2026-01-01'], []],
    ['human_override/waived_requirements/0', ['v10'], ['anything'], []],
  ];
  for (const [path, generations, good, bad] of BOUNDS) {
    for (const generation of generations) {
      it(`${generation}: the bounds of ${path}`, () => {
        const check = (value: unknown): boolean =>
          valid(withValue(FULL[generation], path.split('/'), value), generation);
        for (const value of good) expect(check(value), JSON.stringify(value)).to.equal(true);
        for (const value of bad) expect(check(value), JSON.stringify(value)).to.equal(false);
      });
    }
  }

  type Needs = readonly [
    path: string,
    generations: readonly Generation[],
    required: readonly string[],
    closed: readonly Generation[],
  ];
  const ALL: readonly Generation[] = ['v1', 'v3.5', 'v9', 'v10'];
  const NEEDS: readonly Needs[] = [
    ['change_budget', ['v1'], ['max_files', 'max_loc'], ['v1']],
    ['blast_radius', ALL, ['modules'], ['v1', 'v3.5', 'v9']],
    ['blast_radius', ['v1', 'v10'], ['data_migration'], ['v1']],
    ['scope', ALL, ['in'], []],
    ['scope', ['v1', 'v3.5', 'v9'], ['out'], []],
    ['acceptance/0', ALL, ['id', 'given', 'when', 'then'], []],
    ['acceptance_criteria/0', ['v9'], ['id'], ['v9']],
    ['non_functional', ['v1', 'v3.5', 'v9'], [], ['v1', 'v3.5', 'v9']],
    ['non_functional', ['v10'], ['a11y', 'perf', 'security'], []],
    ['non_functional/perf', ALL, [], ['v1', 'v3.5', 'v9']],
    ['contracts/0', ALL, ['type', 'path'], []],
    ['observability', ALL, [], []],
    ['human_override', ['v3.5', 'v9', 'v10'], ['approved_by', 'reason'], []],
    ['experimental_mode', ['v9', 'v10'], ['enabled', 'rationale', 'expires_at'], []],
    ['ai_assessment', ['v3.5', 'v9', 'v10'], [], []],
  ];
  for (const [path, generations, required, closed] of NEEDS) {
    for (const generation of generations) {
      it(`${generation}: ${path} needs ${required.join(', ') || 'nothing'}${closed.includes(generation) ? ' and takes no more' : ''}`, () => {
        const steps = path.split('/');
        const whole = valueAt(FULL[generation], steps) as Record<string, unknown>;
        const check = (value: object): boolean =>
          valid(withValue(FULL[generation], steps, value), generation);
        for (const key of required) {
          const { [key]: _gone, ...rest } = whole;
          expect(check(rest), `without ${key}`).to.equal(false);
        }
        if (required.length === 0) expect(check({}), 'empty').to.equal(true);
        expect(check({ ...whole, unheard: 1 }), 'an unknown key').to.equal(!closed.includes(generation));
      });
    }
  }
});
