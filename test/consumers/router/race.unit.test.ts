import { expect } from 'chai';
import { decideRoute } from '../../../src/consumers/router/decide-route.js';
import { Slots } from '../../../src/consumers/router/slots.js';
import { UnderWay } from '../../../src/consumers/router/under-way.js';
import type { LoggedEvent } from '../../../src/log/index.js';
import { agent, ask, situation } from './support.js';

const priced = (agentId: string, priceMicros: number | null) => agent(agentId, { priceMicros });
const fleet = [priced('a', 100), priced('b', 200), priced('c', 300), priced('free', null)];
const race = (agents: number, costCapMicros: number) => ask({ race: { agents, costCapMicros } });

describe('router: who is in a race (R-225)', () => {
  it('nobody, unless it is asked: the decision is the same but for what is said of the race', () => {
    const { answer } = decideRoute(ask(), situation(fleet));
    const raced = decideRoute(race(3, 1), situation(fleet)).answer;
    expect(answer.rivals).to.deep.equal([]);
    expect(raced.decision?.details['race']).to.match(/^none: /);
    const { race: _told, ...details } = raced.decision?.details ?? {};
    expect({ ...raced, decision: raced.decision && { ...raced.decision, details } }).to.deep.equal(answer);
  });

  it('rivals are drawn from those that are left, each with its own distribution, seed and masks', () => {
    for (let seed = 0; seed < 50; seed++) {
      const around = situation(fleet, [], { seed: `s${seed}` });
      const { answer } = decideRoute(race(3, 600), around);
      const again = decideRoute(race(3, 600), around).answer;
      expect(again).to.deep.equal(answer);
      const ids = [answer.agentId, ...answer.rivals.map(({ agentId }) => agentId)];
      expect(new Set(ids).size).to.equal(ids.length);
      if (answer.agentId === 'free') {
        expect(answer.rivals).to.deep.equal([]);
        expect(answer.decision?.details['race']).to.contain('declares no price');
        continue;
      }
      expect([...ids].sort()).to.deep.equal(['a', 'b', 'c']);
      for (const [i, { agentId, workerInstance, decision }] of answer.rivals.entries()) {
        expect(workerInstance).to.equal(`${agentId}-1`);
        expect(decision.seed).to.equal(`s${seed}#${i + 1}`);
        const sum = decision.candidates.reduce((all, one) => all + one.propensity, 0);
        expect(sum).to.be.closeTo(1, 1e-12);
        const own = decision.candidates.find((one) => one.agentId === agentId);
        expect(decision.propensity).to.equal(own?.propensity);
        const masked = new Map(decision.masked.map((one) => [one.agentId, one.reason]));
        expect(masked.get(answer.agentId ?? '')).to.match(/^IN_THE_RACE/);
        expect(masked.get('free')).to.match(/^RACE_PRICE_UNKNOWN/);
      }
    }
  });

  it('hazard: what a baseline expects an agent to cost is no declared price', () => {
    const guessed = [priced('a', 100), agent('b', { priceMicros: null, expectedCostMicros: 100 })];
    for (let seed = 0; seed < 10; seed++) {
      const { answer } = decideRoute(race(2, 1000), situation(guessed, [], { seed: `s${seed}` }));
      expect(answer.rivals).to.deep.equal([]);
    }
  });

  it('the declared prices of all stay under the cap of the race and the budget of the task', () => {
    for (let seed = 0; seed < 50; seed++) {
      const { answer } = decideRoute(race(3, 400), situation(fleet, [], { seed: `s${seed}` }));
      const prices = new Map(fleet.map(({ agentId, priceMicros }) => [agentId, priceMicros ?? Infinity]));
      const ids = [answer.agentId ?? '', ...answer.rivals.map(({ agentId }) => agentId)];
      if (ids.length > 1)
        expect(ids.reduce((sum, id) => sum + (prices.get(id) ?? Infinity), 0)).to.be.at.most(400);
    }
  });
});

describe('router: slots and work under way in a race', () => {
  const event = (type: string, body: object): LoggedEvent =>
    ({ type, offset: 1, body: { taskId: 't', meta: { tenant: 'x' }, ...body } }) as unknown as LoggedEvent;
  const run = (agentId: string) => ({ agentId, workerInstance: `w-${agentId}`, decision: { taskType: 'k' } });

  it('counts every agent, whoever the task stands on, and forgets each with its end', () => {
    const underWay = new UnderWay();
    const counts = (): number[] => ['a', 'b', 'c'].map((id) => underWay.ofAgent(id));
    for (const [type, id] of [
      ['TaskRouted', 'a'],
      ['RivalRouted', 'b'],
      ['RivalRouted', 'c'],
    ] as const)
      underWay.see(event(type, run(id)), 0);
    expect(counts()).to.deep.equal([1, 1, 1]);
    underWay.see(event('RivalPromoted', run('b')), 0);
    expect(counts()).to.deep.equal([1, 1, 1]);
    underWay.see(event('VerificationFailed', {}), 0);
    expect(counts()).to.deep.equal([1, 0, 1]);
    underWay.see(event('RivalPromoted', run('c')), 0);
    underWay.see(event('VerificationPassed', {}), 0);
    expect(counts()).to.deep.equal([1, 0, 0]);
    underWay.see(event('RivalEnded', run('a')), 0);
    expect([counts(), underWay.size]).to.deep.equal([[0, 0, 0], 0]);
  });

  it('given an answer that the log does not have yet, then the next decision sees the slots of its rivals as taken too', () => {
    const slots = new Slots({ staleAfter: 1e9, reservedFor: 100 });
    const seen = { slots: 2, freeSlots: 2, leaving: false, build: 'b', occurredAt: 5 };
    for (const id of ['a', 'b', 'c']) slots.see({ agentId: id, instance: `${id}-1`, ...seen }, 5);
    const free = (now: number): number[] => slots.views(now).map(({ freeSlots }) => freeSlots);
    const { answer } = decideRoute(race(3, 600), situation(fleet.slice(0, 3)));
    slots.answered('t', answer, 0, 10);
    expect(free(10)).to.deep.equal([1, 1, 1]);
    for (const { workerInstance } of answer.rivals) slots.reserveBeside('t', workerInstance, 0, 11);
    expect(free(12), 'once, when the log has it').to.deep.equal([1, 1, 1]);
    expect(free(200), 'an answer that was not taken holds nothing').to.deep.equal([2, 2, 2]);
    expect(slots.reservations).to.equal(0);
  });

  it('given a rival at work, whose acceptance the log never tells, then what its instance shows later counts, and no slot twice', () => {
    const second = 1_000_000;
    const slots = new Slots({ staleAfter: 100 * second });
    const shows = (freeSlots: number, at: number): void =>
      slots.see(
        { agentId: 'b', instance: 'w-b', slots: 4, freeSlots, leaving: false, build: 'x', occurredAt: at },
        at,
      );
    const free = (now: number): number | undefined => slots.views(now)[0]?.freeSlots;
    shows(4, second);
    slots.reserveBeside('t', 'w-b', 0, 2 * second);
    expect(free(3 * second), 'offered').to.equal(3);
    shows(3, 9 * second);
    expect(free(9 * second), 'at work').to.equal(3);
    expect(slots.releaseBeside('t', 'w-b', 10 * second), 'over').to.equal(true);
    shows(4, 11 * second);
    expect(free(11 * second)).to.equal(4);
  });

  it('frees the slot of the run that is over, and of no other', () => {
    const slots = new Slots({ staleAfter: 1e9 });
    const at = 10;
    slots.reserve('t', 'w-a', 0, at);
    slots.reserveBeside('t', 'w-b', 0, at);
    slots.promote('t', 'w-b');
    expect(slots.release('t', at)).to.equal(true);
    expect(slots.reservations).to.equal(1);
    slots.promote('t', 'w-b');
    expect(slots.releaseBeside('t', 'w-a', at)).to.equal(true);
    expect(slots.reservations).to.equal(0);
  });
});
