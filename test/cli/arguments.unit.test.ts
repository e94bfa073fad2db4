import { expect } from 'chai';
import fc from 'fast-check';
import { collect, deadline, dollars, duration, pairs, wholeNumber, words } from '../../src/cli/arguments.js';

describe('cli arguments', () => {
  const message = (run: () => unknown): string => {
    try {
      run();
    } catch (error) {
      return (error as Error).message;
    }
    return 'taken';
  };

  it('durations: a number with its unit, never nothing', () => {
    expect(['500ms', '90s', '10m', '2h', '1d', '1.5s'].map(duration)).to.deep.equal([
      500, 90_000, 600_000, 7_200_000, 86_400_000, 1500,
    ]);
    for (const bad of ['', '5', '0s', '-1s', '1 h', '1w', '1e3s', 'Infinitys'])
      expect(
        message(() => duration(bad)),
        bad,
      )
        .to.contain('expected a duration')
        .and.contain(JSON.stringify(bad));
  });

  it('D-18: deadlines: an instant with its zone that the calendar has, or a time from now', () => {
    const now = Date.parse('2030-01-01T00:00:00Z');
    expect(deadline('+2h', now)).to.equal((now + 7_200_000) * 1000);
    expect(deadline('2030-01-01T00:00:00Z')).to.equal(now * 1000);
    expect(deadline('2030-01-01T02:00:00+02:00')).to.equal(now * 1000);
    const unreadable = ['tomorrow', '+', '+2', '2030-01-01', '2030-01-01T00:00:00', '2030-13-01T00:00:00Z'];
    const moved = [
      '2030-02-30T00:00:00Z',
      '2030-02-29T00:00:00Z',
      '2030-04-31T12:00:00+02:00',
      '+999999999d',
    ];
    for (const bad of [...unreadable, ...moved])
      expect(
        message(() => deadline(bad)),
        bad,
      ).to.contain('expected an instant');
  });

  it('money: exact millionths', () => {
    fc.assert(
      fc.property(fc.nat(999_999), fc.nat(999_999), (whole, micros) => {
        expect(dollars(`${whole}.${String(micros).padStart(6, '0')}`)).to.equal(whole * 1e6 + micros);
      }),
    );
    for (const bad of ['', '-1', '1,5', '1.0000001', '1e6', 'NaN'])
      expect(
        message(() => dollars(bad)),
        bad,
      ).to.contain('expected an amount');
  });

  it('whole numbers: nothing that JavaScript would also take for one', () => {
    const parse = wholeNumber(1, 10);
    expect(parse('10')).to.equal(10);
    for (const bad of ['', '0', '11', '1.0', '0x5', '1e0', ' 5', '-1'])
      expect(
        message(() => parse(bad)),
        bad,
      ).to.contain('expected a whole number from 1 to 10');
  });

  it('pairs: a key given twice is an error, for one of the two would be lost', () => {
    expect(pairs('b=c=d', { a: '1' })).to.deep.equal({ a: '1', b: 'c=d' });
    expect(pairs('a=')).to.deep.equal({ a: '' });
    expect(message(() => pairs('a=2', { a: '1' }))).to.contain('a once');
    expect(message(() => pairs('=x'))).to.contain('key=value');
    expect(Object.getPrototypeOf(pairs('__proto__=x'))).to.equal(Object.prototype);
  });

  it('lists', () => {
    expect(collect('b', ['a'])).to.deep.equal(['a', 'b']);
    expect(words('saga, router')).to.deep.equal(['saga', 'router']);
    expect(message(() => words('saga,,router'))).to.contain('separated by commas');
  });
});
