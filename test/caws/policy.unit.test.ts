import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { parsePolicy } from '../../src/caws/index.js';
import { readable } from './support.js';

const gate = { enabled: true, mode: 'block' };
const POLICY = {
  version: 1,
  risk_tiers: {
    '1': { max_files: 1, max_loc: 10 },
    '2': { max_files: 2, max_loc: 20 },
    '3': { max_files: 3, max_loc: 30 },
  },
  gates: { budget_limit: gate, spec_completeness: gate, scope_boundary: gate },
};

const check = (changes: object) => parsePolicy(JSON.stringify({ ...POLICY, ...changes }));
const found = (changes: object): string[] => {
  const { diagnostics } = check(changes);
  readable(diagnostics);
  return diagnostics.map((d) => `${d.severity} ${d.rule.replace('policy.', '')} ${d.pointer ?? ''}`);
};

describe('policy', () => {
  it('a valid one, with the digest of its text', () => {
    const text = JSON.stringify(POLICY);
    const sha256 = createHash('sha256').update(text, 'utf8').digest('hex');
    expect(parsePolicy(text)).to.deep.equal({ ok: true, policy: POLICY, diagnostics: [], sha256 });
  });

  it('what cannot be read is no policy', () => {
    for (const text of ['', '[', '- a']) {
      const { ok, policy, diagnostics, sha256 } = parsePolicy(text);
      expect([ok, policy, diagnostics.length, sha256.length]).to.deep.equal([false, undefined, 1, 64]);
    }
  });

  const tier = { max_files: 1, max_loc: 10 };
  for (const [what, changes, expected] of [
    [
      'a label of a tier',
      { risk_tiers: { ...POLICY.risk_tiers, '1': { ...tier, label: 'x' } } },
      ['error schema.tier.label_forbidden /risk_tiers/1'],
    ],
    [
      'another key of a tier',
      { risk_tiers: { ...POLICY.risk_tiers, '1': { ...tier, more: 1 } } },
      ['error schema.violation /risk_tiers/1'],
    ],
    ['a label elsewhere', { label: 'x' }, ['error schema.violation /']],
    [
      'approvers in edit_rules',
      { edit_rules: { min_approvers_for_budget_raise: 2 } },
      ['error schema.edit_rules.approvers_misplaced /edit_rules'],
    ],
    ['another key of edit_rules', { edit_rules: { more: 1 } }, ['error schema.violation /edit_rules']],
    ['approvers at the top', { min_approvers_for_budget_raise: 2 }, ['error schema.violation /']],
    [
      'a gate that does not exist',
      { gates: { ...POLICY.gates, coverage: gate } },
      ['error schema.gates.unknown /gates'],
    ],
    [
      'a gate that is missing',
      { gates: { budget_limit: gate, spec_completeness: gate } },
      ['error schema.gates.missing_required /gates'],
    ],
    ['a part that is missing', { version: undefined }, ['error schema.violation /']],
    [
      'a mode that does not exist',
      { gates: { ...POLICY.gates, budget_limit: { enabled: true, mode: 'off' } } },
      ['error schema.gates.unknown_mode /gates/budget_limit/mode'],
    ],
    [
      'a root file with a slash',
      { root_passthrough: ['a/b'] },
      ['error schema.root_passthrough.contains_slash /root_passthrough/0'],
    ],
    [
      'tiers that fall',
      { risk_tiers: { ...POLICY.risk_tiers, '3': { max_files: 1, max_loc: 19 } } },
      [
        'error semantic.risk_tiers.non_monotonic_files /risk_tiers',
        'error semantic.risk_tiers.non_monotonic_loc /risk_tiers',
      ],
    ],
    [
      'tier 1 above tier 2',
      { risk_tiers: { ...POLICY.risk_tiers, '1': { max_files: 3, max_loc: 10 } } },
      ['error semantic.risk_tiers.non_monotonic_files /risk_tiers'],
    ],
    [
      'a critical gate that warns',
      { gates: { ...POLICY.gates, scope_boundary: { enabled: true, mode: 'warn' } } },
      ['warning semantic.gates.critical_not_blocking /gates/scope_boundary/mode'],
    ],
    [
      'a risky root file',
      { root_passthrough: ['README.md', 'CODEOWNERS'] },
      ['warning semantic.root_passthrough.risky_file /root_passthrough/1'],
    ],
    [
      'a wide zone that is forced',
      { non_governed_zones: ['**'], non_governed_zones_force: true },
      ['warning semantic.non_governed_zones.force_used /non_governed_zones_force'],
    ],
    ['a narrow zone, not forced', { non_governed_zones: ['docs/**'], non_governed_zones_force: false }, []],
    ['equal tiers', { risk_tiers: { '1': tier, '2': tier, '3': tier } }, []],
  ] as const) {
    it(what, () => {
      expect(found(changes)).to.deep.equal(expected);
      expect(check(changes).ok).to.equal(!expected.some((each) => each.startsWith('error')));
    });
  }

  it('a zone as wide as the repository needs a second key', () => {
    for (const zone of ['**', '*', '**/*', '.', './', './**', '/**']) {
      expect(found({ non_governed_zones: ['a/**', zone] }), zone).to.include(
        'error schema.non_governed_zones.too_broad /non_governed_zones/1',
      );
    }
  });

  it('a policy of nothing but violations is reported up to a bound', () => {
    const more = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`k${i}`, 1]));
    const { ok, diagnostics } = check(more);
    expect([ok, diagnostics.length, diagnostics.at(-1)?.rule]).to.deep.equal([
      false,
      201,
      'arbiter.policy.more_violations',
    ]);
  });
});
