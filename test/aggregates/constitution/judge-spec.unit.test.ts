import { expect } from 'chai';
import {
  CONSTITUTION_SHA256,
  DEFAULT_POLICY_SHA256,
  judgeSpec,
} from '../../../src/aggregates/constitution/index.js';
import { clause, policyText, rules, specText } from './cases.js';

const request = { type: 'feature' };

describe('constitution before execution', () => {
  it('a valid spec passes and says what it rested on (law 11)', () => {
    const judgement = judgeSpec({ specText: specText({ tier: 2 }), policyText: null, request });
    expect(judgement.violations).to.deep.equal([]);
    expect(judgement.outcome).to.equal('PASS');
    expect(judgement.policySha256)
      .to.equal(DEFAULT_POLICY_SHA256)
      .and.match(/^[0-9a-f]{64}$/);
    expect(judgement.constitutionSha256)
      .to.equal(CONSTITUTION_SHA256)
      .and.match(/^[0-9a-f]{64}$/);
    expect(clause(judgement, 'arbiter.policy').observed).to.include({
      'policy.source': 'BUILT_IN',
      'budget.max_files': '15',
      'budget.max_loc': '600',
    });
  });

  it('R-306: every violation of the layer is named, with rule, path and repair', () => {
    const text = specText({ in: [], out: ['a*'] }).replace('mode: feature', 'mode: development');
    const judgement = judgeSpec({ specText: text, request });
    expect(judgement.outcome).to.equal('FAIL');
    expect(rules(judgement)).to.have.members([
      'spec.schema.mode.development_removed',
      'spec.schema.scope.in_empty',
      'spec.schema.scope.out_glob_forbidden',
    ]);
    for (const violation of judgement.violations) expect(violation.repair).to.not.equal('');
    expect(clause(judgement, 'caws.spec.parse').result).to.equal('PASS');
    expect(clause(judgement, 'caws.spec.semantics').result).to.equal('NOT_APPLICABLE');
  });

  it('D-14: a failing spec that also has a warning does not pass', () => {
    const text = specText({ tier: 1, state: 'draft' }).replace('rollback: [r]', '');
    const judgement = judgeSpec({
      specText: text,
      policyText: policyText(1, 1).replace('mode: block', 'mode: warn'),
      request,
    });
    expect(clause(judgement, 'arbiter.policy').observed['policy.warnings']).to.contain(
      'critical_not_blocking',
    );
    expect(judgement.outcome).to.equal('FAIL');
    expect(rules(judgement)).to.deep.equal(['spec.semantic.tier1.rollback_required']);
  });

  it('a SHOULD that fails is visible and does not fail the whole', () => {
    const judgement = judgeSpec({ specText: specText({ state: 'draft' }), request });
    expect(clause(judgement, 'arbiter.spec.active').result).to.equal('FAIL');
    expect(judgement.outcome).to.equal('PASS');
  });

  it('a closed spec asks for no more work', () => {
    const text = specText({ state: 'closed', extra: 'resolution: completed' });
    expect(rules(judgeSpec({ specText: text, request }))).to.deep.equal(['arbiter.spec.open']);
  });

  it('fail closed: a policy at the base that cannot be read fails, it is not replaced by the built-in one', () => {
    for (const bad of ['', 'version: 2', 'x: [', policyText(-1, 1)]) {
      const judgement = judgeSpec({ specText: specText(), policyText: bad, request });
      expect(judgement.outcome, bad).to.equal('FAIL');
      expect(clause(judgement, 'arbiter.policy').result).to.equal('FAIL');
    }
  });

  it('without a workspace the policy clause is NOT_APPLICABLE and says so', () => {
    const judgement = judgeSpec({ specText: specText(), request });
    expect(clause(judgement, 'arbiter.policy')).to.include({ result: 'NOT_APPLICABLE' });
    expect(clause(judgement, 'arbiter.policy').message).to.contain('no workspace');
    expect(judgement.policySha256).to.equal('');
    expect(judgement.outcome).to.equal('PASS');
  });

  it('scope entries that name nothing, or cost too much to match, are refused before an agent starts', () => {
    const entries = [
      '/etc/passwd',
      '../x',
      ' ',
      '.',
      'a\\b',
      '+(a|aa)+(b)',
      'a*b*c*d*e*f*g',
      '**/'.repeat(9),
    ];
    const judgement = judgeSpec({ specText: specText({ in: entries }), request });
    expect(judgement.violations.map((v) => v.path)).to.deep.equal(entries.map((_, i) => `/scope/in/${i}`));
    expect(judgement.outcome).to.equal('FAIL');
  });

  it('a request without a type fails', () => {
    expect(judgeSpec({ specText: specText(), request: { type: ' ' } }).outcome).to.equal('FAIL');
  });

  it('a judgement of a spec full of violations stays small enough to be signed', () => {
    const entries = Array.from({ length: 5_000 }, (_, i) => `../${i}${'x'.repeat(20)}`);
    const judgement = judgeSpec({ specText: specText({ in: entries }), request });
    expect(judgement.violations).to.have.length(101);
    expect(judgement.violations.at(-1)?.message).to.contain('4900 more');
  });
});
