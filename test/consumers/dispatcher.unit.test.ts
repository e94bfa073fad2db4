import { expect } from 'chai';
import { dispatcherDomain, revocation } from '../../src/consumers/dispatcher/dispatcher-domain.js';
import type { TaskEvent } from '../../src/consumers/memoryless.js';
import { LookAhead } from '../../src/consumers/dispatcher/look-ahead.js';
import type { LoggedEvent, NewEvent } from '../../src/log/domain.js';
import { Race } from '../support/races.js';
import { commanded } from '../support/tasks.js';

describe('dispatcher', () => {
  const see = (look: LookAhead, offset: number, type: string, taskId = 'T-1'): void =>
    look.see({ kind: 'record', offset, type, record: { taskId } as unknown as TaskEvent });

  /** What the dispatcher makes of a log of one partition. */
  const dispatched = (log: readonly LoggedEvent[]): readonly NewEvent[] => {
    const domain = dispatcherDomain(() => false);
    return log.flatMap(({ type, offset, body }) => {
      const input = { kind: 'record', offset, type, record: body as never } as const;
      let loaded = new Map<string, readonly LoggedEvent[]>();
      for (;;) {
        const context = { now: 0, partition: 0, tail: 0, loaded };
        const decision = domain.decide({ get: () => undefined, index: domain.createIndex() }, input, context);
        if (decision.kind === 'events') return decision.events;
        if (decision.kind === 'load')
          loaded = new Map([[decision.streamId, decision.offsets.flatMap((at) => log[at] ?? [])]]);
      }
    });
  };

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

  it('R-225, law 5: an offer to a rival is over with its end, and with a report of its work', () => {
    for (const type of ['RivalEnded', 'RivalFinished']) {
      const look = new LookAhead();
      see(look, 3, 'TaskRouted');
      see(look, 4, 'RivalRouted');
      expect([look.isSuperseded(3), look.isSuperseded(4)], type).to.deep.equal([false, false]);
      const record = { taskId: 'T-1', token: 4 } as unknown as TaskEvent;
      look.see({ kind: 'record', offset: 5, type, record });
      expect(look.isSuperseded(4), type).to.equal(true);
    }
  });

  it('R-225, law 5: a rival that takes the place of another is still to be offered, until its own work is reported', () => {
    const of = (look: LookAhead): boolean[] => [3, 4].map((token) => look.isSuperseded(token));
    const promoted = (look: LookAhead): void => {
      const record = { taskId: 'T-1', token: 4 } as unknown as TaskEvent;
      look.see({ kind: 'record', offset: 6, type: 'RivalPromoted', record });
    };
    const declined = new LookAhead();
    for (const [i, type] of ['TaskRouted', 'RivalRouted', 'OfferEnded'].entries()) see(declined, 3 + i, type);
    promoted(declined);
    expect(of(declined)).to.deep.equal([true, false]);
    see(declined, 7, 'ExecutionStarted');
    see(declined, 8, 'ExecutionCompleted');
    expect(of(declined)).to.deep.equal([true, true]);

    const overtaken = new LookAhead();
    for (const [i, type] of ['TaskRouted', 'RivalRouted'].entries()) see(overtaken, 3 + i, type);
    promoted(overtaken);
    see(overtaken, 7, 'ExecutionStarted');
    see(overtaken, 8, 'ExecutionCompleted');
    expect(of(overtaken), 'the one before goes on beside it').to.deep.equal([false, true]);
    const record = { taskId: 'T-1', token: 3 } as unknown as TaskEvent;
    overtaken.see({ kind: 'record', offset: 9, type: 'RivalEnded', record });
    expect(of(overtaken)).to.deep.equal([true, true]);
  });

  it('R-225: rivals are offered the work of the first, and called back where they do not know of their end', () => {
    const s = new Race();
    s.route(['a', 'b', 'c']);
    s.say('c', 'DECLINED');
    s.say('a', 'RESULT');
    s.judge();
    const made = dispatched(s.log);
    expect(made.map(({ type, data }) => [type, data['agentId']])).to.deep.equal([
      ['AssignmentOffered', 'a'],
      ['AssignmentOffered', 'b'],
      ['AssignmentOffered', 'c'],
      ['AssignmentRevoked', 'b'],
    ]);
    const offers = made.filter(({ type }) => type === 'AssignmentOffered');
    expect(offers.map(({ data }) => data['token'])).to.deep.equal([...s.tokens.values()]);
    for (const { data } of offers) expect(data['offer']).to.deep.equal(offers[0]?.data['offer']);
  });

  for (const [command, event] of [
    ['CANCEL', 'VerdictRequested'],
    ['SUSPEND', 'TaskSuspended'],
  ] as const)
    it(`R-517: what a ${command} takes back is addressed to the instance that works on it`, () => {
      const s = new Race();
      s.route(['a']);
      s.send(commanded('t', command));
      expect(s.log.map(({ type }) => type)).to.include(event);
      expect(dispatched(s.log).at(-1)).to.deep.include({
        type: 'AssignmentRevoked',
        data: {
          taskId: 't',
          token: s.tokens.get('a'),
          agentId: 'a',
          workerInstance: 'w-a',
          reason: event === 'TaskSuspended' ? 'suspended: because' : 'cancelled: because',
        },
      });
    });
});
