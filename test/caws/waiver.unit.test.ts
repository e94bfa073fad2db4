import { expect } from 'chai';
import { effectiveWaiversForGate, validateWaiver, waiverEffectiveness } from '../../src/caws/index.js';
import type { Waiver } from '../../src/caws/index.js';
import { readable } from './support.js';

const NOW = new Date('2026-06-15T12:00:00Z');
const WAIVER: Waiver = {
  id: 'WV-12',
  title: 'Large move',
  status: 'active',
  gates: ['budget_limit'],
  reason: 'files move',
  approved_by: 'ana',
  created_at: '2026-06-01T00:00:00Z',
  expires_at: '2026-07-01T00:00:00+02:00',
};
const REVOCATION = { revoked_at: '2026-06-02T00:00:00Z' };

const ruleOf = (changes: object): string => {
  const result = validateWaiver({ ...WAIVER, ...changes });
  if (result.ok) return 'ok';
  expect(result.errors, 'the first violation only').to.have.length(1);
  readable(result.errors);
  return `${result.errors[0]?.rule.replace('waiver.schema.', '') ?? ''} ${result.errors[0]?.pointer ?? ''}`;
};

describe('waivers: validation', () => {
  it('a valid one, without the keys that CAWS does not know', () => {
    expect(validateWaiver({ ...WAIVER, delta: { max_files: 5 } })).to.deep.equal({ ok: true, value: WAIVER });
    const full = {
      ...WAIVER,
      scope: { spec_id: 'FEAT-1', paths: ['a'] },
      constraints: { max_uses: 0, more: 1 },
    };
    expect(validateWaiver(full)).to.deep.equal({
      ok: true,
      value: { ...WAIVER, scope: { spec_id: 'FEAT-1' }, constraints: { max_uses: 0 } },
    });
    expect(validateWaiver({ ...WAIVER, scope: {}, constraints: {} })).to.deep.equal({
      ok: true,
      value: { ...WAIVER, scope: {}, constraints: {} },
    });
    const revocation = { ...REVOCATION, revoked_by: 'ben', reason: 'done' };
    expect(
      validateWaiver({ ...WAIVER, status: 'revoked', revocation: { ...revocation, more: 1 } }),
    ).to.deep.equal({
      ok: true,
      value: { ...WAIVER, status: 'revoked', revocation },
    });
    const odd = { ...REVOCATION, revoked_by: 7, reason: null };
    expect(validateWaiver({ ...WAIVER, status: 'revoked', revocation: odd })).to.deep.equal({
      ok: true,
      value: { ...WAIVER, status: 'revoked', revocation: REVOCATION },
    });
  });

  for (const input of [null, undefined, [], 'x', 7]) {
    it(`${String(input)} (${typeof input}) is none`, () => {
      const result = validateWaiver(input);
      expect(result.ok ? '' : result.errors[0]?.rule).to.equal('waiver.schema.invalid_id');
    });
  }

  for (const [field, values] of [
    [
      'id',
      [undefined, 7, ['WV-1'], '', 'wv-1', 'WV', 'WV-', 'WV-1aa', ' WV-1', 'WV-1 ', '../WV-1', 'WV-1/../X-2'],
    ],
    ['title', [undefined, 7, ['long enough'], 'four', '    four    ']],
    ['status', [undefined, 'expired', 'proposed', 'Active']],
    ['gates', [undefined, [], 'budget_limit', [''], ['a', 7]]],
    ['reason', [undefined, 7, ['long enough'], '', '  ab  ']],
    ['approved_by', [undefined, '', '  ', ['ana']]],
    ['created_at', [undefined, '2026-06-01', '2026-06-01T00:00:00', 7]],
  ] as const) {
    it(`D-19, D-20: ${field} is checked`, () => {
      for (const value of values)
        expect(ruleOf({ [field]: value }), String(value)).to.equal(`invalid_${field} /${field}`);
    });
  }

  it('the shortest that will do', () => {
    for (const changes of [
      { title: ' 12345 ' },
      { reason: ' abc ' },
      { approved_by: 'a' },
      { id: 'A-1b' },
      { id: 'A1-B2-3' },
    ]) {
      expect(ruleOf(changes)).to.equal('ok');
    }
  });

  it('D-18: an end that is no moment is refused', () => {
    for (const expires_at of [undefined, '', 'never', '2026-07-01', '2026-07-01T00:00:00', 7]) {
      expect(ruleOf({ expires_at })).to.equal('invalid_expiry /expires_at');
    }
  });

  it('scope and constraints go by the id of gates', () => {
    for (const scope of [null, [], 'x', { spec_id: 7 }])
      expect(ruleOf({ scope })).to.equal('invalid_gates /scope');
    for (const constraints of [
      null,
      [],
      7,
      { max_uses: -1 },
      { max_uses: 1.5 },
      { max_uses: '1' },
      { max_uses: null },
    ]) {
      expect(ruleOf({ constraints }), JSON.stringify(constraints)).to.equal('invalid_gates /constraints');
    }
    expect(ruleOf({ constraints: { max_uses: 1 } })).to.equal('ok');
  });

  it('revoked if and only if it says when', () => {
    for (const revocation of [undefined, null, [], 'x', {}, { revoked_at: '2026-06-02' }]) {
      expect(ruleOf({ status: 'revoked', revocation })).to.equal(
        'revoked_without_revocation_record /revocation',
      );
    }
    for (const revocation of [REVOCATION, null, {}]) {
      expect(ruleOf({ revocation })).to.equal('active_status_carries_revocation_record /revocation');
    }
  });
});

describe('waivers: effect', () => {
  it('D-18: up to the last moment, in any zone, and never without one', () => {
    const at = (expires_at: string): string => waiverEffectiveness({ ...WAIVER, expires_at }, NOW);
    expect(at('2026-06-15T12:00:00.001Z')).to.equal('active');
    expect(at('2026-06-15T12:00:00Z')).to.equal('expired');
    expect(at('2026-06-15T14:00:00+02:00')).to.equal('expired');
    expect(at('2026-06-15T12:00:00-02:00')).to.equal('active');
    for (const never of ['', 'never', '9999', '2027-01-01', '2026-13-01T00:00:00Z'])
      expect(at(never), never).to.equal('expired');
    expect(waiverEffectiveness({ ...WAIVER, status: 'revoked' }, NOW)).to.equal('revoked');
  });

  it('D-24: a gate is named exactly; no part of a name, no pattern, no empty text matches', () => {
    const names = (gates: string[], gate: string): number =>
      effectiveWaiversForGate({ waivers: [{ ...WAIVER, gates }], gate, now: NOW }).length;
    expect(names(['budget_limit'], 'budget_limit')).to.equal(1);
    for (const gates of [['budget'], ['budget_*'], [''], ['*'], ['BUDGET_LIMIT'], ['x budget_limit']]) {
      expect(names(gates, 'budget_limit'), gates.join()).to.equal(0);
    }
  });

  it('a waiver for one spec is for no other, and for none without a name', () => {
    const bound = { ...WAIVER, scope: { spec_id: 'FEAT-1' } };
    const ask = (specId?: string): number =>
      effectiveWaiversForGate({ waivers: [bound, WAIVER], gate: 'budget_limit', specId, now: NOW }).length;
    expect([ask('FEAT-1'), ask('FEAT-2'), ask()]).to.deep.equal([2, 1, 1]);
  });
});
