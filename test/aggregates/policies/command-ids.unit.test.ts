import { expectEvents } from '../../support/decider.js';
import { DEPLOYMENT, DeskWorld, keysOf, lines, makeKeys, orderOf, recordOf, refused } from './support.js';

const demandOf = (desk: DeskWorld, taskId: string) =>
  orderOf(
    'DemandWaiver',
    {
      taskId,
      ask: { offset: 7, eventId: `ask/${taskId}` },
      origin: 'RESULT',
      until: desk.now + 3_600_000_000,
      requestedBy: 'cli:zoe',
      agentId: 'bot',
      retryOf: null,
      specId: 'FEAT-1',
      riskTier: 3,
      taskType: 'code',
      needs: [lines(40)],
    },
    { commandId: `demand/ask/${taskId}` },
  );

describe('waivers: whose command id it is', () => {
  it('law 5: what is not signed, or by an unknown key, does not use up the id of a signed order', () => {
    const desk = new DeskWorld();
    const real = recordOf(demandOf(desk, 'T-1'), DEPLOYMENT);
    const unsigned = { ...real, order: { ...real.order, signatures: [] } };
    const forged = recordOf(demandOf(desk, 'T-1'), makeKeys());
    const rubbish = { ...real, order: { ...real.order, payload: Buffer.from('{}') } };
    expectEvents(desk.record(unsigned), refused('BAD_ORDER'));
    expectEvents(desk.record(forged), refused('UNKNOWN_KEY'));
    expectEvents(desk.record(rubbish), refused('BAD_SIGNATURE'));
    expectEvents(desk.record(forged), []);
    expectEvents(desk.record(real), ['WaiverDemanded']);
  });

  it('law 5: nor does an order that a principal signed and that is refused', () => {
    const desk = new DeskWorld();
    const real = recordOf(demandOf(desk, 'T-1'), DEPLOYMENT);
    const theirs = recordOf(demandOf(desk, 'T-1'), keysOf('req'));
    expectEvents(desk.record(theirs), refused('NOT_ALLOWED'));
    expectEvents(desk.record(theirs), []);
    expectEvents(desk.record(real), ['WaiverDemanded']);
  });

  it('a flood of unsigned records pushes no refused order out of memory', () => {
    const desk = new DeskWorld();
    const stray = recordOf(orderOf('RevokeWaiver', { waiverId: 'no', reason: 'why not' }), keysOf('bob'));
    expectEvents(desk.record(stray), refused('NOT_FOUND'));
    for (let i = 0; i < 300; i++)
      desk.record({ ...stray, commandId: `x-${i}`, order: { ...stray.order, signatures: [] } });
    expectEvents(desk.record(stray), []);
  });

  it('law 13: a demand for which there was no room is taken when there is room again', () => {
    const desk = new DeskWorld({ demands: 1 });
    desk.demand('T-1');
    const second = recordOf(demandOf(desk, 'T-2'), DEPLOYMENT);
    expectEvents(desk.record(second), refused('TOO_MANY'));
    desk.send(DEPLOYMENT, 'WithdrawDemand', { askEventId: 'ask/T-1', reason: 'it went on' });
    expectEvents(desk.record(second), ['WaiverDemanded']);
  });
});
