import { expect } from 'chai';
import {
  hasMomentShape,
  isFilled,
  isHash,
  isRecord,
  isSpecId,
  momentOf,
  shown,
} from '../../src/caws/formats.js';

describe('formats', () => {
  it('ids are upper case and end in a number', () => {
    for (const id of ['A-1', 'FEAT-0042', 'CAWS-FIX-3abc', 'A1-B2-9'])
      expect(isSpecId(id), id).to.equal(true);
    for (const id of [
      '',
      'a-1',
      'A',
      'A-',
      'A-1-',
      '1-1',
      ' A-1',
      'A-1 ',
      'A-1A',
      'A--1',
      'A-b',
      7,
      null,
      ['A-1'],
    ]) {
      expect(isSpecId(id), String(id)).to.equal(false);
    }
  });

  it('a hash is sha256 in lower-case hex, and a text', () => {
    const hash = `sha256:${'0a'.repeat(32)}`;
    expect(isHash(hash)).to.equal(true);
    for (const no of [`${hash}0`, ` ${hash}`, hash.toUpperCase(), 'sha256:', hash.slice(7), [hash], null]) {
      expect(isHash(no), String(no)).to.equal(false);
    }
  });

  it('a moment has a zone, and is a number or nothing', () => {
    expect(momentOf('1970-01-01T00:00:01.5+01:00')).to.equal(-3_598_500);
    expect(momentOf('1970-01-01T00:00:00Z')).to.equal(0);
    for (const no of [
      '1970-01-01',
      '1970-13-01T00:00:00Z',
      'x1970-01-01T00:00:00Z',
      '1970-01-01T00:00:00Zx',
      0,
      null,
      ['1970-01-01T00:00:00Z'],
    ]) {
      expect(momentOf(no), String(no)).to.equal(null);
    }
    expect(hasMomentShape('1970-13-01T00:00:00Z'), 'by its shape alone').to.equal(true);
    expect(hasMomentShape(['1970-01-01T00:00:00Z'])).to.equal(false);
  });

  it('records and filled texts', () => {
    expect([{}, [], null, 'x', undefined].map(isRecord)).to.deep.equal([true, false, false, false, false]);
    expect(['x', ' ', '', 7, undefined].map(isFilled)).to.deep.equal([true, true, false, false, false]);
  });

  it('what was found is shown in a few words, however long it is', () => {
    for (const [value, text] of [
      ['a"b', '"a\\"b"'],
      ['x'.repeat(80), `"${'x'.repeat(80)}"`],
      ['x'.repeat(81), `"${'x'.repeat(77)}"...`],
      [7, '7'],
      [NaN, 'NaN'],
      [true, 'true'],
      [undefined, 'nothing'],
      [null, 'null'],
      [['a'], 'a list'],
      [{ a: 1 }, 'a mapping'],
      [1n, 'a bigint'],
    ] as const) {
      expect(shown(value)).to.equal(text);
    }
  });
});
