import { expect } from 'chai';
import { CORE_SCHEMA, dump, load as loadYaml } from 'js-yaml';
import { checkSpec, migrateSpec } from '../../../src/caws/index.js';
import type { Migration } from '../../../src/caws/index.js';

const load = (text: string): unknown => loadYaml(text, { schema: CORE_SCHEMA });
const OLDER = {
  id: 'FEAT-12',
  title: 'A title',
  risk_tier: 3,
  mode: 'feature',
  blast_radius: { modules: ['a'] },
  scope: { in: ['src/'] },
  invariants: ['i'],
  acceptance: [{ id: 'A1', given: 'g', when: 'w', then: 't' }],
  non_functional: {},
  contracts: [],
};
const migrate = (change: object): Migration => migrateSpec(dump({ ...OLDER, ...change }));
type Plain = Record<string, Record<string, unknown> & unknown[]>;
const read = (change: object): Plain => {
  const { text, diagnostics } = migrate(change);
  if (text === null) throw new Error(diagnostics.map(({ message }) => message).join('; '));
  expect(checkSpec(text).ok).to.equal(true);
  return load(text) as Plain;
};
const rules = ({ diagnostics }: Migration): string[] => diagnostics.map(({ rule }) => rule);
const missing = (change: object): string[] =>
  migrate(change)
    .diagnostics.filter(({ severity }) => severity === 'error')
    .map(({ rule }) => rule);

describe('migration: what is read how', () => {
  for (const [tier, expected] of [
    ['2', 2],
    ['T2', 2],
    ['t3', 3],
    ['tier 1', 1],
  ] as const) {
    it(`risk_tier ${tier} is ${expected}, and that is said`, () => {
      const contracts = [{ name: 'n', type: 'api' }];
      const first = { observability: ['o'], rollback: ['r'], non_functional: { security: ['s'] }, contracts };
      expect(read({ ...first, risk_tier: tier })['risk_tier']).to.equal(expected);
      const message = migrate({ ...first, risk_tier: tier }).diagnostics.find((d) =>
        d.rule.includes('risk_tier'),
      )?.message;
      expect(message).to.equal(`risk_tier "${tier}" read as ${expected}`);
    });
  }

  it('a tier, an id, a title or a mode that says nothing is not guessed', () => {
    expect(missing({ risk_tier: 'high' })).to.deep.equal(['spec.migrate.risk_tier_unresolvable']);
    expect(missing({ id: 'feat-12' })).to.deep.equal(['spec.migrate.missing_id']);
    expect(missing({ title: '  ' })).to.deep.equal(['spec.migrate.missing_title']);
    expect(missing({ mode: 'development' })).to.deep.equal(['spec.migrate.mode_unresolvable']);
    expect(migrate({ id: 'feat-12' }).diagnostics[0]?.narrowRepair).to.contain('FEAT-12');
  });

  it('mode development is what type says; a mode of v12 stands against type', () => {
    expect(read({ mode: 'development', type: 'fix' })).to.include({ mode: 'fix' });
    expect(read({ mode: 'development', type: 'docs' })).to.include({ mode: 'doc' });
    expect(read({ mode: 'docs' })).to.include({ mode: 'doc' });
    expect(read({ mode: 'chore', type: 'fix' })).to.include({ mode: 'chore' });
    expect(rules(migrate({ mode: 'chore', type: 'fix' }))).to.include('spec.migrate.mode_type_disagreement');
  });

  for (const [status, state, resolution] of [
    ['draft', 'draft', undefined],
    ['in_progress', 'active', undefined],
    ['completed', 'closed', 'completed'],
    ['closed', 'closed', 'completed'],
    ['abandoned', 'closed', 'abandoned'],
    ['superseded', 'closed', 'superseded'],
  ] as const) {
    it(`status ${status} is ${state}${resolution === undefined ? '' : `, ${resolution}`}`, () => {
      const spec = read({ status });
      expect([spec['lifecycle_state'], spec['resolution'], spec['status']]).to.deep.equal([
        state,
        resolution,
        undefined,
      ]);
    });
  }

  it('no status is draft, or what the caller says; archived does not say how it ended', () => {
    expect(read({})['lifecycle_state']).to.equal('draft');
    expect(migrateSpec(dump(OLDER), { state: 'active' }).text).to.contain('lifecycle_state: active');
    expect(missing({ status: 'archived' })).to.deep.equal(['arbiter.migrate.resolution_unknown']);
    expect(read({ status: 'archived', superseded_by: 'FEAT-13' })).to.include({ resolution: 'superseded' });
    expect(missing({ status: 'weird' })).to.deep.equal(['spec.migrate.lifecycle_unmapped']);
  });

  it('times: a bare date is midnight in UTC, and what is no time stays as a comment', () => {
    expect(read({ created: '2026-03-01' })).to.include({ created_at: '2026-03-01T00:00:00Z' });
    expect(read({ updated_at: '2026-03-01 10:20' })).to.include({ updated_at: '2026-03-01T10:20:00Z' });
    expect(read({ created_at: '2026-03-01T10:20:30.5+02:00' })).to.include({
      created_at: '2026-03-01T10:20:30.5+02:00',
    });
    expect(migrate({ created_at: 'soon' }).text).to.match(/^# created_at: soon$/m);
  });

  it('scope: include and exclude, single entries, folders; other globs of scope.out need a person', () => {
    const scope = { include: 'src/', exclude: ['node_modules/**', 'dist'] };
    expect(read({ scope })['scope']).to.deep.equal({ in: ['src/'], out: ['node_modules/', 'dist'] });
    expect(read({ scope: ['a', 'b'] })['scope']).to.deep.equal({ in: ['a', 'b'] });
    expect(missing({ scope: { in: ['a'], out: ['**/*.pyc'] } })).to.deep.equal(['arbiter.migrate.out_glob']);
    expect(missing({ scope: { in: [] } })).to.deep.equal(['spec.migrate.scope_in_missing']);
    expect(missing({ blast_radius: { modules: [] } })).to.deep.equal([
      'spec.migrate.blast_radius_modules_empty',
    ]);
  });

  it('criteria: older ids keep their number where it is free; a sentence with given, when, then is taken apart', () => {
    const step = { given: 'g', when: 'w', then: 't' };
    const acceptance = [{ id: 'E1', ...step }, { id: 'A1', ...step }, { id: 'AC-3', ...step }, step];
    const ids = (read({ acceptance })['acceptance'] as unknown as { id: string }[]).map(({ id }) => id);
    expect(ids).to.deep.equal(['A2', 'A1', 'A3', 'A4']);
    const told = read({
      acceptance: undefined,
      acceptance_criteria: ['Given a user, when they log in, then a session starts'],
    });
    expect(told['acceptance']).to.deep.equal([
      { id: 'A1', given: 'a user', when: 'they log in', then: 'a session starts' },
    ]);
    expect(missing({ acceptance: [{ id: 'A1', description: 'It works' }] })).to.deep.equal([
      'arbiter.migrate.criterion_incomplete',
    ]);
  });

  it('what is optional and no v12 is a comment, also inside of what is required', () => {
    const acceptance = [
      { id: 'A1', given: 'g', when: 'w', then: 't', evidence: { log: 'x' }, test_nodeids: 3 },
    ];
    const contracts = [{ name: 'n', type: 'api', path: null, description: ['d'] }];
    const spec = read({
      acceptance,
      contracts,
      blast_radius: { modules: [{ core: 'parser' }], data_migration: 'maybe' },
    });
    expect(spec['acceptance']).to.deep.equal([{ id: 'A1', given: 'g', when: 'w', then: 't' }]);
    expect(spec['contracts']).to.deep.equal([{ name: 'n', type: 'api' }]);
    expect(spec['blast_radius']).to.deep.equal({ modules: ['core: parser'] });
    expect(missing({ scope: { in: ['a'], out: [{ x: [] }] } })).to.deep.equal(['spec.schema.violation']);
  });

  it('criteria under their ids are a list', () => {
    const acceptance = {
      A2: { given: 'g', when: 'w', then: 't' },
      login: { given: 'g', when: 'w', then: 't' },
    };
    expect(
      (read({ acceptance })['acceptance'] as unknown as { id: string }[]).map(({ id }) => id),
    ).to.deep.equal(['A2', 'A3']);
  });

  it('tests that only the older list of criteria names move to their criterion', () => {
    const acceptance_criteria = [
      { id: 'A1', description: 'd', test_nodeids: ['t::x'] },
      null,
      'text',
      { id: 'SEC-1' },
    ];
    const result = migrate({ acceptance_criteria });
    expect((load(result.text ?? '') as Plain)['acceptance']?.[0]).to.deep.include({ test_nodeids: ['t::x'] });
    expect(result.text).to.contain('#   - id: SEC-1');
  });

  it('non-functional maps are lists, digits as they were written', () => {
    const text = `${dump({ ...OLDER, non_functional: undefined })}non_functional:\n  perf:\n    # why\n    ratio: 1.0 # of one\n    p95: {ms: 5}\n`;
    const result = migrateSpec(text).text ?? '';
    expect((load(result) as Plain)['non_functional']).to.deep.equal({
      performance: ['ratio: 1.0', 'p95: ms: 5'],
    });
    expect(result).to.contain('# why').and.contain('# of one');
  });

  for (const [type, expected] of [
    ['openapi', 'api'],
    ['graphql', 'api'],
    ['rust-api', 'api'],
    ['pact', 'contract-test'],
    ['error-schema', 'schema'],
    ['project_setup', 'behavior'],
    ['none', 'behavior'],
    ['behavior', 'behavior'],
  ] as const) {
    it(`a contract of type ${type} is ${expected}`, () => {
      const { contracts } = read({ contracts: [{ type, path: 'api/x.yaml#/y', version: '1' }] });
      expect(contracts).to.deep.equal([{ name: 'x.yaml#/y', type: expected, path: 'api/x.yaml#/y' }]);
    });
  }

  it('what v12 has no place for is a comment where it stood', () => {
    const text =
      migrate({ change_budget: { max_files: 3 }, human_override: { approved_by: 'ada' }, title: 'T' }).text ??
      '';
    expect(text).to.match(/^# change_budget:\n# {3}max_files: 3$/m);
    expect(text).to.match(/^# human_override:\n# {3}approved_by: ada$/m);
  });

  it('everything that is missing is said at once, shape and semantics', () => {
    const found = missing({ risk_tier: 1, id: undefined, contracts: [], rollback: [] });
    expect(found).to.include.members([
      'spec.migrate.missing_id',
      'spec.semantic.tier1.contracts_required',
      'spec.semantic.tier1.observability_required',
      'spec.semantic.tier1.rollback_required',
      'spec.semantic.tier1.security_required',
    ]);
  });

  it('aliases: an edit of one place does not change another', () => {
    const head = dump({ ...OLDER, acceptance: undefined, risk_tier: 'T3' });
    const text = `${head}acceptance: &all\n  - {id: E1, given: g, when: w, then: t}\nacceptance_criteria: *all\n`;
    expect((load(migrateSpec(text).text ?? '') as Plain)['acceptance']).to.deep.equal([
      { id: 'A1', given: 'g', when: 'w', then: 't' },
    ]);
  });

  it('a dropped text cannot come back to life behind a carriage return', () => {
    const { text } = migrateSpec(`${dump(OLDER)}purpose: "a\\rresolution: completed"\nthreats: 'x'\n`);
    expect(Object.keys(load(text ?? '') as object)).to.not.include('resolution');
  });
});
