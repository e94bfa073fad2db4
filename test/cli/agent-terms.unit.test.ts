import { expect } from 'chai';
import { priceFrom, quotaOf, reachOf } from '../../src/cli/commands/agents/terms-options.js';

describe('terms of agents on the command line', () => {
  it('quotas: an amount, a window, and when it is reset', () => {
    expect(quotaOf('100tasks/5h')).to.deep.equal([
      { unit: 'TASKS', amount: 100, windowMs: 18_000_000, resetAt: null },
    ]);
    const both = quotaOf('12.5USD/7d@2030-01-01T00:00:00Z', quotaOf('2000000tokens/1d'));
    expect(both).to.deep.equal([
      { unit: 'TOKENS', amount: 2_000_000, windowMs: 86_400_000, resetAt: null },
      {
        unit: 'COST_MICROS',
        amount: 12_500_000,
        windowMs: 604_800_000,
        resetAt: Date.UTC(2030, 0, 1) * 1000,
      },
    ]);
    for (const bad of [
      '',
      '100',
      '100tasks',
      'tasks/5h',
      '1.5tasks/5h',
      '100tasks/5',
      '5usd/1d',
      '1tasks/1h@soon',
    ])
      expect(() => quotaOf(bad), bad).to.throw('expected');
  });

  it('reach: the ways, and nothing else', () => {
    expect(reachOf('kafka')).to.include({ kind: 'KAFKA', url: '' });
    expect(reachOf('a2a:https://x.example/a')).to.include({ kind: 'A2A', url: 'https://x.example/a' });
    expect(reachOf('acp:["agent","--acp"]')).to.deep.include({ kind: 'ACP', argv: ['agent', '--acp'] });
    // Words, never a line for a shell.
    for (const bad of [
      '',
      'kafka:x',
      'http:',
      'http:not a url',
      'command:rm -rf /',
      'command:[]',
      'acp:[1]',
      'ftp:x',
    ])
      expect(() => reachOf(bad), bad).to.throw('expected');
  });

  it('a price: what is not named stays', () => {
    const before = {
      currency: 'EUR',
      perTaskMicros: 5,
      inputPerMillionMicros: null,
      outputPerMillionMicros: null,
    };
    expect(priceFrom({})).to.equal(null);
    expect(priceFrom({}, before)).to.equal(before);
    expect(priceFrom({ priceIn: 3_000_000 }, before)).to.deep.equal({
      ...before,
      inputPerMillionMicros: 3_000_000,
    });
    expect(priceFrom({ cost: 0 })).to.include({ currency: 'USD', perTaskMicros: 0 });
  });
});
