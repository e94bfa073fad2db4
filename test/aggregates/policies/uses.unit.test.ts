import { expect } from 'chai';
import { needsOf, showInstant } from '../../../src/aggregates/policies/index.js';
import type { WaiverNeed } from '../../../src/events/generated/events.js';
import { expectEvents } from '../../support/decider.js';
import { CONTENT, DEPLOYMENT, DAY, DeskWorld, HOUR, keysOf, lines, refused, types } from './support.js';

const scope = (...paths: readonly string[]): WaiverNeed => ({
  clause: 'caws.scope',
  amount: {},
  measured: false,
  paths: [...paths],
  pathsComplete: true,
});
const CURED = ['WaiverDemanded', 'WaiverUsed', 'DemandClosed'];

const granted = (over: object = {}, approvers: readonly string[] = ['bob']): DeskWorld => {
  const desk = new DeskWorld();
  desk.request('W-1', over);
  for (const by of approvers) desk.approve('W-1', by);
  return desk;
};

describe('waivers: used', () => {
  it('R-304: a task that waits is cured when its waiver is granted', () => {
    const desk = new DeskWorld();
    expectEvents(desk.demand('T-1'), [['WaiverDemanded', { taskId: 'T-1', riskTier: 3 }]]);
    desk.request('W-1');
    expectEvents(desk.approve('W-1', 'bob'), [
      'WaiverApproved',
      'WaiverGranted',
      ['WaiverUsed', { taskId: 'T-1', clause: 'caws.budget', use: 1, usesLeft: 0, drawn: { lines: 40 } }],
      ['DemandClosed', { taskId: 'T-1', end: 'CURED' }],
    ]);
  });

  it('R-304: a waiver granted before is used as soon as the task asks', () => {
    const desk = granted();
    expectEvents(desk.demand('T-1'), CURED);
    expect(desk.waiver('W-1')).to.deep.include({ kind: 'over', how: 'used' });
  });

  it('D-23: a waiver cures its own clause and no other; all clauses or none', () => {
    const desk = granted();
    const needs = [lines(40), scope('docs/a.md')];
    expectEvents(desk.demand('T-1', { needs }), ['WaiverDemanded']);
    expect(desk.waiver('W-1')).to.deep.include({ kind: 'waiver', used: 0 });
    desk.request('W-2', { clause: 'caws.scope', amount: {}, paths: ['docs/**'] });
    desk.approve('W-2', 'bob');
    expect(types(desk.approve('W-2', 'cyd'))).to.deep.equal([
      'WaiverApproved',
      'WaiverGranted',
      'WaiverUsed',
      'WaiverUsed',
      'DemandClosed',
    ]);
  });

  it('D-21: the last use is used once: of two tasks the one that came first', () => {
    const desk = granted({ taskId: null, specId: 'FEAT-1' });
    expectEvents(desk.demand('T-1'), CURED);
    expectEvents(desk.demand('T-2'), ['WaiverDemanded']);
    const other = new DeskWorld();
    other.demand('T-1');
    other.partition.now += 1;
    other.demand('T-2');
    other.request('W-1', { taskId: null, specId: 'FEAT-1' });
    expectEvents(other.approve('W-1', 'bob').slice(2), [['WaiverUsed', { taskId: 'T-1' }], 'DemandClosed']);
    expect(other.demandOf('T-2')).to.deep.include({ end: null });
  });

  it('D-21: the amount is for all uses together', () => {
    const desk = granted({ taskId: null, specId: 'FEAT-1', uses: 5 });
    expectEvents(desk.demand('T-1', { needs: [lines(60)] }), CURED);
    expectEvents(desk.demand('T-2', { needs: [lines(41)] }), ['WaiverDemanded']);
    expectEvents(desk.demand('T-3', { needs: [lines(40)] }), CURED);
  });

  it('R-323: amounts of several waivers add up, each drawn once, over three at most', () => {
    const desk = new DeskWorld();
    for (const id of ['W-1', 'W-2', 'W-3', 'W-4']) {
      desk.request(id, { amount: { lines: 30 } });
      desk.approve(id, 'bob');
    }
    expectEvents(desk.demand('T-1', { needs: [lines(91)] }), ['WaiverDemanded']);
    const other = new DeskWorld();
    for (const id of ['W-1', 'W-2', 'W-3']) {
      other.request(id, { amount: { lines: 30 } });
      other.approve(id, 'bob');
    }
    expectEvents(other.demand('T-1', { needs: [lines(70)] }), [
      'WaiverDemanded',
      ['WaiverUsed', { waiverId: 'W-1', drawn: { lines: 30 } }],
      ['WaiverUsed', { waiverId: 'W-2', drawn: { lines: 30 } }],
      ['WaiverUsed', { waiverId: 'W-3', drawn: { lines: 10 } }],
      'DemandClosed',
    ]);
  });

  it('files and lines are two amounts: one does not pay for the other', () => {
    const desk = granted({ amount: { lines: 1000 } });
    const both = { ...lines(10), amount: { lines: 10, files: 1 } };
    expectEvents(desk.demand('T-1', { needs: [both] }), ['WaiverDemanded']);
  });

  it('law 10: by how much is not known, so no amount is enough; where is not known, so no path is', () => {
    const desk = granted();
    expectEvents(desk.demand('T-1', { needs: [{ ...lines(40), measured: false }] }), ['WaiverDemanded']);
    expectEvents(desk.demand('T-1', { ask: { offset: 9, eventId: 'b' }, needs: [lines(0)] }), [
      'WaiverDemanded',
    ]);
    const other = granted({ clause: 'caws.scope', amount: {}, paths: ['docs/**'] }, ['bob', 'cyd']);
    const some = { ...scope('docs/a.md'), pathsComplete: false };
    expectEvents(other.demand('T-1', { needs: [some] }), ['WaiverDemanded']);
  });

  it('every path has to lie where the waiver holds, dot files as well', () => {
    const paths = { clause: 'caws.scope', amount: {}, paths: ['docs/**'] };
    const desk = granted(paths, ['bob', 'cyd']);
    expectEvents(desk.demand('T-1', { needs: [scope('docs/a.md', 'src/b.ts')] }), ['WaiverDemanded']);
    const ask = { offset: 8, eventId: 'again' };
    expectEvents(desk.demand('T-1', { ask, needs: [scope('docs/.hidden/a.md')] }), CURED);
  });

  it('a pattern that means everything but something, or that takes for ever, is refused', () => {
    const desk = new DeskWorld();
    for (const path of ['!x', '!(x)', '(a+)+b', 'a'.repeat(257)]) {
      const paths = { clause: 'caws.scope', amount: {}, paths: [path] };
      if (path.length > 256) expect(() => desk.request('W-1', paths)).to.throw('paths');
      else expectEvents(desk.request('W-1', paths), refused('INVALID'));
    }
  });

  it('a gate is cured within the points that it falls short of', () => {
    const clause = 'arbiter.gate.unit.coverage';
    const [need] = needsOf([{ id: clause, observed: { 'gate.shortfall': '250' } }], []);
    expect(need).to.deep.include({ clause, amount: { points: 250 }, measured: true });
    const needs = need === undefined ? [] : [need];
    const enough = granted({ clause, amount: { points: 250 } });
    expectEvents(enough.demand('T-1', { needs }), CURED);
    const less = granted({ clause, amount: { points: 249 } });
    expectEvents(less.demand('T-1', { needs }), ['WaiverDemanded']);
  });

  it('a waiver is for its task or spec; a task that retries carries it', () => {
    const desk = new DeskWorld();
    expectEvents(desk.demand('T-1', { until: desk.now + HOUR }), ['WaiverDemanded']);
    desk.partition.now += HOUR;
    expectEvents(desk.partition.fire(), [['DemandClosed', { end: 'LAPSED' }]]);
    desk.request('W-1');
    desk.approve('W-1', 'bob');
    expectEvents(desk.demand('T-2'), ['WaiverDemanded']);
    expectEvents(desk.demand('T-3', { retryOf: 'T-1' }), CURED);
    const other = granted({ taskId: null, specId: 'FEAT-2' });
    expectEvents(other.demand('T-1'), ['WaiverDemanded']);
    expectEvents(other.demand('T-2', { specId: null }), ['WaiverDemanded']);
  });

  it('a task that names another as the one it retries takes nothing while that one waits', () => {
    const desk = new DeskWorld();
    desk.demand('T-2', { needs: [lines(40), { ...lines(1), clause: 'arbiter.rules', amount: {} }] });
    desk.request('W-1', { taskId: 'T-2' });
    desk.approve('W-1', 'bob');
    expectEvents(desk.demand('T-3', { retryOf: 'T-2' }), ['WaiverDemanded']);
    const left = desk.send(DEPLOYMENT, 'WithdrawDemand', { askEventId: 'ask/T-2', reason: 'it ended' });
    expectEvents(left, [
      ['DemandClosed', { taskId: 'T-2', end: 'WITHDRAWN' }],
      ['WaiverUsed', { taskId: 'T-3' }],
      ['DemandClosed', { taskId: 'T-3', end: 'CURED' }],
    ]);
  });

  it('tier 1, and a tier that is not known, need two who approved', () => {
    for (const riskTier of [1, null]) {
      const desk = granted();
      expectEvents(desk.demand('T-1', { riskTier }), ['WaiverDemanded']);
      expect(types(desk.approve('W-1', 'cyd'))).to.deep.equal([
        'WaiverApproved',
        'WaiverUsed',
        'DemandClosed',
      ]);
    }
  });

  it('a demand is answered once, and only the deployment makes one', () => {
    const desk = granted();
    expectEvents(desk.demand('T-1', {}, keysOf('bob')), refused('NOT_ALLOWED'));
    desk.demand('T-1');
    expectEvents(desk.demand('T-1'), []);
  });

  it('a clause that cannot be waived is denied at once, whatever is granted for the others', () => {
    const desk = granted();
    const needs = [lines(40), { ...lines(1), clause: 'arbiter.base' }];
    expectEvents(desk.demand('T-1', { needs }), ['WaiverDemanded', ['DemandClosed', { end: 'DENIED' }]]);
    expectEvents(desk.demand('T-2', { needs: [] }), ['WaiverDemanded', ['DemandClosed', { end: 'DENIED' }]]);
  });

  it('a denial answers the tasks that waited for it, unless something else is asked for', () => {
    const desk = new DeskWorld();
    desk.demand('T-1');
    desk.request('W-1');
    desk.request('W-2');
    expectEvents(desk.deny('W-1', 'bob'), ['WaiverDenied']);
    expectEvents(desk.deny('W-2', 'bob'), ['WaiverDenied', ['DemandClosed', { end: 'DENIED' }]]);
    expectEvents(desk.demand('T-1'), []);
  });

  it('a task that waits no longer costs no use; its time over, it is forgotten', () => {
    const desk = new DeskWorld();
    desk.demand('T-1');
    desk.send(keysOf('the deployment'), 'WithdrawDemand', { askEventId: 'ask/T-1', reason: 'cancelled' });
    desk.request('W-1');
    expectEvents(desk.approve('W-1', 'bob'), ['WaiverApproved', 'WaiverGranted']);
    desk.partition.now += DAY;
    for (let i = 0; i < 3; i++) desk.partition.fire();
    expect(desk.demandOf('T-1')).to.equal(undefined);
    const lapsed = new DeskWorld();
    lapsed.demand('T-1');
    expectEvents(lapsed.partition.fire(), [['DemandClosed', { end: 'LAPSED' }]]);
    expectEvents(lapsed.partition.fire(), ['DemandForgotten']);
    expect(lapsed.demandOf('T-1')).to.equal(undefined);
    expectEvents(lapsed.demand('T-1', { until: lapsed.now }), refused('LAPSED'));
  });
});

describe('overrides by a person', () => {
  it('R-619, D-43: justified, by who may, for a day at most, once', () => {
    const desk = new DeskWorld();
    expectEvents(desk.override('O-1', 'bob'), refused('NOT_ALLOWED'));
    const long = { expiresAt: showInstant(desk.now + DAY + 1) };
    expectEvents(desk.override('O-1', 'oli', long), refused('TOO_LONG'));
    const critical = { clauses: ['caws.budget', 'caws.scope'], paths: ['docs/**'] };
    expectEvents(desk.override('O-1', 'oli', critical), [['OverrideGranted', { grantedBy: 'oli', uses: 1 }]]);
    const needs = [lines(40), scope('docs/a.md')];
    expectEvents(desk.demand('T-1', { needs, riskTier: 1 }), [
      'WaiverDemanded',
      ['WaiverUsed', { kind: 'OVERRIDE', clause: 'caws.budget', use: 1, usesLeft: 0, clausesLeft: 1 }],
      ['WaiverUsed', { kind: 'OVERRIDE', clause: 'caws.scope', use: 1, usesLeft: 0, clausesLeft: 0 }],
      'DemandClosed',
    ]);
    expectEvents(desk.demand('T-9', { retryOf: 'T-1' }), ['WaiverDemanded']);
  });

  it('R-619: it acts while the task waits', () => {
    const desk = new DeskWorld();
    desk.demand('T-1');
    expect(types(desk.override('O-1'))).to.deep.equal(['OverrideGranted', 'WaiverUsed', 'DemandClosed']);
  });

  it('what cannot be waived cannot be overridden, and an override says by how much', () => {
    const desk = new DeskWorld();
    expectEvents(desk.override('O-1', 'oli', { clauses: ['arbiter.base'] }), refused('NOT_WAIVABLE'));
    expectEvents(desk.override('O-1', 'oli', { amount: {} }), refused('INVALID'));
    expectEvents(
      desk.override('O-1', 'oli', { clauses: ['caws.budget', 'caws.budget'] }),
      refused('INVALID'),
    );
    expectEvents(desk.override('O-1', 'oli', { clauses: ['caws.scope'], amount: {} }), refused('INVALID'));
    desk.override('O-1', 'oli', { amount: { lines: 39 } });
    expectEvents(desk.demand('T-1'), ['WaiverDemanded']);
  });

  it('D-43: not by who asked for the task or did its work', () => {
    const desk = new DeskWorld();
    desk.register('zoe', ['OVERRIDER']);
    expectEvents(desk.override('O-1', 'zoe'), ['OverrideGranted']);
    expectEvents(desk.demand('T-1'), ['WaiverDemanded']);
    expectEvents(desk.override('O-2', 'zoe'), refused('SELF_APPROVAL'));
  });

  it('D-45: five an hour for each person, not for all together; what was used or revoked counts', () => {
    const desk = new DeskWorld();
    desk.register('pia', ['OVERRIDER']);
    for (let i = 0; i < 5; i++) expectEvents(desk.override(`O-${i}`), ['OverrideGranted']);
    desk.revoke('O-0', 'oli');
    expectEvents(desk.override('O-5'), refused('TOO_MANY'));
    expectEvents(desk.override('P-1', 'pia'), ['OverrideGranted']);
    desk.partition.now += HOUR;
    expectEvents(desk.override('O-6', 'oli'), ['OverrideGranted']);
  });
});

describe('what a task needs waived', () => {
  const observed = {
    'diff.files': '12',
    'budget.max_files': '10',
    'diff.lines': '90',
    'budget.max_loc': '100',
  };

  it('is by how much the budget is passed', () => {
    const [need] = needsOf([{ id: 'caws.budget', observed }], []);
    expect(need).to.deep.include({ clause: 'caws.budget', measured: true, amount: { files: 2 } });
  });

  it('law 10: what was not observed, or not as a number, is not known', () => {
    const odd = { ...observed, 'diff.files': '12e3' };
    expect(needsOf([{ id: 'caws.budget', observed: odd }], [])[0]?.measured).to.equal(false);
    expect(needsOf([{ id: 'caws.budget', observed: {} }], [])[0]?.measured).to.equal(false);
  });

  it('is by how many points a gate falls short: the most of all that it measures', () => {
    const shares = { 'threshold.lines': '0.9', 'measured.lines': '0.85', 'threshold.branches': '0.8' };
    const need = (more: object) =>
      needsOf([{ id: 'arbiter.gate.unit.coverage', observed: { ...shares, ...more } }], [])[0];
    expect(need({ 'measured.branches': '0.9' })).to.deep.include({ measured: true, amount: { points: 500 } });
    const said = { 'measured.branches': '0.9', 'gate.shortfall': '501' };
    expect(need(said)?.amount).to.deep.equal({ points: 501 });
    for (const odd of [
      {},
      { 'measured.branches': 'NaN' },
      { 'measured.branches': '1', 'gate.shortfall': '-1' },
    ])
      expect(need(odd)).to.deep.include({ measured: false, amount: {} });
  });

  it('law 10: violations that are not listed leave the paths incomplete', () => {
    const at = { rule: 'scope.reject.scope_out', path: 'a' };
    const more = { rule: 'arbiter.more_violations', path: '/' };
    const [need] = needsOf([{ id: 'caws.scope', observed: {} }], [at, at]);
    expect(need).to.deep.include({ paths: ['a'], pathsComplete: true });
    expect(needsOf([{ id: 'caws.scope', observed: {} }], [at, more])[0]?.pathsComplete).to.equal(false);
    expect(needsOf([{ id: 'caws.scope', observed: {} }], [])[0]?.pathsComplete).to.equal(false);
  });
});

describe('what is carried to a retry', () => {
  const other = { ...CONTENT, specSha256: 'b'.repeat(64) };
  const elsewhere = { ...CONTENT, repository: '/srv/other' };
  const unknown = { repository: null, specSha256: null };

  /** A desk whose task T-1 has waited and is sealed. */
  const sealed = (over: object = {}): DeskWorld => {
    const desk = new DeskWorld();
    desk.demand('T-1', over);
    desk.send(DEPLOYMENT, 'WithdrawDemand', { askEventId: 'ask/T-1', reason: 'it ended' });
    return desk;
  };

  it('R-619: given an override for a sealed task, when a task of the same spec and repository retries it, then it is carried', () => {
    const desk = sealed();
    expectEvents(desk.override('O-1'), [['OverrideGranted', CONTENT]]);
    expectEvents(desk.demand('T-2', { retryOf: 'T-1' }), CURED);
  });

  for (const [what, over] of Object.entries({
    'another spec': other,
    'another repository': elsewhere,
    unknown,
  }))
    it(`law 10: given an approval for a sealed task, when a task of other content (${what}) says it retries that one, then nothing is carried`, () => {
      for (const named of [{}, { specId: 'FEAT-1' }]) {
        const desk = sealed();
        desk.request('W-1', named);
        desk.approve('W-1', 'bob');
        desk.override('O-1');
        expectEvents(desk.demand('T-2', { ...over, retryOf: 'T-1' }), ['WaiverDemanded']);
        expectEvents(desk.approve('W-1', 'cyd'), ['WaiverApproved']);
        expect(desk.demandOf('T-2')).to.deep.include({ end: null });
      }
    });

  it('law 10: given a task whose content nobody knows, when another retries it, then nothing is carried', () => {
    for (const desk of [new DeskWorld(), sealed(unknown)]) {
      desk.override('O-1');
      expectEvents(desk.demand('T-2', { retryOf: 'T-1' }), ['WaiverDemanded']);
      expectEvents(desk.demand('T-3', { retryOf: 'T-1', ...unknown }), ['WaiverDemanded']);
    }
  });

  it('R-619: given a task that was sealed without waiting, when the override is signed for its content, then a retry of that content carries it', () => {
    const desk = new DeskWorld();
    expectEvents(desk.override('O-1', 'oli', { content: CONTENT }), [['OverrideGranted', CONTENT]]);
    expectEvents(desk.demand('T-2', { ...other, retryOf: 'T-1' }), ['WaiverDemanded']);
    expectEvents(desk.demand('T-3', { retryOf: 'T-1' }), CURED);
  });

  it('given a task of known content, when an order is signed for another, then it is refused', () => {
    const desk = sealed();
    expectEvents(desk.override('O-1', 'oli', { content: other }), refused('OTHER_CONTENT'));
    expectEvents(desk.request('W-1', { content: elsewhere }), refused('OTHER_CONTENT'));
    expectEvents(desk.request('W-1', { content: CONTENT }), ['WaiverRequested']);
  });

  it('given a request for content that the desk does not know, when its approver read other content or none, then it is refused', () => {
    const desk = new DeskWorld();
    desk.request('W-1', { content: other });
    expectEvents(desk.approve('W-1', 'bob', { content: CONTENT }), refused('OTHER_REQUEST'));
    expectEvents(desk.approve('W-1', 'bob', { content: null }), refused('OTHER_REQUEST'));
    expectEvents(desk.approve('W-1', 'bob'), ['WaiverApproved', 'WaiverGranted']);
    // And it is for no task of other content, not even the one of that name.
    expectEvents(desk.demand('T-1'), ['WaiverDemanded']);
  });

  it('law 10: given a request for other content, when the task became known since, then an approval that names no content is refused', () => {
    const desk = new DeskWorld();
    desk.request('W-1', { content: other });
    desk.demand('T-1');
    desk.send(DEPLOYMENT, 'WithdrawDemand', { askEventId: 'ask/T-1', reason: 'it ended' });
    expectEvents(desk.approve('W-1', 'bob', { content: null }), refused('OTHER_REQUEST'));
    expectEvents(desk.demand('T-2', { ...other, retryOf: 'T-1' }), ['WaiverDemanded']);
  });

  it('a denial ends the wait of a retry of the same content, and of no other', () => {
    const desk = sealed();
    desk.demand('T-2', { retryOf: 'T-1' });
    desk.demand('T-3', { ...other, retryOf: 'T-1' });
    desk.request('W-1');
    expectEvents(desk.deny('W-1', 'bob'), [
      'WaiverDenied',
      ['DemandClosed', { taskId: 'T-2', end: 'DENIED' }],
    ]);
    expect(desk.demandOf('T-3')).to.deep.include({ end: null });
  });

  it('D-25: whoever asked for the task that was sealed does not decide on what its retry carries', () => {
    const desk = sealed({ requestedBy: 'cli:bob' });
    desk.request('W-1');
    expectEvents(desk.approve('W-1', 'bob'), refused('SELF_APPROVAL'));
    expectEvents(desk.approve('W-1', 'cyd'), ['WaiverApproved', 'WaiverGranted']);
  });
});
