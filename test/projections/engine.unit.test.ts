import { expect } from 'chai';
import { arrayLiteral } from '../../src/projections/engine/array-literal.js';
import { MAX_BATCH, nextBatchSize } from '../../src/projections/engine/batch-size.js';
import { RowCache } from '../../src/projections/engine/row-cache.js';
import { stderrProgress } from '../../src/projections/rebuild/progress.js';
import { RangeFeed } from '../../src/log/range-feed.js';
import { PROJECTIONS } from '../../src/projections/catalogue.js';

describe('projection engine', () => {
  it('array literals keep quotes, backslashes, commas, braces and empty text; NUL is replaced', () => {
    const rows = ['a"b', 'c\\d', 'e,f', '{g}', '', 'NULL', null, 'h\u0000i'].map((text) => ({ text }));
    expect(arrayLiteral(rows, 'text', 'text')).to.equal(
      '{"a\\"b","c\\\\d","e,f","{g}","","NULL",NULL,"h\ufffdi"}',
    );
    expect(arrayLiteral([{ n: 1 }, { n: null }], 'n', 'bigint')).to.equal('{1,NULL}');
    expect(arrayLiteral([{ b: Buffer.from([0, 255]) }], 'b', 'bytea')).to.equal('{"\\\\x00ff"}');
    expect(arrayLiteral([{ j: { a: ['"'] } }], 'j', 'jsonb')).to.equal('{"{\\"a\\":[\\"\\\\\\"\\"]}"}');
  });

  it('no float gets into a sum', () => {
    expect(() => arrayLiteral([{ n: 0.5 }], 'n', 'bigint'))
      .to.throw('expected a whole number, found 0.5')
      .with.property('code', '22003');
  });

  it('batches grow while they are fast, shrink when they are slow, and end at 2000', () => {
    expect(nextBatchSize(250, 250, 10)).to.equal(500);
    expect(nextBatchSize(250, 10, 10)).to.equal(250);
    expect(nextBatchSize(MAX_BATCH, MAX_BATCH, 10)).to.equal(MAX_BATCH);
    expect(nextBatchSize(1000, 1000, 5000)).to.equal(500);
  });

  it('the row cache is bounded: the row unused longest goes first', () => {
    const cache = new RowCache(2);
    for (const key of ['a', 'b', 'a', 'c']) cache.set(key, { key });
    expect(['a', 'b', 'c'].filter((key) => cache.has(key))).to.deep.equal(['a', 'c']);
  });

  it('one table ← one topic, one projection per topic', () => {
    const tables = PROJECTIONS.flatMap(({ rows, lines }) => [rows.name, ...(lines ? [lines.name] : [])]);
    expect(new Set(tables).size).to.equal(tables.length);
    expect(new Set(PROJECTIONS.map(({ topic }) => topic)).size).to.equal(PROJECTIONS.length);
  });

  it('the end of a range is a position, even behind records that were never delivered', () => {
    const at = { topic: 't', partition: 0 };
    const feed = new RangeFeed(at, 0, 10);
    const record = { ...at, offset: 3, timestamp: 0, key: null, value: null, headers: {} };
    feed.push({ ...at, records: [record], position: 10, end: 10 });
    expect([feed.position, feed.take(5).length, feed.position]).to.deep.equal([3, 1, 10]);
  });

  it('progress without a terminal: lines with rate and ETA', () => {
    const written: string[] = [];
    let now = 0;
    const stream = { isTTY: false, write: (text: string) => written.push(text) };
    const progress = stderrProgress(stream as unknown as NodeJS.WriteStream, () => now);
    progress.begin('tasks', 0, 1000);
    now = 5000;
    progress.advanced(500, 480);
    progress.phase('compare');
    progress.end();
    expect(written).to.deep.equal([
      'tasks: 50% 500/1000 offsets, 100/s, ETA 5s\n',
      'tasks: 50% 500/1000 offsets, 100/s, ETA 5s, compare\n',
    ]);
  });
});
