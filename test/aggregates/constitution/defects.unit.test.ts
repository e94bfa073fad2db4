import { expect } from 'chai';
import { judgeResult, judgeSpec } from '../../../src/aggregates/constitution/index.js';
import * as constitution from '../../../src/aggregates/constitution/index.js';
import { CLAUSES } from '../../../src/aggregates/constitution/clauses.js';
import { added, change, clause, policyText, question, rules, spec, specText } from './cases.js';

const now = new Date('2026-01-01T00:00:00Z');
const ask = (text: string, more: object = {}) =>
  judgeSpec({ specText: text, request: { type: 'code-editing' }, ...more });
const GATES_ON = 'version: 1\nopt_in_rules: true\ngates: {}\n';
const context = { now, fileExists: () => true };

describe('known defects, in judgements', () => {
  it('D-15: gates that a tier asks for and nobody declares have not passed', () => {
    const judgement = ask(specText({ tier: 1 }), { policyText: null, gatesText: null });
    expect(judgement.outcome).to.equal('FAIL');
    expect(clause(judgement, 'arbiter.gates').result).to.equal('NOT_EVALUATED');
  });

  it('D-16: every clause stands with its own result, failed ones as failed', () => {
    const judgement = judgeResult(question([added('other/x.ts'), change('src/a.ts')]));
    const results = new Map(judgement.clauses.map(({ id, result }) => [id, result]));
    expect(results.get('caws.scope')).to.equal('FAIL');
    expect(results.get('caws.budget')).to.equal('PASS');
    expect(judgement.clauses).to.have.length(CLAUSES.filter(({ phase }) => phase === 'POST').length);
  });

  it('D-17: leaving node_modules and .git out of the scope is no violation', () => {
    const judgement = ask(specText({ out: ['node_modules', '.git', 'dist'] }));
    expect(rules(judgement)).to.deep.equal([]);
    expect(judgement.outcome).to.equal('PASS');
  });

  it('D-19: waiver ids in a spec lead to no file: nothing is read, and nothing is waived', () => {
    const judgement = ask(specText({ extra: 'waiver_ids: ["../../../etc/passwd"]' }));
    expect(judgement.outcome).to.equal('FAIL');
    expect(judgement.clauses.map(({ result }) => result)).to.not.include('WAIVED');
  });

  it('D-22: what was observed is said in figures', () => {
    const judgement = judgeResult(question([change('src/a.ts', { insertions: 7, deletions: 2 })]));
    expect(clause(judgement, 'caws.budget').observed).to.include({ 'diff.files': '1', 'diff.lines': '9' });
    expect(judgement.clauses, 'as many as there are').to.have.length(
      CLAUSES.filter(({ phase }) => phase === 'POST').length,
    );
  });

  it('D-27, D-29: a rule that errs blocks, and is not made smaller', () => {
    const hostile = change('src/a.ts');
    Object.defineProperty(hostile, 'newMode', {
      enumerable: true,
      get: () => {
        throw new Error('broken');
      },
    });
    const judgement = judgeResult(question([hostile]));
    expect(judgement.outcome).to.equal('FAIL');
    expect(
      judgement.clauses.some(({ severity, result }) => severity === 'MUST' && result === 'ERROR'),
    ).to.equal(true);
  });

  it('D-28: an ordinary change passes', () => {
    expect(judgeResult(question([change('src/a.ts'), added('src/b.ts')])).outcome).to.equal('PASS');
    expect(ask(specText()).outcome).to.equal('PASS');
  });

  it('D-30, R-515: there is no switch: nothing that the module gives away is settable, no text turns a MUST off', () => {
    for (const value of Object.values(constitution))
      expect(['function', 'object', 'string']).to.include(typeof value);
    expect(
      Object.keys(constitution).filter((name) => /enable|disable|set[A-Z]|skip|bypass/.test(name)),
    ).to.deep.equal([]);
    const off = policyText(1, 1).replaceAll('enabled: true, mode: block', 'enabled: false, mode: skip');
    const policy = constitution.choosePolicy(off);
    const judgement = judgeResult(question([added('other/a.ts'), added('other/b.ts')], { policy }));
    expect(clause(judgement, 'caws.budget').result).to.not.equal('PASS');
    expect(clause(judgement, 'caws.scope').result).to.not.equal('PASS');
    expect(judgement.outcome).to.equal('FAIL');
  });

  it('D-32: all violations count; those that are not listed are counted', () => {
    const many = Array.from({ length: 250 }, (_, i) => added(`other/${i}.ts`));
    const judgement = judgeResult(question(many, { spec: spec({ tier: 3 }) }));
    expect(clause(judgement, 'caws.scope').observed['paths.outside']).to.equal('250');
    expect(judgement.violations.at(-1)?.rule).to.equal('arbiter.more_violations');
  });

  it('D-33: the more there is of a violation, the less it passes', () => {
    for (const count of [1, 2, 11, 200]) {
      const changes = Array.from({ length: count }, (_, i) => added(`other/${i}.ts`));
      expect(judgeResult(question(changes)).outcome).to.equal('FAIL');
    }
  });

  it('D-35: the outcome is that of the clauses, and of nothing else', () => {
    for (const changes of [[change('src/a.ts')], [added('other/x')], [], null]) {
      const judgement = judgeResult(question(changes));
      const standing = judgement.clauses.filter(constitution.fallsShort);
      expect(judgement.outcome).to.equal(standing.length === 0 ? 'PASS' : 'FAIL');
    }
  });

  it('R-313: the same question has the same answer, to the byte', () => {
    const changes = [added('other/x.ts'), change('src/a.ts')];
    expect(JSON.stringify(judgeResult(question(changes)))).to.equal(
      JSON.stringify(judgeResult(question(changes))),
    );
  });

  it('R-316: what is not there never makes a judgement milder', () => {
    const whole = judgeResult(question([change('src/a.ts')]));
    expect(whole.outcome).to.equal('PASS');
    for (const gone of [
      { spec: null },
      { policy: constitution.choosePolicy('no: policy') },
      { policy: constitution.choosePolicy(undefined) },
      { baseIsAncestor: null },
      { changes: null },
    ])
      expect(
        judgeResult({ ...question([change('src/a.ts')]), ...gone }).outcome,
        JSON.stringify(gone),
      ).to.equal('FAIL');
    expect(ask(specText(), { gatesText: 'gates: [', policyText: null }).outcome).to.equal('FAIL');
  });

  it('R-320: opt-in rules hold where the base switches them on, and nowhere else', () => {
    const twice = specText().replace('acceptance: [', 'acceptance: [{id: A1, given: g, when: w, then: t}, ');
    expect(ask(twice, { policyText: null, gatesText: null }).outcome).to.equal('PASS');
    const on = ask(twice, { policyText: null, gatesText: GATES_ON, context });
    expect([on.outcome, clause(on, 'arbiter.rules').result]).to.deep.equal(['FAIL', 'FAIL']);
    const blind = ask(twice, { policyText: null, gatesText: GATES_ON });
    expect(clause(blind, 'arbiter.rules').result, 'without a moment nothing is decided').to.equal('ERROR');
  });

  it('R-304: where only the semantics are broken everything else is judged as well, so that a waiver opens nothing else', () => {
    const text = specText({
      tier: 2,
      state: 'closed',
      extra: 'experimental_mode: {enabled: true, rationale: because, expires_at: "2099-01-01T00:00:00Z"}',
    });
    const judgement = ask(text);
    expect(clause(judgement, 'caws.spec.semantics').result).to.equal('FAIL');
    expect(clause(judgement, 'arbiter.spec.open').result).to.equal('FAIL');
  });

  it('hazard: a new name beside one that was there before, in another case, is seen', () => {
    const twins = [{ path: 'SRC/a.ts', twin: 'src' }];
    const judgement = judgeResult(question([added('src/b.ts')], { twins }));
    expect(clause(judgement, 'arbiter.paths').result).to.equal('FAIL');
    expect(rules(judgement)).to.deep.equal(['arbiter.paths.case_collision']);
  });
});
