import { expect } from 'chai';
import { revocation } from '../../src/consumers/dispatcher/dispatcher-domain.js';
import type { TaskEvent } from '../../src/consumers/memoryless.js';
import { LookAhead } from '../../src/consumers/dispatcher/look-ahead.js';

describe('dispatcher', () => {
  const see = (look: LookAhead, offset: number, type: string, taskId = 'T-1'): void =>
    look.see({ kind: 'record', offset, type, record: { taskId } as unknown as TaskEvent });

  it('law 5: a routing that a later event left behind is superseded; repeated requests and asks leave it standing', () => {
    const look = new LookAhead();
    see(look, 3, 'TaskRouted');
    for (const [i, type] of ['RequestRefused', 'CommandRemembered', 'AskRepeated', 'LeaseRenewed'].entries())
      see(look, 4 + i, type);
    expect(look.isSuperseded(3)).to.equal(false);
    see(look, 9, 'OfferEnded');
    expect(look.isSuperseded(3)).to.equal(true);
    see(look, 11, 'TaskRouted');
    expect(look.isSuperseded(11)).to.equal(false);
  });

  it('law 13: a later takeover looks ahead anew, and what is decided on is forgotten', () => {
    const look = new LookAhead();
    see(look, 3, 'TaskRouted');
    see(look, 4, 'OfferEnded');
    see(look, 5, 'TaskRouted');
    look.decided(3);
    look.decided(4);
    look.decided(5);
    expect(look.size).to.equal(0);
    see(look, 20, 'VerdictRequested');
    expect(look.isSuperseded(5)).to.equal(false);
  });

  it('revokes what the saga took back, and not what the agent gave back itself', () => {
    const of = (type: string, record: object) => revocation(type, record as TaskEvent)?.reason;
    expect(of('TaskSuspended', { token: 7, reason: 'x' })).to.equal('suspended: x');
    expect(of('TaskSuspended', { token: null })).to.equal(undefined);
    expect(of('OfferEnded', { token: 7, end: 'NOT_ACCEPTED' })).to.equal('not accepted in time');
    expect(of('OfferEnded', { token: 7, end: 'DECLINED' })).to.equal(undefined);
    expect(of('ExecutionFailed', { token: 7, failureClass: 'AGENT' })).to.equal(undefined);
    expect(of('ExecutionFailed', { token: 7, failureClass: 'LEASE_EXPIRED' })).to.equal('lease expired');
    expect(of('ExecutionFailed', { token: 7, failureClass: 'OVER_BUDGET' }), 'R-324').to.equal('over budget');
    expect(of('VerdictRequested', { token: 0, ending: 'CANCELLED', reason: 'y' })).to.equal('cancelled: y');
    expect(of('VerdictRequested', { token: 7, ending: 'COMPLETED' })).to.equal(undefined);
  });
});
