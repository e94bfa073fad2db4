import { expect } from 'chai';
import { DEFAULT_POLICY, policyFit } from '../../src/caws/index.js';
import { excerpt } from '../../src/cli/specs/excerpt.js';

describe('CAWS: what a policy makes of a spec', () => {
  const policy = { ...DEFAULT_POLICY, non_governed_zones: ['docs/**', 'notes', '*.md'] };
  const rules = (spec: unknown): string[] =>
    policyFit(spec, policy).map(({ rule, pointer }) => `${rule} ${pointer ?? ''}`);

  it('R-301: a budget of its own that the tier does not grant is said, whatever the tier is written as', () => {
    const change_budget = { max_files: 16, max_loc: 600 };
    for (const risk_tier of [2, '2', 'T2'])
      expect(rules({ risk_tier, change_budget })).to.deep.equal([
        'arbiter.policy.change_budget_over /change_budget/max_files',
      ]);
    expect(rules({ risk_tier: 3, change_budget })).to.deep.equal([]);
    expect(rules({ risk_tier: 'high', change_budget })).to.deep.equal([]);
  });

  it('entries in a non-governed zone have no effect: zones are asked before the scope', () => {
    expect(
      rules({
        scope: { in: ['src/', 'docs/a', 'documents/'], out: ['notes/private/', 'README.md', 'docs'] },
      }),
    ).to.deep.equal([
      'arbiter.policy.in_in_zone /scope/in/1',
      'arbiter.policy.out_in_zone /scope/out/0',
      'arbiter.policy.out_in_zone /scope/out/1',
      'arbiter.policy.out_in_zone /scope/out/2',
    ]);
  });

  it('any document gets an answer', () => {
    for (const spec of [
      null,
      1,
      'x',
      [],
      {},
      { scope: null },
      { scope: { in: 3, out: [null, {}] } },
      { change_budget: 1 },
    ])
      expect(rules(spec)).to.deep.equal([]);
  });
});

describe('cli: the excerpt of a diagnostic', () => {
  it('shows the line with a caret below the column, tabs as one place', () => {
    expect(excerpt('a\n\tb: x\r\nc', 2, 5)).to.deep.equal(['     2 |  b: x', '       |     ^']);
    expect(excerpt('a', 9, 1)).to.deep.equal([]);
  });

  it('a long line is cut around the column; what would drive the terminal is made visible', () => {
    const [line = '', caret = ''] = excerpt(`${'x'.repeat(500)}\u001b[31mHERE${'y'.repeat(500)}`, 1, 506);
    expect(line).to.contain('HERE').and.not.contain('\u001b');
    expect(line).to.have.length.lessThan(120);
    expect(line[caret.indexOf('^')]).to.equal('H');
  });
});
