import { expect } from 'chai';
import { CORE_SCHEMA, load } from 'js-yaml';
import { detect } from '../../../src/caws/index.js';
import { OLDER_SPECS, REAL_SPECS } from '../real-specs.js';
import { itShared } from '../support.js';

const COMMON = {
  id: 'FEAT-1234',
  title: 'A title of some length',
  risk_tier: 2,
  mode: 'feature',
  blast_radius: { modules: ['a'], data_migration: false },
  operational_rollback_slo: '5m',
  scope: { in: ['src/'], out: [] },
  invariants: ['i'],
  acceptance: [{ id: 'A1', given: 'g', when: 'w', then: 't' }],
  non_functional: { a11y: [], perf: {}, security: [] },
  contracts: [{ type: 'openapi', path: 'a.yaml' }],
};

describe('profiles: detection by content', () => {
  const cases: readonly (readonly [string, object, string | null])[] = [
    ['its own budget', { change_budget: { max_files: 1, max_loc: 1 } }, 'v1'],
    ['threats', { threats: [] }, 'v1'],
    ['neither budget nor status', {}, 'v3.5'],
    ['waiver ids', { waiver_ids: ['WV-0001'] }, 'v3.5'],
    ['a status, and an acceptance that is empty', { status: 'draft', acceptance: [] }, 'v9'],
    ['a status, no data_migration', { status: 'draft', blast_radius: { modules: [] } }, 'v9'],
    ['a status, no perf', { status: 'draft', non_functional: { a11y: [], security: [] } }, 'v9'],
    ['an id of several segments and a status', { id: 'A-B-01', status: 'draft' }, 'v10'],
    ['a status and a key v9 does not know', { status: 'active', purpose: 'p' }, 'v10'],
    ['mode development alone', { mode: 'development' }, 'v10'],
    ['a status beside a budget', { status: 'active', change_budget: {} }, 'v10'],
    ['a lifecycle state', { lifecycle_state: 'active' }, 'v12'],
    ['evidence', { lifecycle_state: 'active', evidence: [], created_at: '2026-06-01T00:00:00Z' }, 'v12'],
    [
      'a lifecycle state before v12',
      { lifecycle_state: 'active', created_at: '2026-06-01T00:00:00Z' },
      'v11',
    ],
  ];
  for (const [what, fields, expected] of cases) {
    it(`${what}: ${expected ?? 'nothing'}`, () => {
      const { profile, reasons } = detect({ ...COMMON, ...fields });
      expect(profile).to.equal(expected);
      expect(reasons).to.not.be.empty;
    });
  }

  it('what is no spec is none, with the reason', () => {
    for (const document of [null, 3, 'text', [], {}, { id: 'A-1' }, { name: 'x', version: 1 }]) {
      const { profile, reasons } = detect(document);
      expect(profile).to.equal(null);
      expect(reasons).to.have.length(1);
    }
  });

  itShared('the wrong guess of CAWS’ own migrator: an old working-spec.yaml is not v11', () => {
    const wrong = OLDER_SPECS.filter(({ detected }) => detected === 'v11');
    expect(wrong).to.have.length.greaterThan(15);
    for (const { file, text } of wrong) {
      const { profile, reasons } = detect(load(text, { schema: CORE_SCHEMA }));
      expect(profile, file).to.be.oneOf(['v1', 'v3.5', 'v9', 'v10']);
      expect(reasons.join(' '), file).to.contain('it has no lifecycle_state');
    }
  });

  itShared('every real spec that CAWS 12 accepts is seen as spec.v1', () => {
    for (const { file, text, v12_valid } of REAL_SPECS)
      if (v12_valid)
        expect(detect(load(text, { schema: CORE_SCHEMA })).profile, file).to.be.oneOf(['v11', 'v12']);
  });
});
