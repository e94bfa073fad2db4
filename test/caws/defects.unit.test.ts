import { expect } from 'chai';
import {
  checkArbiterRules,
  checkSpec,
  effectiveWaiversForGate,
  evaluatePath,
  hasError,
  parsePolicy,
} from '../../src/caws/index.js';
import type { Waiver } from '../../src/caws/index.js';

const POLICY = `
version: 1
risk_tiers: { '1': { max_files: 9, max_loc: 9 }, '2': { max_files: 5, max_loc: 9 }, '3': { max_files: 9, max_loc: 9 } }
gates:
  budget_limit: { enabled: true, mode: warn }
  spec_completeness: { enabled: true, mode: block }
  scope_boundary: { enabled: true, mode: block }
`;

const SPEC = (out: string): string => `
id: FEAT-1
title: Fold the log
risk_tier: 3
mode: feature
lifecycle_state: active
blast_radius: { modules: [fold] }
scope: { in: [src], out: ${out} }
invariants: [The fold is a function of the events.]
acceptance: [{ id: A1, given: a log, when: it is folded, then: the state is right }]
non_functional: {}
contracts: []
`;

describe('known defects, in the rules', () => {
  it('D-14: an error beside a warning is an error', () => {
    const { ok, policy, diagnostics } = parsePolicy(POLICY);
    expect(diagnostics.map((d) => `${d.severity} ${d.rule}`)).to.deep.equal([
      'error policy.semantic.risk_tiers.non_monotonic_files',
      'warning policy.semantic.gates.critical_not_blocking',
    ]);
    expect(ok).to.equal(false);
    expect(policy).to.equal(undefined);
    const warning = { rule: 'r', severity: 'warning' as const, message: 'm' };
    const error = { ...warning, severity: 'error' as const };
    expect([[], [warning], [error], [warning, error], [error, warning]].map(hasError)).to.deep.equal([
      false,
      false,
      true,
      true,
      true,
    ]);
  });

  it('D-17: to shut out node_modules or .git is no fault', () => {
    const check = checkSpec(SPEC('[node_modules, .git, dist]'));
    expect(check.diagnostics).to.deep.equal([]);
    if (check.spec === undefined) throw new Error('no spec');
    expect(checkArbiterRules(check.spec, { now: new Date('2026-06-15T12:00:00Z') })).to.deep.equal([]);
  });

  it('D-21, D-23: a waiver of one gate leaves the others as they are', () => {
    const waiver: Waiver = {
      id: 'WV-1',
      title: 'Large move',
      status: 'active',
      gates: ['budget_limit'],
      reason: 'files move',
      approved_by: 'ana',
      created_at: '2026-06-01T00:00:00Z',
      expires_at: '2026-07-01T00:00:00Z',
    };
    const now = new Date('2026-06-15T12:00:00Z');
    const holds = ['budget_limit', 'scope_boundary', 'spec_completeness'].filter(
      (gate) => effectiveWaiversForGate({ waivers: [waiver], gate, now }).length > 0,
    );
    expect(holds).to.deep.equal(['budget_limit']);
  });

  it('D-27: without a binding nothing is permitted, and that is an answer, not an exception', () => {
    for (const kind of ['unbound', 'one_sided'] as const) {
      expect(evaluatePath('src/a.ts', { kind }, { non_governed_zones: ['**'] }).kind).to.equal(
        'no_authority',
      );
    }
  });
});
