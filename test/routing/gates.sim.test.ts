import { expect } from 'chai';
import { arrivalFleet, outcomesOfAll, scaffoldFleet } from '../../bench/routing/data.js';
import { gateFive, gatesOneToFour } from '../../bench/routing/gates.js';
import { gateEight, gateSeven } from '../../bench/routing/learning.js';
import { DEFAULT_POLICY, parsePolicy } from '../../src/routing/index.js';

/** A few orders, so that a policy that became much worse shows at once; the bench runs a hundred. */
describe('the default policy on real outcomes', () => {
  const all = outcomesOfAll();
  const fleets = { fleet: scaffoldFleet(all), arriving: arrivalFleet(all) };
  const policy = parsePolicy(DEFAULT_POLICY);
  const settings = { orders: 6, floor: 0 };

  it('R-220: gates 1 to 4 are held together, with two standard errors of slack', () => {
    for (const [name, figure] of Object.entries(gatesOneToFour(policy, fleets, settings)))
      expect(figure.held, `${name}: ${figure.mean} ± ${figure.se} for ${figure.bound}`).to.equal(true);
  }).timeout(90_000);

  it('gate 5: a checked second attempt solves more than the best single agent', () => {
    const { solved, attempts } = gateFive(policy, fleets, settings);
    expect([solved.held, attempts.held]).to.deep.equal([true, true]);
    expect(solved.mean).to.be.greaterThan(0.788);
  }).timeout(60_000);

  it('R-210, gate 7: rebuilt from its outcomes, in any order and batching, the learner is the same bit for bit', () => {
    expect(gateSeven(policy, fleets.fleet, 5)).to.deep.equal({ orders: 5, equal: 5 });
  }).timeout(60_000);

  it('gate 8: without the outcomes the same seeds choose otherwise, and solve less', () => {
    const { decisions, changed, solved_with, solved_without } = gateEight(policy, fleets.fleet, 4);
    expect(changed).to.be.greaterThan(decisions / 2);
    expect(solved_with).to.be.greaterThan(solved_without);
  }).timeout(60_000);
});
