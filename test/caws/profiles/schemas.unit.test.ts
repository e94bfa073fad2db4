import { expect } from 'chai';
import { dump } from 'js-yaml';
import { examineSpec } from '../../../src/caws/index.js';
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
const BUDGET = { change_budget: { max_files: 1, max_loc: 1 } };
const SPEC_V1 = {
  ...BASE,
  lifecycle_state: 'active',
  non_functional: {},
  contracts: [{ name: 'a', type: 'api' }],
};
const GOOD: Readonly<Record<ProfileName, object>> = {
  v1: { ...BASE, ...BUDGET },
  'v3.5': BASE,
  v9: BASE,
  v10: BASE,
  'v10.2-code': BASE,
  v11: SPEC_V1,
  v12: SPEC_V1,
  lenient: BASE,
};

const without = (spec: object, key: string): object =>
  Object.fromEntries(Object.entries(spec).filter(([name]) => name !== key));
const rules = (spec: object, profile: ProfileName): string[] =>
  examineSpec(dump(spec), profile)
    .diagnostics.filter(({ severity }) => severity === 'error')
    .map(({ rule }) => rule);

type Case = readonly [what: string, profile: ProfileName, change: object, valid: boolean];
const CASES: readonly Case[] = [
  ['threats are texts', 'v1', { threats: ['t'] }, true],
  ['threats as objects', 'v1', { threats: [{ a: 'b' }] }, false],
  ['a tier as text', 'v1', { risk_tier: '3' }, false],
  ['a title of 7', 'v1', { title: '1234567' }, false],
  ['a title of 300', 'v1', { title: 'x'.repeat(300) }, true],
  ['an SLO in days', 'v1', { operational_rollback_slo: '1d' }, false],
  ['an unknown key', 'v1', { purpose: 'p' }, false],
  ['an unknown key of scope', 'v1', { scope: { in: ['a'], out: [], more: 1 } }, true],
  ['no data_migration', 'v1', { blast_radius: { modules: [] } }, false],
  ['no contract', 'v1', { contracts: [] }, false],
  ['a contract of another type', 'v1', { contracts: [{ type: 'internal', path: 'p' }] }, false],
  ['an unknown perf key', 'v1', { non_functional: { perf: { fps: 60 } } }, false],
  ['another prefix', 'v3.5', { id: 'ABC-1234' }, false],
  ['a tier as text', 'v3.5', { risk_tier: '2' }, true],
  ['a tier as T2', 'v3.5', { risk_tier: 'T2' }, false],
  ['its own budget', 'v3.5', BUDGET, false],
  ['threats', 'v3.5', { threats: [] }, false],
  ['waivers', 'v3.5', { waiver_ids: ['WV-0001'] }, true],
  ['a malformed waiver id', 'v3.5', { waiver_ids: ['WV-1'] }, false],
  [
    'an override of another kind',
    'v3.5',
    { human_override: { approved_by: 'a', reason: 'r', waived_requirements: ['x'] } },
    false,
  ],
  ['experiment_mode', 'v3.5', { experiment_mode: true }, true],
  ['a status', 'v3.5', { status: 'draft' }, false],
  ['a status', 'v9', { status: 'in_progress' }, true],
  ['mode development', 'v9', { mode: 'development' }, true],
  ['an empty acceptance and no contract', 'v9', { acceptance: [], contracts: [] }, true],
  ['an id of two segments', 'v9', { id: 'A-B-001' }, false],
  ['type doc', 'v9', { type: 'doc' }, false],
  ['criteria', 'v9', { acceptance_criteria: [{ id: 'x', description: 'd', completed: true }] }, true],
  ['criteria with steps', 'v9', { acceptance_criteria: [{ id: 'x', given: 'g' }] }, false],
  ['experimental_mode without an end', 'v9', { experimental_mode: { enabled: true, rationale: 'r' } }, false],
  ['an unknown key', 'v9', { purpose: 'p' }, false],
  ['type doc', 'v10', { type: 'doc' }, true],
  ['an unknown key anywhere', 'v10', { purpose: 'p', scope: { in: ['a'], more: 1 } }, true],
  ['its own budget', 'v10', BUDGET, false],
  ['an empty acceptance', 'v10', { acceptance: [] }, false],
  [
    'another id of a criterion',
    'v10',
    { acceptance: [{ id: 'SEC-1', given: 'g', when: 'w', then: 't' }] },
    true,
  ],
  ['no accessibility', 'v10', { non_functional: { perf: {}, security: [] } }, false],
  ['an id with a suffix', 'v10', { id: 'A-B-01a' }, true],
  ['a contract of another type', 'v10.2-code', { contracts: [{ type: 'internal' }] }, true],
  ['its own budget', 'v10.2-code', BUDGET, true],
  ['an unknown key', 'v10.2-code', { purpose: 1 }, true],
  ['an empty title', 'v10.2-code', { title: '' }, false],
  ['tier T3', 'v10.2-code', { risk_tier: 't3' }, true],
  ['tier 4', 'v10.2-code', { risk_tier: 4 }, false],
  [
    'tier T1 without rollback',
    'v10.2-code',
    { risk_tier: 'T1', observability: {}, non_functional: { security: ['s'] } },
    false,
  ],
  [
    'tier 1 with all it needs',
    'v10.2-code',
    { risk_tier: 1, observability: {}, rollback: ['r'], non_functional: { security: ['s'] } },
    true,
  ],
  ['tier 2, chore, no contract', 'v10.2-code', { risk_tier: 2, mode: 'chore', contracts: [] }, false],
  ['tier 3, no contract', 'v10.2-code', { contracts: [] }, true],
  ['an empty scope.in', 'v10.2-code', { scope: { in: [] } }, false],
  ['a glob in scope.out', 'v10.2-code', { scope: { in: ['a'], out: ['*.pyc'] } }, false],
  ['rollback as a text', 'v10.2-code', { rollback: 'undo' }, false],
  ['a malformed waiver id', 'v10.2-code', { waiver_ids: ['W-1'] }, false],
  [
    'an experiment at tier 2',
    'v10.2-code',
    { risk_tier: 2, experimental_mode: { enabled: true, rationale: 'r', expires_at: 'x' } },
    false,
  ],
  ['evidence', 'v11', { evidence: [] }, false],
  ['successors', 'v11', { successors: [] }, true],
  ['its own budget', 'v11', BUDGET, false],
  ['evidence', 'v12', { evidence: [] }, true],
  ['a session that made it', 'v12', { created_by_session: 's' }, false],
  ['tier T2', 'lenient', { risk_tier: 'T2' }, true],
  [
    'a budget, threats, a status of old',
    'lenient',
    { ...BUDGET, threats: ['t'], status: 'in_progress' },
    true,
  ],
  ['no scope', 'lenient', { scope: {} }, false],
];

describe('R-320: what each generation of CAWS accepts', () => {
  for (const [profile, spec] of Object.entries(GOOD) as [ProfileName, object][]) {
    it(`${profile}: a document of the time is valid; one without a required field is not`, () => {
      expect(rules(spec, profile)).to.deep.equal([]);
      const optional =
        profile === 'lenient' ? ['contracts', 'non_functional', 'operational_rollback_slo'] : [];
      if (profile === 'v11' || profile === 'v12') optional.push('operational_rollback_slo');
      for (const key of Object.keys(spec)) {
        expect(rules(without(spec, key), profile).length > 0, key).to.equal(!optional.includes(key));
      }
    });
  }

  for (const [what, profile, change, valid] of CASES) {
    it(`${profile}: ${what} is ${valid ? 'valid' : 'refused'}`, () => {
      const found = rules({ ...GOOD[profile], ...change }, profile);
      expect(found.length === 0, found.join()).to.equal(valid);
    });
  }

  it('v10.2-code: acceptance_criteria stands in for acceptance that is missing', () => {
    const spec = { ...without(BASE, 'acceptance'), acceptance_criteria: [{ id: 'A1' }] };
    expect(rules(spec, 'v10.2-code')).to.deep.equal([]);
    expect(rules(without(spec, 'acceptance_criteria'), 'v10.2-code')).to.deep.equal([
      'spec.v10_2.field_required',
    ]);
  });

  it('v11: what came on the way is noted, not refused', () => {
    const { valid, diagnostics } = examineSpec(
      dump({ ...SPEC_V1, scope: { in: ['a'], support: ['b'] }, successors: [] }),
      'v11',
    );
    expect(valid).to.equal(true);
    expect(diagnostics.map(({ severity }) => severity)).to.deep.equal(['info', 'info']);
  });
});
