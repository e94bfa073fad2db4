import { expect } from 'chai';
import { past } from '../../src/cli/past.js';

describe('times in the past on the command line', () => {
  const now = Date.parse('2030-01-31T12:00:00Z');

  it('so long ago, or an instant, in microseconds', () => {
    expect(past('24h', now)).to.equal((now - 86_400_000) * 1000);
    expect(past('1.5h', now)).to.equal((now - 5_400_000) * 1000);
    expect(past('2030-01-01T00:00:00Z', now)).to.equal(Date.parse('2030-01-01T00:00:00Z') * 1000);
  });

  it('anything else says what was expected', () => {
    for (const text of ['yesterday', '24', '', '2030-01-01'])
      expect(() => past(text, now)).to.throw(/expected an instant/);
  });
});
