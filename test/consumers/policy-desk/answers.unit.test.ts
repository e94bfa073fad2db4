import { expect } from 'chai';
import { answerTo, NOTHING_READ, type Answer } from '../../../src/consumers/policy-desk/answers.js';
import type { Cursor, LoggedEvent } from '../../../src/log/index.js';
import { DeskWorld, lines } from '../../aggregates/policies/support.js';

const at = (position: number): Cursor => ({ position, acceptance: { claim: 0, seq: position } });

/** What a reader says that begins at `from`, and where it would begin again after the event before `to`. */
const read = (log: readonly LoggedEvent[], from = 0, to = log.length) => {
  let reading = NOTHING_READ;
  const answers: Answer[] = [];
  for (const event of log.slice(from, to)) {
    const told = answerTo('policy-desk', reading, { event, before: at(event.offset) });
    reading = told.reading;
    if (told.answer !== undefined) answers.push(told.answer);
  }
  return { answers, place: reading.begun?.position ?? to };
};

describe('answers of the desk to the saga', () => {
  const desk = new DeskWorld();
  desk.demand('T-1');
  desk.demand('T-2', { needs: [lines(60)] });
  desk.request('W-1', { taskId: null, specId: 'FEAT-1', uses: 2 });
  desk.approve('W-1', 'bob');
  desk.demand('T-3', { needs: [{ ...lines(1), clause: 'arbiter.base' }] });
  const { log } = desk.partition;

  it('law 6: one for each demand, with the uses that cure it and where they stand', () => {
    const { answers } = read(log);
    expect(answers.map(({ head, body }) => [head.taskId, body.outcome])).to.deep.equal([
      ['T-1', 'CURED'],
      ['T-2', 'CURED'],
      ['T-3', 'DENIED'],
    ]);
    const [first, second, third] = answers;
    expect(first?.head.inReplyTo?.eventId).to.equal('ask/T-1');
    expect(first?.body.waivers.map(({ amount }) => amount)).to.deep.equal([{ lines: 40 }]);
    for (const { offset, waiverId } of [...(first?.body.waivers ?? []), ...(second?.body.waivers ?? [])])
      expect(log[offset])
        .to.deep.include({ type: 'WaiverUsed', offset })
        .and.have.nested.property('body.waiverId', waiverId);
    expect(third?.body).to.deep.include({ waivers: [] });
  });

  it('law 6: stopped anywhere, in the middle of a decision as well, it says the same, and nothing is left out', () => {
    const whole = read(log).answers;
    for (let stop = 0; stop <= log.length; stop++) {
      const before = read(log, 0, stop);
      const after = read(log, before.place);
      const told = new Map([...before.answers, ...after.answers].map((one) => [one.head.factId, one]));
      expect([...told.values()], `stopped at ${stop}`).to.deep.equal(whole);
    }
  });

  it('a demand that lapses is denied; before, nobody is told anything', () => {
    const other = new DeskWorld();
    other.demand('T-1');
    other.send('ada', 'RetirePrincipal', { principalId: 'oli', reason: 'left' });
    expect(read(other.partition.log).answers).to.deep.equal([]);
    other.partition.fire();
    expect(read(other.partition.log).answers.map(({ body }) => body.outcome)).to.deep.equal(['DENIED']);
  });
});
