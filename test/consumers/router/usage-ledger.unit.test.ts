import { expect } from 'chai';
import { UsageLedger } from '../../../src/consumers/router/usage-ledger.js';

describe('the usage ledger', () => {
  it('counts what it kept where a window begins before that, never all of the past', () => {
    const ledger = new UsageLedger();
    const all = 120_000;
    for (let at = 0; at < all; at += 1) ledger.add({ agentId: 'a', at, tokens: 2, costMicros: 3 });
    const used = ledger.used('a', 'TASKS', all - 55_000, all);
    expect(used).to.be.within(50_000, 51_000);
    expect(ledger.used('a', 'TOKENS', all - 55_000, all)).to.equal(2 * used);
    expect(ledger.used('a', 'COST_MICROS', 0, all)).to.equal(3 * used);
    expect(ledger.used('a', 'TASKS', all - 100, all)).to.equal(100);
    expect(ledger.mean('a', 'TOKENS')).to.equal(2);
  });
});
