import { expect } from 'chai';
import { showInstant } from '../../../src/aggregates/policies/index.js';
import { DAY, DEPLOYMENT, DeskWorld, HOUR } from './support.js';

/** Eight months of a desk in which as much goes on every day as on any other. */
const eightMonths = (seed: number, eachDay: (kept: number) => void): DeskWorld => {
  const desk = new DeskWorld();
  let state = seed;
  const below = (n: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
  for (let day = 0; day < 240; day++) {
    const today = `T-${day}`;
    desk.demand(today, { until: desk.now + (1 + below(7)) * DAY, specId: `FEAT-${day}` });
    const expiresAt = showInstant(desk.now + (1 + below(6)) * DAY);
    desk.request(`W-${day}`, { taskId: below(2) === 0 ? today : `T-${day + 1}`, expiresAt });
    const end = below(4);
    if (end === 0) desk.deny(`W-${day}`, 'bob');
    else if (end === 1) desk.revoke(`W-${day}`, 'req');
    else if (end === 2) desk.approve(`W-${day}`, 'bob');
    if (below(3) === 0) desk.override(`O-${day}`, 'oli', { taskId: today });
    if (below(3) === 0)
      desk.send(DEPLOYMENT, 'WithdrawDemand', { askEventId: `ask/${today}`, reason: 'it ended' });
    desk.partition.now += DAY + below(HOUR);
    const { domain, index } = desk.partition;
    while ((domain.nextTimer(index)?.dueAt ?? Infinity) <= desk.now) desk.partition.fire();
    eachDay(desk.partition.values.size);
  }
  return desk;
};

describe('the memory of the policy desk', () => {
  for (const seed of [1])
    it(`law 13: seed ${seed}: it does not grow with the log`, function () {
      this.timeout(20_000);
      const kept: number[] = [];
      const desk = eightMonths(seed, (size) => kept.push(size));
      const most = (from: number, to: number): number => Math.max(...kept.slice(from, to));
      // Denials count for 90 days; from then on as much is forgotten as comes.
      expect(most(170, 240), 'streams').to.be.lessThan(most(100, 170) * 1.25);
      expect(most(0, 240)).to.be.lessThan(100);
      expect(desk.partition.log.length).to.be.greaterThan(1000);
    });
});
