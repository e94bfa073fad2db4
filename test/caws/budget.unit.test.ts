import { expect } from 'chai';
import fc from 'fast-check';
import { deriveBudget } from '../../src/caws/index.js';
import type { BudgetTrace, BudgetWaiver, Tier } from '../../src/caws/index.js';

const NOW = '2026-06-15T12:00:00Z';
const TIERS = {
  '1': { max_files: 5, max_loc: 200 },
  '2': { max_files: 15, max_loc: 600 },
  '3': { max_files: 30, max_loc: 1500 },
};

const waiver = (changes: Partial<BudgetWaiver> = {}): BudgetWaiver => ({
  waiver_id: 'WV-1',
  status: 'active',
  gates: ['budget_limit'],
  delta: { max_files: 2, max_loc: 20 },
  expires_at: '2026-07-01T00:00:00Z',
  approvers: [{ name: 'ana' }],
  ...changes,
});

function trace(waivers: readonly BudgetWaiver[], rules: object = {}, tier: Tier = 2): BudgetTrace {
  const result = deriveBudget({ risk_tiers: TIERS, waivers: rules }, { risk_tier: tier }, waivers, {
    now: NOW,
  });
  if (!result.ok) throw new Error('no budget');
  expect(result.value.budget).to.deep.equal(result.value.trace.effective);
  return result.value.trace;
}
const skips = (waivers: readonly BudgetWaiver[], rules: object = {}): string[] =>
  trace(waivers, rules).skippedWaivers.map(({ reason, detail }) => `${reason}: ${detail}`);

describe('budget', () => {
  it('D-21, R-323: a waiver that is listed twice counts once', () => {
    const twice = trace([waiver(), waiver({ delta: { max_files: 100 } })]);
    expect(twice.effective).to.deep.equal({ max_files: 17, max_loc: 620 });
    expect(skips([waiver(), waiver()])).to.deep.equal(['duplicate: WV-1 is applied already']);
    const second = [waiver({ status: 'revoked' }), waiver()];
    expect(trace(second).effective.max_files, 'one that was skipped does not stand in the way').to.equal(17);
  });

  it('D-21: waivers do not stack without limit where the policy sets one', () => {
    const three = ['WV-1', 'WV-2', 'WV-3'].map((waiver_id) => waiver({ waiver_id }));
    expect(trace(three, { max_active_waivers_per_gate: 2 }).effective.max_files).to.equal(19);
    expect(skips(three, { max_active_waivers_per_gate: 2 })).to.deep.equal([
      'gate_limit_reached: max_active_waivers_per_gate=2',
    ]);
    for (const rules of [{}, { max_active_waivers_per_gate: 0 }, { max_active_waivers_per_gate: 3 }]) {
      expect(trace(three, rules).effective.max_files).to.equal(21);
    }
  });

  it('D-20: one approver who is named twice is one, a blank one is none', () => {
    const two = { min_approvers_for_budget_raise: 2 };
    for (const approvers of [
      [{ name: 'ana' }, { name: 'ana' }],
      [{ name: 'ana' }, { name: ' ' }],
      [{ name: 'ana' }, {}],
      ['ana', { name: 'ana' }],
      ['ana', null, 7],
      [{ handle: 'ana' }, { name: 'ana' }],
    ]) {
      expect(skips([waiver({ approvers })], two)).to.deep.equal(['insufficient_approvers: 1 < required 2']);
    }
    for (const approvers of [
      [{ name: 'ana' }, { name: 'ben' }],
      ['ana', { handle: 'ben' }],
    ]) {
      expect(skips([waiver({ approvers })], two)).to.deep.equal([]);
    }
  });

  it('D-18: an end that cannot be read is skipped and said, it never means for ever', () => {
    for (const expires_at of ['soon', '', '2026-13-01T00:00:00Z', '2026-07-01T00:00:00', '2026-07-01']) {
      expect(skips([waiver({ expires_at })]), expires_at).to.deep.equal([
        `malformed: unparseable expires_at=${expires_at}`,
      ]);
    }
  });

  it('an amount that is no number of files or lines is skipped', () => {
    for (const max_files of [NaN, Infinity, 0.5, 2 ** 53, '5' as unknown as number]) {
      expect(skips([waiver({ delta: { max_files } })])[0], String(max_files)).to.match(
        /^malformed: delta files=/,
      );
      expect(skips([waiver({ delta: { max_loc: max_files } })])[0]).to.match(
        /^malformed: delta files=0 loc=/,
      );
    }
  });

  it('the moment is asked for, not looked up', () => {
    const run = (now?: string) => () =>
      deriveBudget({ risk_tiers: TIERS }, { risk_tier: 1 }, [], now === undefined ? {} : { now });
    expect(run()).to.throw('`now` is required');
    expect(run('later')).to.throw('invalid now value: later');
    const result = deriveBudget({ risk_tiers: TIERS }, { risk_tier: 1 }, [], { now: new Date(NOW) });
    expect(result.ok && result.value.trace.evaluatedAt).to.equal('2026-06-15T12:00:00.000Z');
  });

  const amounts = fc.record({
    max_files: fc.integer({ min: -50, max: 50 }),
    max_loc: fc.integer({ min: -500, max: 500 }),
  });
  const anyWaiver = fc.record({
    waiver_id: fc.constantFrom('WV-1', 'WV-2', 'WV-3', 'WV-4'),
    status: fc.constantFrom('active', 'active', 'revoked', 'expired'),
    gates: fc.subarray(['budget_limit', 'scope_boundary']),
    delta: amounts,
    expires_at: fc.constantFrom(
      '2026-06-15T12:00:00Z',
      '2026-06-15T12:00:01Z',
      '2020-01-01T00:00:00Z',
      'never',
    ),
    approvers: fc.subarray([{ name: 'ana' }, { name: 'ben' }]),
  });
  const anyList = fc.array(anyWaiver, { maxLength: 8 });
  const anyTier = fc.constantFrom<Tier>(1, 2, 3);

  it('waivers only add; what was added is what the trace says; no waiver is lost', () => {
    fc.assert(
      fc.property(anyTier, anyList, fc.integer({ min: 1, max: 2 }), (tier, waivers, min) => {
        const t = trace(waivers, { min_approvers_for_budget_raise: min }, tier);
        for (const key of ['max_files', 'max_loc'] as const) {
          const added = t.appliedWaivers.reduce((sum, { delta }) => sum + delta[key], 0);
          expect(t.effective[key]).to.equal(t.baseline[key] + added);
          expect(t.effective[key]).to.be.at.least(t.baseline[key]);
          expect(t.effective[key]).to.be.at.least(0);
        }
        expect(t.appliedWaivers.length + t.skippedWaivers.length).to.equal(waivers.length);
        expect(new Set(t.appliedWaivers.map((w) => w.waiver_id)).size).to.equal(t.appliedWaivers.length);
      }),
    );
  });

  it('one more waiver never takes anything away, and the order does not matter where no id occurs twice', () => {
    fc.assert(
      fc.property(fc.uniqueArray(anyWaiver, { selector: (w) => w.waiver_id, maxLength: 4 }), (waivers) => {
        const all = trace(waivers).effective;
        expect(trace([...waivers].reverse()).effective).to.deep.equal(all);
        const fewer = trace(waivers.slice(1)).effective;
        expect(all.max_files).to.be.at.least(fewer.max_files);
        expect(all.max_loc).to.be.at.least(fewer.max_loc);
      }),
    );
  });

  it('the same question has the same answer, and nothing handed in is changed', () => {
    fc.assert(
      fc.property(anyList, (waivers) => {
        const frozen = waivers.map((w) => Object.freeze({ ...w, delta: Object.freeze({ ...w.delta }) }));
        expect(trace(Object.freeze(frozen))).to.deep.equal(trace(waivers));
      }),
    );
  });
});
