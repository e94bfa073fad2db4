import { expect } from 'chai';
import { choosePolicy, judgeResult } from '../../../src/aggregates/constitution/index.js';
import type { FileChange } from '../../../src/aggregates/constitution/index.js';
import { added, change, clause, deleted, policyText, question, renamed, rules, spec } from './cases.js';

describe('constitution after execution', () => {
  it('a change inside scope and budget passes', () => {
    const judgement = judgeResult(question([change('src/a.ts'), added('src/b/c.ts'), deleted('src/d.ts')]));
    expect(judgement.violations).to.deep.equal([]);
    expect(judgement.outcome).to.equal('PASS');
    expect(clause(judgement, 'caws.budget').observed).to.include({ 'diff.files': '3', 'diff.lines': '3' });
  });

  for (const [what, changes, outside] of [
    ['a modification', [change('lib/x.ts')], ['lib/x.ts']],
    ['a deletion', [deleted('lib/x.ts')], ['lib/x.ts']],
    ['a rename out of scope', [renamed('src/a.ts', 'lib/a.ts')], ['lib/a.ts']],
    ['a rename into scope takes a file from outside', [renamed('lib/a.ts', 'src/a.ts')], ['lib/a.ts']],
    ['a rename outside', [renamed('lib/a.ts', 'lib/b.ts')], ['lib/a.ts', 'lib/b.ts']],
    ['a root file', [change('package.json')], ['package.json']],
    ['a folder whose name only begins alike', [change('srcs/a.ts')], ['srcs/a.ts']],
  ] as [string, FileChange[], string[]][]) {
    it(`scope: ${what} outside the scope fails`, () => {
      const judgement = judgeResult(question([...changes, change('src/ok.ts')]));
      expect(clause(judgement, 'caws.scope').result).to.equal('FAIL');
      expect(judgement.violations.map((v) => v.path)).to.deep.equal(outside);
      expect(judgement.outcome).to.equal('FAIL');
    });
  }

  it('scope: the source of a copy is only read', () => {
    const copy = change('src/copy.ts', { status: 'COPIED', oldPath: 'lib/a.ts' });
    expect(judgeResult(question([copy])).outcome).to.equal('PASS');
  });

  it('scope: support admits, out wins over in and support, also in another case', () => {
    const scope = spec({ in: ['src'], support: ['lib', 'src/secret'], out: ['src/secret'] });
    expect(judgeResult(question([change('lib/x.ts')], { spec: scope })).outcome).to.equal('PASS');
    for (const path of ['src/secret/key.ts', 'src/Secret/key.ts', 'src/secret']) {
      const judgement = judgeResult(question([change(path)], { spec: scope }));
      expect(rules(judgement), path).to.deep.equal(['scope.reject.scope_out']);
    }
  });

  it('budget: lines are insertions plus deletions; both sides of a rename and binaries are files', () => {
    const policy = choosePolicy(policyText(4, 10));
    const fits = [
      renamed('src/a', 'src/b'),
      change('src/c', { insertions: 4, deletions: 6 }),
      added('src/d.png', { binary: true, insertions: 0 }),
    ];
    const judgement = judgeResult(question(fits, { policy }));
    expect(judgement.outcome).to.equal('PASS');
    expect(clause(judgement, 'caws.budget').message).to.equal(
      '4 of 4 files and 10 of 10 lines (the policy of the base commit, tier 3)',
    );
    expect(
      rules(judgeResult(question([...fits, added('src/e', { binary: true, insertions: 0 })], { policy }))),
    ).to.deep.equal(['caws.budget.max_files_exceeded']);
    const longer = fits.map((each) => (each.path === 'src/c' ? { ...each, deletions: 7 } : each));
    expect(rules(judgeResult(question(longer, { policy })))).to.deep.equal(['caws.budget.max_loc_exceeded']);
  });

  it('budget: which policy was used is stated', () => {
    expect(
      clause(judgeResult(question([change('src/a')])), 'caws.budget').observed['policy.source'],
    ).to.equal('BUILT_IN');
    const policy = choosePolicy(policyText(1, 1));
    const judgement = judgeResult(question([change('src/a')], { policy }));
    expect(clause(judgement, 'caws.budget').observed['policy.source']).to.equal('BASE_COMMIT');
    expect(judgement.policySha256).to.equal(policy.sha256);
  });

  it('budget: a line count that is no number is an ERROR and fails', () => {
    for (const bad of [Number.NaN, -5, 1.5, Number.POSITIVE_INFINITY]) {
      const judgement = judgeResult(question([change('src/a', { insertions: bad })]));
      expect(clause(judgement, 'caws.budget').result).to.equal('ERROR');
      expect(judgement.outcome).to.equal('FAIL');
    }
  });

  it('self-amendment: the rules of the work are off limits, even under `**`', () => {
    const wide = spec({ in: ['**'] });
    for (const path of [
      '.caws/policy.yaml',
      '.CAWS/policy.yaml',
      'pkg/.caws/specs/X-1.yaml',
      '.claude/settings.json',
      '.husky/pre-commit',
      '.gitattributes',
      '.gitmodules',
      'sub/.gitattributes',
    ]) {
      const judgement = judgeResult(question([change(path)], { spec: wide }));
      expect(rules(judgement), path).to.include('arbiter.self_amendment');
      expect(judgement.outcome, path).to.equal('FAIL');
    }
  });

  it('self-amendment: CAWS’ own exemption of .caws does not apply', () => {
    const judgement = judgeResult(question([change('.caws/policy.yaml')]));
    expect(rules(judgement)).to.include.members(['scope.reject.scope_in_miss', 'arbiter.self_amendment']);
  });

  it('self-amendment: allowed when scope.in names it; the budget stays the old one', () => {
    const named = spec({ in: ['src', '.caws/policy.yaml'] });
    const policy = choosePolicy(policyText(1, 1));
    const judgement = judgeResult(
      question([change('.caws/policy.yaml'), change('src/a')], { spec: named, policy }),
    );
    expect(rules(judgement)).to.deep.equal([
      'caws.budget.max_files_exceeded',
      'caws.budget.max_loc_exceeded',
    ]);
  });

  it('self-amendment: the own spec, wherever it lies', () => {
    const judgement = judgeResult(
      question([change('src/specs/FEAT-1.yaml')], { specPath: 'src/specs/FEAT-1.yaml' }),
    );
    expect(rules(judgement)).to.deep.equal(['arbiter.self_amendment']);
  });

  it('the base must be an ancestor, and the change not empty', () => {
    expect(rules(judgeResult(question([change('src/a')], { baseIsAncestor: false })))).to.deep.equal([
      'arbiter.base.not_ancestor',
    ]);
    expect(rules(judgeResult(question([])))).to.deep.equal(['arbiter.change.empty']);
  });

  it('law 10: whatever is missing fails', () => {
    const ok = [change('src/a')];
    for (const parts of [
      { changes: null },
      { baseIsAncestor: null },
      { spec: null },
      { policy: choosePolicy('not: a policy') },
      { policy: choosePolicy(undefined) },
    ]) {
      const judgement = judgeResult({ ...question(ok), trouble: 'GIT_TIMEOUT', ...parts });
      expect(judgement.outcome, JSON.stringify(Object.keys(parts))).to.equal('FAIL');
      expect(judgement.clauses.some((each) => each.result === 'ERROR')).to.equal(true);
    }
  });

  it('law 10: a clause that throws is an ERROR and does not hide the others', () => {
    const broken = new Proxy(change('src/a'), {
      get: (target, key) => {
        if (key === 'newMode') throw new Error('boom');
        return Reflect.get(target, key) as unknown;
      },
    });
    const judgement = judgeResult(question([broken, change('lib/x')]));
    expect(clause(judgement, 'arbiter.submodules').result).to.equal('ERROR');
    expect(clause(judgement, 'caws.scope').result).to.equal('FAIL');
    expect(judgement.outcome).to.equal('FAIL');
  });

  it('submodules fail; symbolic links and modes are visible', () => {
    const sub = judgeResult(question([added('src/sub', { newMode: '160000' })]));
    expect(rules(sub)).to.deep.equal(['arbiter.submodules']);
    const link = judgeResult(
      question([added('src/l', { newMode: '120000' }), change('src/x', { newMode: '100755' })]),
    );
    expect(clause(link, 'arbiter.symlinks')).to.deep.include({
      result: 'FAIL',
      observed: { 'paths.symlinks': 'src/l' },
    });
    expect(clause(link, 'arbiter.modes').observed['paths.modes']).to.equal('src/x 100644->100755');
    expect(link.outcome).to.equal('PASS');
  });

  for (const name of [
    'a\nb',
    'a\u001b[31m',
    'a\\b',
    '.git/config',
    '.GIT/hooks/x',
    'x/.git ',
    'x/git~1/y',
    '.g\u200cit/x',
    '.ca\u200cws/policy.yaml',
    'src/\u202egpj.ts',
    '.caws./policy.yaml',
    'src /a.ts',
    'a.',
    '.git::$DATA',
    '\ufffdx',
    'a/../b',
    'a//b',
    '',
  ]) {
    it(`odd name ${JSON.stringify(name)} fails and is shown safely`, () => {
      const judgement = judgeResult(question([added(name)], { spec: spec({ in: ['**'] }) }));
      expect(judgement.outcome).to.equal('FAIL');
      for (const violation of judgement.violations) {
        expect(violation.path + violation.message).to.not.match(/[\u0000-\u001f]/u); // eslint-disable-line no-control-regex
      }
    });
  }

  it('names that a case-folding or normalising file system takes for one fail', () => {
    for (const [one, two] of [
      ['src/A.ts', 'src/a.ts'],
      ['src/é', 'src/e\u0301'],
    ] as const) {
      expect(rules(judgeResult(question([added(one), added(two)])))).to.deep.equal([
        'arbiter.paths.case_collision',
      ]);
    }
    expect(
      judgeResult(question([deleted('src/A.ts'), added('src/a.ts')])).outcome,
      'a change of case alone',
    ).to.equal('PASS');
    expect(rules(judgeResult(question([added('src/a'), added('src/a')])))).to.deep.equal([
      'arbiter.paths.duplicate',
    ]);
  });

  it('a kind of change that is not known fails', () => {
    expect(judgeResult(question([change('src/a', { status: 'UNKNOWN' })])).outcome).to.equal('FAIL');
  });

  it('without a workspace scope and budget are NOT_APPLICABLE, say so, and the digest of the result is needed', () => {
    const none = { workspace: false, changes: null, baseIsAncestor: null, policy: choosePolicy(undefined) };
    const judgement = judgeResult({ ...question(null), ...none, resultSha256: 'a'.repeat(64) });
    for (const id of ['caws.scope', 'caws.budget', 'arbiter.base', 'arbiter.change']) {
      expect(clause(judgement, id).result, id).to.equal('NOT_APPLICABLE');
      expect(clause(judgement, id).message).to.contain('no workspace');
    }
    expect(judgement.outcome).to.equal('PASS');
    expect(judgeResult({ ...question(null), ...none }).outcome).to.equal('FAIL');
    const badEvidence = { resultSha256: 'a'.repeat(64), evidence: [{ name: 'log', sha256: 'xyz' }] };
    expect(judgeResult({ ...question(null), ...none, ...badEvidence }).outcome).to.equal('FAIL');
  });
});
