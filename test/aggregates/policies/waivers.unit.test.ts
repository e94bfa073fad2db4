import { expect } from 'chai';
import { showInstant } from '../../../src/aggregates/policies/index.js';
import type { PolicyOrder } from '../../../src/events/generated/events.js';
import { expectEvents } from '../../support/decider.js';
import {
  DAY,
  DeskWorld,
  HOUR,
  keysOf,
  lines,
  makeKeys,
  orderOf,
  recordOf,
  refused,
  types,
} from './support.js';

describe('waivers: asked for, approved, granted', () => {
  it('R-303, R-304: asked for, approved by another, granted', () => {
    const desk = new DeskWorld();
    expectEvents(desk.request('W-1'), [
      ['WaiverRequested', { clause: 'caws.budget', requestedBy: 'req', team: 'red', approvalsNeeded: 1 }],
    ]);
    expectEvents(desk.approve('W-1', 'bob'), [
      ['WaiverApproved', { approvedBy: 'bob', approvals: 1 }],
      ['WaiverGranted', { approvedBy: ['bob'], amount: { lines: 100 }, uses: 1 }],
    ]);
  });

  it('D-25: whoever asks never approves, nor denies', () => {
    const desk = new DeskWorld();
    desk.register('both', ['REQUESTER', 'APPROVER']);
    desk.request('W-1', {}, 'both');
    expectEvents(desk.approve('W-1', 'both'), refused('SELF_APPROVAL'));
    expectEvents(desk.deny('W-1', 'both'), refused('SELF_APPROVAL'));
  });

  it('D-25: whoever asked for the task, or did its work, does not approve, under any of their names', () => {
    const desk = new DeskWorld();
    desk.register('zoe', ['APPROVER']);
    desk.register('eve', ['APPROVER'], { actors: ['agent:bot'] });
    desk.demand('T-1');
    desk.request('W-1');
    expectEvents(desk.approve('W-1', 'zoe'), refused('SELF_APPROVAL'));
    expectEvents(desk.approve('W-1', 'eve'), refused('SELF_APPROVAL'));
  });

  it('D-25: an approval given before the task was known does not count for its requester either', () => {
    const desk = new DeskWorld();
    desk.register('zoe', ['APPROVER']);
    desk.request('W-1', { taskId: null, specId: 'FEAT-1' });
    expect(types(desk.approve('W-1', 'zoe'))).to.include('WaiverGranted');
    expectEvents(desk.demand('T-1'), ['WaiverDemanded']);
    expect(types(desk.approve('W-1', 'bob'))).to.deep.equal(['WaiverApproved', 'WaiverUsed', 'DemandClosed']);
  });

  it('D-20: an approval without the role counts nothing', () => {
    const desk = new DeskWorld();
    desk.register('req2', ['REQUESTER']);
    desk.request('W-1');
    expectEvents(desk.approve('W-1', 'req2'), refused('NOT_ALLOWED'));
    expectEvents(desk.approve('W-1', 'ada'), refused('NOT_ALLOWED'));
  });

  it('one approval of each principal counts', () => {
    const desk = new DeskWorld();
    desk.request('W-1', { clause: 'caws.scope', amount: {}, paths: ['docs/**'] });
    expectEvents(desk.approve('W-1', 'bob'), [['WaiverApproved', { approvals: 1, approvalsNeeded: 2 }]]);
    expectEvents(desk.approve('W-1', 'bob'), refused('UNCHANGED'));
    expect(types(desk.approve('W-1', 'cyd'))).to.deep.equal(['WaiverApproved', 'WaiverGranted']);
  });

  it('an approval may allow less than was asked for, never more; the least of all holds', () => {
    const desk = new DeskWorld();
    const paths = { clause: 'caws.scope', amount: {}, paths: ['docs/**'], uses: 3 };
    desk.request('W-1', paths);
    expectEvents(desk.approve('W-1', 'bob', { uses: 4 }), refused('MORE_THAN_REQUESTED'));
    const later = showInstant(desk.now + DAY + 1);
    expectEvents(desk.approve('W-1', 'bob', { expiresAt: later }), refused('TOO_LONG'));
    desk.request('W-2', { uses: 3 });
    expectEvents(desk.approve('W-2', 'bob', { amount: { lines: 101 } }), refused('MORE_THAN_REQUESTED'));
    expectEvents(desk.approve('W-2', 'bob', { amount: {} }), refused('INVALID'));
    desk.approve('W-1', 'bob', { uses: 2 });
    const soon = desk.now + HOUR * 2;
    expectEvents(desk.approve('W-1', 'cyd', { expiresAt: showInstant(soon) }), [
      'WaiverApproved',
      ['WaiverGranted', { uses: 2, expiresAt: soon, noticeAt: soon - HOUR }],
    ]);
  });

  it('law 5: an approval with an amount that is none is refused, and is an event', () => {
    const desk = new DeskWorld();
    desk.request('W-1');
    for (const amount of [{ lines: 10.5 }, { lines: 10, x: 1e300 }, { lines: -1 }, { x: 1e300 }, {}])
      expectEvents(desk.approve('W-1', 'bob', { amount }), refused('INVALID'));
    expectEvents(desk.approve('W-1', 'bob', { amount: { lines: 10 } }), ['WaiverApproved', 'WaiverGranted']);
  });

  it('an approval is for the request that was read, not for another under the same id', () => {
    const desk = new DeskWorld();
    desk.request('W-1');
    expectEvents(desk.approve('W-1', 'bob', { requestSha256: '0'.repeat(64) }), refused('OTHER_REQUEST'));
    for (const other of [{ clause: 'gate.tests' }, { taskId: 'T-2' }, { specId: 'FEAT-1' }, { paths: ['a'] }])
      expectEvents(desk.approve('W-1', 'bob', other), refused('OTHER_REQUEST'));
  });

  it('D-41: who asks for too long gets nothing, not the most; critical clauses 24 h, others 7 days', () => {
    const desk = new DeskWorld();
    const critical = { clause: 'caws.scope', amount: {}, paths: ['docs/**'] };
    const until = (micros: number) => ({ expiresAt: showInstant(desk.now + micros) });
    expectEvents(desk.request('W-1', until(7 * DAY + 1)), refused('TOO_LONG'));
    expectEvents(desk.request('W-1', { ...critical, ...until(7 * DAY + 1) }), refused('TOO_LONG'));
    expectEvents(desk.request('W-1', { ...critical, ...until(DAY + 1) }), refused('TOO_LONG'));
    expectEvents(desk.request('W-1', until(7 * DAY)), ['WaiverRequested']);
    expectEvents(desk.request('W-2', { ...critical, ...until(DAY) }), ['WaiverRequested']);
  });

  it('D-18: a date that cannot be read, or that the calendar does not have, is refused', () => {
    const desk = new DeskWorld();
    for (const expiresAt of ['never', '', '2023-11-15', '2023-02-30T00:00:00Z', '2023-11-15T00:00:00'])
      expectEvents(desk.request('W-1', { expiresAt }), refused('INVALID'));
    expectEvents(desk.request('W-1', { expiresAt: showInstant(desk.now) }), refused('EXPIRED'));
  });

  it('what cannot be waived, and what nobody knows, cannot be asked for', () => {
    const desk = new DeskWorld();
    for (const clause of [
      'arbiter.base',
      'arbiter.paths',
      'caws.spec.parse',
      'nonsense',
      'constructor',
      'gate.',
    ])
      expectEvents(desk.request('W-1', { clause, amount: {} }), refused('NOT_WAIVABLE'));
  });

  it('a waiver without an amount, or with one that is none, is refused', () => {
    const desk = new DeskWorld();
    const amounts = [{}, { points: 3 }, { lines: 0 }, { lines: 1.5 }, { lines: 1_000_001 }, { lines: -1 }];
    for (const amount of amounts) expectEvents(desk.request('W-1', { amount }), refused('INVALID'));
    expectEvents(desk.request('W-1', { clause: 'gate.tests' }), refused('INVALID'));
    expectEvents(desk.request('W-1', { clause: 'caws.scope', amount: {} }), refused('INVALID'));
    expectEvents(desk.request('W-1', { paths: ['a'] }), refused('INVALID'));
    expectEvents(desk.request('W-1', { taskId: null }), refused('INVALID'));
    expectEvents(desk.request('W-1', { uses: 101 }), refused('INVALID'));
  });

  it('D-19: ids that could become a path are refused, and an id is taken once', () => {
    const desk = new DeskWorld();
    const order = orderOf('RequestWaiver', {
      waiverId: 'W-1',
      clause: 'gate.tests',
      taskId: 'T-1',
      specId: null,
      amount: {},
      paths: [],
      uses: 1,
      expiresAt: showInstant(desk.now + DAY),
      reason: 'the runner is broken',
    });
    const record = recordOf(order, keysOf('req'));
    const evil = JSON.stringify({ ...order, waiverId: '../../etc/x' });
    expectEvents(desk.record({ ...record, order: { ...record.order, payload: Buffer.from(evil) } }), [
      ['OrderRefused', { code: 'BAD_SIGNATURE', signedBy: null }],
    ]);
    desk.request('W-2');
    expectEvents(desk.request('W-2'), refused('WAIVER_EXISTS'));
  });

  it('law 5: an order takes effect once per id, refused or not', () => {
    const desk = new DeskWorld();
    desk.request('W-1');
    const again = desk.requests.get('W-1');
    expectEvents(again === undefined ? [] : desk.record(again), []);
    const stray = recordOf(
      orderOf('RevokeWaiver', { waiverId: 'nothing', reason: 'why not' }),
      keysOf('bob'),
    );
    expectEvents(desk.record(stray), refused('NOT_FOUND'));
    expectEvents(desk.record(stray), []);
  });
});

describe('waivers: whose order it is', () => {
  const request = (desk: DeskWorld) =>
    orderOf('RequestWaiver', {
      waiverId: 'W-1',
      clause: 'gate.tests',
      taskId: 'T-1',
      specId: null,
      amount: {},
      paths: [],
      uses: 1,
      expiresAt: showInstant(desk.now + DAY),
      reason: 'the runner is broken',
    });

  it('R-314: a key that nobody registered proves nothing', () => {
    const desk = new DeskWorld();
    expectEvents(desk.record(recordOf(request(desk), makeKeys())), refused('UNKNOWN_KEY'));
  });

  it('R-314: a payload that was changed, a signature of another key, another type of payload are refused', () => {
    const desk = new DeskWorld();
    const record = recordOf(request(desk), keysOf('req'));
    const payload = Buffer.from(Buffer.from(record.order.payload).toString().replace('T-1', 'T-2'));
    expectEvents(desk.record({ ...record, order: { ...record.order, payload } }), refused('BAD_SIGNATURE'));
    const [theirs] = record.order.signatures;
    const signatures = [{ keyid: keysOf('bob').key.keyId, sig: theirs?.sig ?? Buffer.alloc(0) }];
    const forged = { ...recordOf(request(desk), keysOf('req')) };
    expectEvents(
      desk.record({ ...forged, order: { ...forged.order, signatures } }),
      refused('BAD_SIGNATURE'),
    );
    const other = recordOf(request(desk), keysOf('req'));
    const payloadType = 'application/vnd.in-toto+json';
    expectEvents(desk.record({ ...other, order: { ...other.order, payloadType } }), refused('BAD_ORDER'));
  });

  it('an order for another deployment, or in a record of another id, is refused', () => {
    const desk = new DeskWorld();
    const elsewhere = { ...request(desk), deployment: 'f'.repeat(64) };
    expectEvents(desk.record(recordOf(elsewhere, keysOf('req'))), refused('WRONG_DEPLOYMENT'));
    const record = recordOf(request(desk), keysOf('req'));
    expectEvents(desk.record({ ...record, commandId: 'mine' }), refused('COMMAND_ID_MISMATCH'));
  });

  it('the event keeps the envelope, and names who is proved, not who is claimed', () => {
    const desk = new DeskWorld();
    const record = { ...recordOf(request(desk), keysOf('req')), actor: 'the president' };
    const [event] = desk.record(record);
    expect(event?.body.meta.actor).to.equal('req');
    expect(event?.body['order']).to.deep.equal(record.order);
  });
});

describe('waivers: denied, revoked, expired', () => {
  it('D-42: a denial is kept and counted; after three, somebody who may override has to approve', () => {
    const desk = new DeskWorld();
    for (const id of ['W-1', 'W-2']) {
      desk.request(id);
      expectEvents(desk.deny(id, 'bob'), ['WaiverDenied']);
    }
    desk.request('W-3');
    expectEvents(desk.deny('W-3', 'cyd'), [
      ['WaiverDenied', { denials: 3 }],
      ['WaiverEscalated', { denials: 3, clause: 'caws.budget', taskId: 'T-1' }],
    ]);
    expectEvents(desk.request('W-4'), [['WaiverRequested', { escalated: true, approvalsNeeded: 2 }]]);
    expect(types(desk.approve('W-4', 'bob'))).to.deep.equal(['WaiverApproved']);
    expect(types(desk.approve('W-4', 'cyd'))).to.deep.equal(['WaiverApproved']);
    expect(types(desk.approve('W-4', 'oli'))).to.deep.equal(['WaiverApproved', 'WaiverGranted']);
    expectEvents(desk.request('W-5', { taskId: 'T-9' }), [['WaiverRequested', { escalated: false }]]);
  });

  it('D-42: naming the spec as well, or only the spec, evades no count', () => {
    const desk = new DeskWorld();
    const scopes = [{}, { specId: 'FEAT-1' }, { specId: 'FEAT-2' }];
    scopes.forEach((scope, i) => {
      desk.request(`W-${i}`, scope);
      desk.deny(`W-${i}`, 'bob');
    });
    for (const [i, specId] of ['FEAT-3', null].entries())
      expectEvents(desk.request(`W-x${i}`, { specId }), [['WaiverRequested', { escalated: true }]]);
    expectEvents(desk.request('W-y', { taskId: 'T-2', specId: 'FEAT-1' }), [
      ['WaiverRequested', { escalated: false }],
    ]);
    for (const taskId of ['T-3', 'T-4']) {
      desk.request(`W-${taskId}`, { taskId, specId: 'FEAT-1' });
      desk.deny(`W-${taskId}`, 'bob');
    }
    expectEvents(desk.request('W-z', { taskId: null, specId: 'FEAT-1' }), [
      ['WaiverRequested', { escalated: true }],
    ]);
  });

  it('a denial is final, and a granted waiver is revoked, not denied', () => {
    const desk = new DeskWorld();
    desk.request('W-1');
    desk.deny('W-1', 'bob');
    expectEvents(desk.approve('W-1', 'cyd'), refused('WAIVER_OVER'));
    desk.request('W-2');
    desk.approve('W-2', 'bob');
    expectEvents(desk.deny('W-2', 'cyd'), refused('GRANTED'));
    expectEvents(desk.revoke('W-2', 'cyd'), [['WaiverRevoked', { usesLeft: 1, revokedBy: 'cyd' }]]);
    expectEvents(desk.demand('T-1'), ['WaiverDemanded']);
  });

  it('R-309: after its end a waiver is not used, whether or not the timer has fired', () => {
    const desk = new DeskWorld();
    desk.request('W-1');
    desk.approve('W-1', 'bob');
    desk.partition.now += DAY;
    expectEvents(desk.demand('T-1'), ['WaiverDemanded']);
    expectEvents(desk.approve('W-1', 'cyd'), refused('EXPIRED'));
    expectEvents(desk.revoke('W-1', 'cyd'), refused('EXPIRED'));
  });

  it('D-18: the end is announced before it comes, and is an event', () => {
    const desk = new DeskWorld();
    desk.request('W-1', { uses: 2 });
    desk.approve('W-1', 'bob');
    const begun = desk.now;
    expectEvents(desk.partition.fire(), [['WaiverExpiring', { waiverId: 'W-1', usesLeft: 2 }]]);
    expect(desk.now).to.equal(begun + DAY - HOUR);
    expectEvents(desk.partition.fire(), [['WaiverExpired', { waiverId: 'W-1', usesLeft: 2 }]]);
    expectEvents(desk.request('W-1'), refused('WAIVER_EXISTS'));
  });

  it('D-26: a request that nobody decides on expires too, and stays on record', () => {
    const desk = new DeskWorld();
    desk.request('W-1');
    expectEvents(desk.partition.fire(), [['WaiverExpired', { usesLeft: 1 }]]);
    expect(desk.waiver('W-1')).to.deep.include({ kind: 'over', how: 'expired' });
  });

  it('law 13: given a waiver that is over, when no order that names it can be valid, then it is forgotten, and none of them brings it back', () => {
    for (const how of ['used', 'revoked', 'expired', 'denied', 'override']) {
      const desk = new DeskWorld();
      const records: PolicyOrder[] = [];
      const record = desk.record.bind(desk);
      desk.record = (one) => {
        records.push(one);
        return record(one);
      };
      if (how === 'override') desk.override('W-1');
      else desk.request('W-1');
      if (how === 'denied') desk.deny('W-1', 'bob');
      else if (how !== 'override') desk.approve('W-1', 'bob');
      if (how === 'used') desk.demand('T-1');
      if (how === 'revoked') desk.revoke('W-1', 'req');
      const begun = desk.now;
      while (desk.partition.fire().length > 0);
      expect(types(desk.partition.log).at(-1), how).to.match(/^(?:Waiver|Demand)Forgotten$/);
      expect(desk.now - begun, how).to.be.at.least(how === 'denied' ? 90 * DAY : DAY);
      expect(desk.waiver('W-1'), how).to.equal(undefined);
      for (const one of records) expectEvents(desk.partition.record('PolicyOrder', one), ['OrderRefused']);
      expectEvents(desk.demand('T-1', { ask: { offset: 8, eventId: 'later' } }), ['WaiverDemanded']);
      // The name is free again, and what comes under it is another waiver.
      expectEvents(desk.request('W-1'), ['WaiverRequested']);
      expectEvents(desk.deny('W-1', 'cyd'), [['WaiverDenied', { denials: 1 }], 'DemandClosed']);
    }
  });

  it('D-42: a denial counts for 90 days', () => {
    const desk = new DeskWorld();
    const denyOne = (id: string): void => {
      desk.request(id);
      desk.deny(id, 'bob');
    };
    denyOne('W-1');
    desk.partition.now += 89 * DAY;
    for (const id of ['W-2', 'W-3']) denyOne(id);
    expectEvents(desk.request('W-4'), [['WaiverRequested', { escalated: true }]]);
    desk.partition.now += 2 * DAY;
    desk.partition.fire();
    desk.partition.fire();
    expectEvents(desk.request('W-5'), [['WaiverRequested', { escalated: false }]]);
  });

  it('law 13: so many waivers in memory at once, and so many of one clause for one task or spec', () => {
    const kept = new DeskWorld({ keptWaivers: 2 });
    for (const id of ['W-1', 'W-2']) {
      kept.request(id);
      kept.revoke(id, 'req');
    }
    expectEvents(kept.request('W-3'), refused('TOO_MANY'));
    while (kept.partition.fire().length > 0);
    expectEvents(kept.request('W-3'), ['WaiverRequested']);
    const places = new DeskWorld({ waiversAtPlace: 1 });
    places.request('W-1');
    expectEvents(places.request('W-2'), refused('TOO_MANY'));
    expectEvents(places.override('W-2'), refused('TOO_MANY'));
    expectEvents(places.request('W-2', { taskId: 'T-2' }), ['WaiverRequested']);
    expectEvents(places.request('W-3', { clause: 'arbiter.rules', amount: {} }), ['WaiverRequested']);
  });

  it('law 13: what stands in every use is bounded over all uses', () => {
    const desk = new DeskWorld();
    const long = { reason: 'r'.repeat(2000), uses: 100 };
    expectEvents(desk.request('W-1', long), ['WaiverRequested']);
    const paths = Array.from({ length: 50 }, (_, i) => `${i}${'p'.repeat(200)}`);
    const scope = { clause: 'caws.scope', amount: {}, paths, expiresAt: showInstant(desk.now + HOUR) };
    expectEvents(desk.request('W-2', { ...scope, uses: 100 }), refused('INVALID'));
    expectEvents(desk.request('W-2', { ...scope, uses: 10 }), ['WaiverRequested']);
  });

  it('law 13: one denial answers so many tasks; the others wait for their own end', () => {
    const desk = new DeskWorld({ answered: 2 });
    for (const taskId of ['T-1', 'T-2', 'T-3']) desk.demand(taskId);
    desk.request('W-1', { taskId: null, specId: 'FEAT-1' });
    expectEvents(desk.deny('W-1', 'bob'), [
      'WaiverDenied',
      ['DemandClosed', { taskId: 'T-1' }],
      ['DemandClosed', { taskId: 'T-2' }],
    ]);
    expect(desk.demandOf('T-3')).to.deep.include({ end: null });
  });

  it('approvals of a principal retired meanwhile count no more', () => {
    const desk = new DeskWorld();
    desk.request('W-1');
    desk.approve('W-1', 'bob');
    desk.send('ada', 'RetirePrincipal', { principalId: 'bob', reason: 'left' });
    expectEvents(desk.demand('T-1', { needs: [lines(1)] }), ['WaiverDemanded']);
    expect(types(desk.approve('W-1', 'cyd'))).to.include('WaiverUsed');
  });
});
