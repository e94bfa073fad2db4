import { expect } from 'chai';
import { checkArbiterRules, checkSpec } from '../../src/caws/index.js';
import type { RuleContext, Spec } from '../../src/caws/index.js';
import { itShared, readable, readShared } from './support.js';

const NOW = new Date('2026-06-15T12:00:00Z');

const BASE: Spec = {
  id: 'FEAT-1',
  title: 'Fold the log',
  risk_tier: 3,
  mode: 'feature',
  lifecycle_state: 'active',
  blast_radius: { modules: ['fold'] },
  scope: { in: ['src/fold'], out: ['src/bus'] },
  invariants: ['The fold is a function of the events.'],
  acceptance: [{ id: 'A1', given: 'a log', when: 'it is folded', then: 'the state is right' }],
  non_functional: {},
  contracts: [],
};

/** `error rule pointer` of what is found in the base spec with these changes. */
function found(changes: Partial<Spec>, context: Partial<RuleContext> = {}): string[] {
  const diagnostics = checkArbiterRules({ ...BASE, ...changes }, { now: NOW, ...context });
  readable(diagnostics);
  return diagnostics.map((d) => `${d.severity} ${d.rule} ${d.pointer ?? ''}`);
}

const criterion = (id: string, more: object = {}) => ({ id, given: 'g', when: 'w', then: 't', ...more });
const entry = (status: 'pass' | 'fail' | 'waived' | 'unchecked', more: object = {}) => ({
  criterion_id: 'A1',
  status,
  recorded_at: '2026-06-01T00:00:00Z',
  ...more,
});
const SEEN = { evidence_ref: 'test/fold.unit.test.ts' };

describe('arbiter rules: what CAWS leaves unchecked', () => {
  it('a spec without faults has none', () => expect(found({})).to.deep.equal([]));

  it('a repeated acceptance id', () => {
    expect(
      found({ acceptance: [criterion('A1'), criterion('A2'), criterion('A1'), criterion('A1')] }),
    ).to.deep.equal([
      'error arbiter.acceptance.duplicate_id /acceptance/2/id',
      'error arbiter.acceptance.duplicate_id /acceptance/3/id',
    ]);
  });

  for (const [what, entries] of [
    ['blank', [' ', '\t']],
    ['empty', ['', './', '/'.repeat(0) + '.']],
    ['absolute', ['/etc', 'C:/x']],
    ['parent', ['../x', 'a/../../b', '..']],
    ['backslash', ['src\\x']],
  ] as const) {
    it(`a scope entry that is ${what}`, () => {
      for (const path of entries) {
        expect(found({ scope: { in: [path] } }), `in ${path}`).to.deep.equal([
          'error arbiter.scope.unusable /scope/in/0',
        ]);
        expect(found({ scope: { in: ['a'], support: [path] } })).to.deep.equal([
          'error arbiter.scope.unusable /scope/support/0',
        ]);
        expect(found({ scope: { in: ['a'], out: ['b', path] } })).to.deep.equal([
          'error arbiter.scope.unusable /scope/out/1',
        ]);
      }
    });
  }

  it('scope.in == scope.out, however it is written', () => {
    for (const [given, out] of [
      ['src', 'src'],
      ['./src', 'src/'],
      ['src/', './src'],
    ] as const) {
      const rule = ['error arbiter.scope.in_equals_out /scope/out/0'];
      expect(found({ scope: { in: [given], out: [out] } })).to.deep.equal(rule);
      expect(found({ scope: { in: ['a'], support: [given], out: [out] } })).to.deep.equal(rule);
    }
    expect(found({ scope: { in: ['src'], out: ['src/a'] } })).to.deep.equal([]);
  });

  it('a glob in scope.out, where it shuts out nothing', () => {
    for (const out of ['src/{a,b}', 'src/[ab]', 'src/!(a)', 'src/@(a|b)', 'src/+(a)']) {
      expect(found({ scope: { in: ['lib'], out: [out] } }), out).to.deep.equal([
        'error arbiter.scope.out_glob /scope/out/0',
      ]);
    }
    expect(found({ scope: { in: ['lib'], out: ['src/a@b', 'src/a+b', 'a!b'] } })).to.deep.equal([]);
  });

  it('a glob that could take long, and one that is everything', () => {
    expect(found({ scope: { in: ['a(b)*'] } })).to.deep.equal([
      'error arbiter.scope.unsafe_glob /scope/in/0',
    ]);
    for (const all of ['**', '*', '**/*', './**']) {
      expect(found({ scope: { in: [all] } }), all).to.deep.equal([
        'warning arbiter.scope.everything /scope/in/0',
      ]);
    }
    expect(found({ scope: { in: ['src/**'], support: ['**'] } })).to.deep.equal([
      'warning arbiter.scope.everything /scope/support/0',
    ]);
  });

  it('blank text, wherever text is asked for', () => {
    expect(
      found({
        title: ' ',
        blast_radius: { modules: ['a', '\t'] },
        invariants: ['  '],
        acceptance: [criterion('A1', { given: ' ', when: '\n', then: ' ' })],
        non_functional: { security: ['ok', ' '], performance: [''] },
        contracts: [{ name: ' ', type: 'api', description: ' ' }],
        observability: [''],
        rollback: ['\n'],
        experimental_mode: { enabled: true, rationale: ' ', expires_at: '2027-01-01T00:00:00Z' },
      }),
    ).to.have.members(
      [
        '/title',
        '/blast_radius/modules/1',
        '/invariants/0',
        '/acceptance/0/given',
        '/acceptance/0/when',
        '/acceptance/0/then',
        '/non_functional/security/1',
        '/non_functional/performance/0',
        '/contracts/0/name',
        '/contracts/0/description',
        '/observability/0',
        '/rollback/0',
        '/experimental_mode/rationale',
      ].map((pointer) => `error arbiter.text.blank ${pointer}`),
    );
  });

  for (const text of [
    'TODO: list the modules',
    'todo',
    'TBD',
    'tbd.',
    'FIXME: later',
    'fixme - later',
    'XXX',
    'It holds. TODO: say why',
    'placeholder',
    'Lorem ipsum dolor',
    '...',
    '???',
    '<describe the change>',
    '{{title}}',
    'changeme!',
  ]) {
    it(`the placeholder "${text}"`, () => {
      expect(found({ invariants: [text] })).to.deep.equal(['error arbiter.text.placeholder /invariants/0']);
      expect(found({ invariants: [text], lifecycle_state: 'draft' })).to.deep.equal([
        'warning arbiter.text.placeholder /invariants/0',
      ]);
    });
  }

  for (const text of [
    'Add a TODO list',
    'todo items are kept',
    'The todo_detection gate',
    'Placeholders are found',
    'a < b and b > c',
    'XXXL shirts',
    'TBDs',
  ]) {
    it(`"${text}" is text`, () => expect(found({ invariants: [text] })).to.deep.equal([]));
  }

  it('an experiment that is over: at its last moment it is', () => {
    const until = (expires_at: string, enabled = true): Partial<Spec> => ({
      experimental_mode: { enabled, rationale: 'why not', expires_at },
    });
    const rule = ['error arbiter.experiment.expired /experimental_mode/expires_at'];
    expect(found(until('2026-06-15T12:00:00Z'))).to.deep.equal(rule);
    expect(found(until('2026-06-15T14:00:00+02:00'))).to.deep.equal(rule);
    expect(found(until('2026-06-15T12:00:00.001Z'))).to.deep.equal([]);
    expect(found(until('2020-01-01T00:00:00Z', false))).to.deep.equal([]);
    const ended = {
      lifecycle_state: 'closed',
      resolution: 'abandoned',
      closure_notes: 'it did not work',
    } as const;
    expect(found({ ...until('2020-01-01T00:00:00Z'), ...ended })).to.deep.equal([]);
    expect(found({ ...until('2020-01-01T00:00:00Z'), ...ended, lifecycle_state: 'archived' })).to.deep.equal(
      [],
    );
  });

  it('D-18: an end that cannot be read is over', () => {
    const experimental_mode = { enabled: true, rationale: 'why not', expires_at: 'soon' };
    expect(found({ experimental_mode })).to.deep.equal([
      'error arbiter.experiment.expired /experimental_mode/expires_at',
    ]);
  });

  it('a contract whose file is not there, asked for by its normal name', () => {
    const asked: string[] = [];
    const contracts = [{ name: 'api', type: 'api', path: './api//v1.yaml' }] as const;
    const fileExists = (path: string): boolean => {
      asked.push(path);
      return false;
    };
    expect(found({ contracts }, { fileExists })).to.deep.equal([
      'error arbiter.contract.file_missing /contracts/0/path',
    ]);
    expect(asked).to.deep.equal(['api/v1.yaml']);
    expect(found({ contracts }, { fileExists: () => true })).to.deep.equal([]);
    expect(found({ contracts }), 'nobody looked').to.deep.equal([]);
    for (const path of ['/etc/passwd', '../x', '']) {
      expect(found({ contracts: [{ name: 'api', type: 'api', path }] }, { fileExists })).to.deep.equal([
        'error arbiter.contract.unusable_path /contracts/0/path',
      ]);
    }
    expect(asked, 'a path out of the repository is never asked for').to.have.length(1);
  });

  it('a pass whose command failed, and a pass that nothing shows', () => {
    expect(found({ evidence: [entry('pass', { ...SEEN, exit_code: 1 })] })).to.deep.equal([
      'error arbiter.evidence.pass_with_exit_code /evidence/0/exit_code',
    ]);
    expect(found({ evidence: [entry('pass', { ...SEEN, exit_code: 0 })] })).to.deep.equal([]);
    expect(found({ evidence: [entry('fail', { exit_code: 1 })] })).to.deep.equal([]);
    expect(found({ evidence: [entry('pass')] })).to.deep.equal([
      'error arbiter.evidence.pass_without_ref /evidence/0',
    ]);
    expect(found({ evidence: [entry('pass', { evidence_ref: ' ' })] })).to.have.length(1);
    for (const ref of ['evidence_ref', 'test_nodeid', 'artifact_path']) {
      expect(found({ evidence: [entry('pass', { [ref]: 'x' })] }), ref).to.deep.equal([]);
    }
    expect(found({ evidence: [entry('unchecked')] })).to.deep.equal([]);
  });

  it('pass and fail for one criterion, unless the pass came after', () => {
    const pass = (recorded_at: string, criterion_id = 'A1') =>
      entry('pass', { ...SEEN, recorded_at, criterion_id });
    const fail = entry('fail');
    const rule = (i: number) => [`error arbiter.evidence.contradiction /evidence/${i}/status`];
    expect(found({ evidence: [pass('2026-05-01T00:00:00Z'), fail] })).to.deep.equal(rule(1));
    expect(found({ evidence: [fail, pass('2026-06-01T00:00:00Z')] }), 'at the same time').to.deep.equal(
      rule(0),
    );
    expect(found({ evidence: [fail, pass('2026-06-01T00:00:01Z')] })).to.deep.equal([]);
    expect(
      found({ evidence: [pass('2026-05-01T00:00:00Z'), fail, pass('2026-06-02T00:00:00Z')] }),
    ).to.deep.equal([]);
    expect(found({ evidence: [fail] })).to.deep.equal([]);
    expect(
      found({
        acceptance: [criterion('A1'), criterion('A2')],
        evidence: [pass('2026-05-01T00:00:00Z', 'A2'), fail],
      }),
    ).to.deep.equal([]);
  });

  it('evidence from the future', () => {
    const later = entry('pass', { ...SEEN, recorded_at: '2026-06-15T12:00:01Z' });
    expect(found({ evidence: [later] })).to.deep.equal([
      'warning arbiter.evidence.from_the_future /evidence/0/recorded_at',
    ]);
    expect(found({ evidence: [{ ...later, recorded_at: '2026-06-15T12:00:00Z' }] })).to.deep.equal([]);
    expect(found({ evidence: [{ ...later, recorded_at: 'never' }] })).to.have.length(1);
  });

  it('completed work with a criterion that nothing shows', () => {
    const done = { lifecycle_state: 'closed', resolution: 'completed', closure_notes: 'merged' } as const;
    const acceptance = ['A1', 'A2', 'A3', 'A4'].map((id) => criterion(id));
    const evidence = [
      entry('pass', SEEN),
      entry('waived', { criterion_id: 'A2', waiver_reason: 'by hand' }),
      entry('fail', { criterion_id: 'A3' }),
      entry('unchecked', { criterion_id: 'A4' }),
    ];
    expect(found({ ...done, acceptance, evidence })).to.deep.equal([
      'warning arbiter.evidence.criterion_unproven /acceptance/2/id',
      'warning arbiter.evidence.criterion_unproven /acceptance/3/id',
    ]);
    expect(found({ ...done, acceptance }), 'a spec that keeps no evidence').to.deep.equal([]);
    expect(found({ ...done, resolution: 'abandoned', acceptance, evidence })).to.deep.equal([]);
  });

  it('a tier 1 spec without a time for taking it back', () => {
    const one = { risk_tier: 1 } as const;
    const required = ['error arbiter.rollback.slo_required /operational_rollback_slo'];
    expect(found(one)).to.deep.equal(required);
    expect(found({ ...one, operational_rollback_slo: ' ' })).to.deep.equal(required);
    for (const slo of ['5m', '1h', '30s', '10 min', ' 5m ', '99999h']) {
      expect(found({ ...one, operational_rollback_slo: slo }), slo).to.deep.equal([]);
    }
    for (const slo of ['soon', '0m', '5', '-5m', '5m or so', '100000h']) {
      const malformed = ['error arbiter.rollback.slo_malformed /operational_rollback_slo'];
      expect(found({ ...one, operational_rollback_slo: slo }), slo).to.deep.equal(malformed);
      expect(found({ operational_rollback_slo: slo }), slo).to.deep.equal(malformed);
    }
    expect(found({ risk_tier: 2 })).to.deep.equal([]);
  });

  it('a migration of data that nothing takes back', () => {
    const blast_radius = { modules: ['db'], data_migration: true };
    expect(found({ blast_radius })).to.deep.equal([
      'error arbiter.rollback.migration_without_steps /rollback',
    ]);
    expect(found({ blast_radius, rollback: ['restore the dump'] })).to.deep.equal([]);
    expect(found({ blast_radius: { ...blast_radius, data_migration: false } })).to.deep.equal([]);
  });

  it('superseded, by nobody, by itself, or not at all', () => {
    const gone = {
      lifecycle_state: 'closed',
      resolution: 'superseded',
      closure_notes: 'see FEAT-2',
    } as const;
    expect(found(gone)).to.deep.equal(['error arbiter.lifecycle.superseded_by_required /superseded_by']);
    expect(found({ ...gone, superseded_by: 'FEAT-2' })).to.deep.equal([]);
    expect(found({ ...gone, superseded_by: 'FEAT-1' })).to.deep.equal([
      'error arbiter.lifecycle.superseded_by_self /superseded_by',
    ]);
    expect(found({ superseded_by: 'FEAT-2' })).to.deep.equal([
      'warning arbiter.lifecycle.superseded_by_unused /superseded_by',
    ]);
  });

  it('closed without a word', () => {
    const closed = { lifecycle_state: 'closed', resolution: 'completed' } as const;
    const rule = ['error arbiter.lifecycle.closure_notes_required /closure_notes'];
    expect(found(closed)).to.deep.equal(rule);
    expect(found({ ...closed, closure_notes: ' ' })).to.include(rule[0]);
    expect(found({ ...closed, closure_notes: 'merged' })).to.deep.equal([]);
    expect(found({ ...closed, lifecycle_state: 'archived' })).to.deep.equal([]);
  });

  const CONTRACT = { contracts: [{ name: 'api', type: 'api', path: 'api/v1.yaml' }] } as const;
  const TESTED = { acceptance: [criterion('A1', { test_nodeids: ['fold.test.ts::it folds'] })] };
  const MIGRATES = {
    blast_radius: { modules: ['db'], data_migration: true },
    rollback: ['restore the dump'],
  };

  for (const mode of ['refactor', 'doc', 'chore'] as const) {
    it(`a ${mode} that migrates data`, () => {
      expect(found({ mode, ...MIGRATES })).to.deep.equal([
        `error arbiter.mode.${mode}_migrates_data /blast_radius/data_migration`,
      ]);
      expect(
        found({ mode, ...MIGRATES, blast_radius: { modules: ['db'], data_migration: false } }),
      ).to.deep.equal([]);
    });
  }

  for (const mode of ['refactor', 'fix'] as const) {
    it(`a ${mode} that changes a contract`, () => {
      const spec = { mode, ...TESTED, ...CONTRACT };
      expect(found(spec, { changedPaths: ['src/fold/a.ts', 'api/v1.yaml'] })).to.deep.equal([
        `error arbiter.mode.${mode}_changes_contract /contracts/0/path`,
      ]);
      expect(found(spec, { changedPaths: ['src/fold/a.ts'] })).to.deep.equal([]);
      expect(found(spec)).to.deep.equal([]);
      const admits = [`warning arbiter.mode.${mode}_admits_contract /contracts/0/path`];
      expect(found({ ...spec, scope: { in: ['api'] } })).to.deep.equal(admits);
      expect(found({ ...spec, scope: { in: ['src'], support: ['api/*.yaml'] } })).to.deep.equal(admits);
      expect(found({ ...spec, scope: { in: ['api'], out: ['api/v1.yaml'] } })).to.deep.equal([]);
      expect(
        found({ ...spec, scope: { in: ['api'] } }, { changedPaths: [] }),
        'judged by the change',
      ).to.deep.equal([]);
      expect(found({ ...spec, contracts: [{ name: 'b', type: 'behavior' }] })).to.deep.equal([]);
    });
  }

  it('a feature may change contracts and migrate data', () => {
    expect(found({ ...CONTRACT, ...MIGRATES }, { changedPaths: ['api/v1.yaml', 'a.ts'] })).to.deep.equal([]);
  });

  it('a fix that no test shows', () => {
    const fix = { mode: 'fix' } as const;
    expect(found(fix)).to.deep.equal(['error arbiter.mode.fix_without_test /acceptance']);
    expect(
      found({ ...fix, acceptance: [criterion('A1', { test_command: ' ', test_nodeids: ['', ' '] })] }),
    ).to.have.length(1);
    expect(found({ ...fix, ...TESTED })).to.deep.equal([]);
    expect(
      found({ ...fix, acceptance: [criterion('A1'), criterion('A2', { test_command: 'npm test' })] }),
    ).to.deep.equal([]);
    expect(found({ ...fix, evidence: [entry('pass', { test_nodeid: 'fold.test.ts' })] })).to.deep.equal([]);
  });

  it('a doc that changes code', () => {
    const doc = { mode: 'doc', scope: { in: ['docs'] } } as const;
    const documents = [
      'docs/a.md',
      'README',
      'docs/README.txt',
      'LICENSE',
      'img/a.PNG',
      'a/CHANGELOG.md',
      'x.svg',
    ];
    expect(found(doc, { changedPaths: documents })).to.deep.equal([]);
    for (const path of ['src/a.ts', 'package.json', 'docs/build.sh', 'readme_parser/x.py', 'Makefile']) {
      expect(found(doc, { changedPaths: [...documents, path] }), path).to.deep.equal([
        'error arbiter.mode.doc_changes_code /mode',
      ]);
    }
    expect(
      found({ ...doc, scope: { in: ['docs', 'README.md', 'src/a.ts', 'docs/**', '*.md'] } }),
    ).to.deep.equal(['warning arbiter.mode.doc_admits_code /scope/in/2']);
    expect(found({ ...doc, scope: { in: ['src/a.ts'] } }, { changedPaths: ['docs/a.md'] })).to.deep.equal([]);
  });

  it('a chore of tier 1 or 2 that goes around contracts', () => {
    const rule = ['warning arbiter.mode.chore_without_contract /contracts'];
    expect(found({ mode: 'chore', risk_tier: 2 })).to.deep.equal(rule);
    expect(found({ mode: 'chore', risk_tier: 1, operational_rollback_slo: '5m' })).to.deep.equal(rule);
    expect(found({ mode: 'chore', risk_tier: 2, ...CONTRACT })).to.deep.equal([]);
    expect(found({ mode: 'chore' })).to.deep.equal([]);
  });

  it('messages say what was found, and are short', () => {
    const said = (changes: Partial<Spec>, context: Partial<RuleContext> = {}): string =>
      checkArbiterRules({ ...BASE, ...changes }, { now: NOW, ...context })[0]?.message ?? '';
    const contract = (path: string) => ({ contracts: [{ name: 'api', type: 'api' as const, path }] });
    expect(said(contract('../x'))).to.equal(
      '"../x", the contract api, is no path in the repository (parent traversal)',
    );
    expect(said({ scope: { in: ['../x'] } }))
      .to.contain('"../x"')
      .and.to.contain('(parent traversal)');
    expect(said({ scope: { in: [' '] } })).to.contain('(blank)');
    const slo = 'x'.repeat(50);
    expect(said({ operational_rollback_slo: slo })).to.equal(
      `operational_rollback_slo "${slo.slice(0, 40)}" is no duration`,
    );
    expect(said({ invariants: [`TODO${' '.repeat(60)}: x`] }).length).to.be.lessThan(100);
    const doc = { mode: 'doc', scope: { in: ['docs'] } } as const;
    expect(said(doc, { changedPaths: ['a.ts'] })).to.equal('a doc changes documents only; it changes a.ts');
    expect(said(doc, { changedPaths: ['a.ts', 'b.md', 'c.ts', 'd.ts'] })).to.equal(
      'a doc changes documents only; it changes a.ts and 2 more',
    );
  });

  it('a step that says nothing takes nothing back; a folder with a dot is no file', () => {
    const blast_radius = { modules: ['db'], data_migration: true };
    for (const rollback of [[''], [' '], []]) {
      expect(found({ blast_radius, rollback })).to.include(
        'error arbiter.rollback.migration_without_steps /rollback',
      );
    }
    expect(found({ mode: 'doc', scope: { in: ['v1.2/docs', 'docs/v1.x'] } })).to.deep.equal([
      'warning arbiter.mode.doc_admits_code /scope/in/1',
    ]);
  });

  it('a report stays small', () => {
    const many = Array.from({ length: 300 }, () => ' ');
    const rules = found({ invariants: many });
    expect(rules).to.have.length(201);
    expect(rules.at(-1)).to.equal('error arbiter.spec.more_violations /');
  });

  itShared('real specs: what is found can be read, and no rule throws', () => {
    const index = JSON.parse(readShared('specs/index.json')) as { file: string; v12_valid: boolean }[];
    const counts: Record<string, number> = {};
    for (const { file } of index.filter((each) => each.v12_valid)) {
      const { spec } = checkSpec(readShared(`specs/${file}`));
      if (spec === undefined) throw new Error(file);
      const diagnostics = checkArbiterRules(spec, { now: NOW });
      readable(diagnostics);
      for (const { rule } of diagnostics) counts[rule] = (counts[rule] ?? 0) + 1;
    }
    if (process.env.SHOW_COUNTS !== undefined) console.log(counts);
  });
});
