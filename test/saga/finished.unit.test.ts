import { expect } from 'chai';
import fc from 'fast-check';
import { FinishedSet } from '../../src/saga/finished.js';
import { IndexedHeap } from '../../src/saga/indexed-heap.js';

describe('the finished tasks', () => {
  it('part 8: take at most 24 bytes each, over a million of them', function () {
    this.timeout(60_000);
    const set = new FinishedSet();
    let most = 0;
    for (let i = 1; i <= 1_000_000; i++) {
      set.add(`task/${i}`);
      if (i >= 1000) most = Math.max(most, set.bytes / i);
    }
    expect(set.size).to.equal(1_000_000);
    expect(most).to.be.at.most(24);
    for (let i = 1; i <= 1_000_000; i += 997) expect(set.has(`task/${i}`)).to.equal(true);
    for (let i = 0; i < 1000; i++) expect(set.has(`other/${i}`)).to.equal(false);
  });

  it('law 4: adding and taking back, in any order, is a set; saved and loaded it is the same', function () {
    this.timeout(60_000);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat(2000)), { maxLength: 3000 }), (changes) => {
        const set = new FinishedSet();
        const model = new Set<string>();
        for (const [add, n] of changes) {
          const id = `task/${n}`;
          if (add) set.add(id);
          else set.delete(id);
          if (add) model.add(id);
          else model.delete(id);
        }
        const loaded = new FinishedSet();
        loaded.load(set.save());
        expect(set.size).to.equal(model.size);
        for (let n = 0; n <= 2000; n++) {
          expect(set.has(`task/${n}`)).to.equal(model.has(`task/${n}`));
          expect(loaded.has(`task/${n}`)).to.equal(model.has(`task/${n}`));
        }
        expect(loaded.save()).to.equal(set.save());
      }),
      { numRuns: 20 },
    );
  });
});

describe('the heap of timers', () => {
  it('law 7: gives the earliest, whatever was set, moved and removed before', () => {
    const change = fc.tuple(fc.constantFrom('set', 'delete'), fc.nat(30), fc.nat(50));
    fc.assert(
      fc.property(fc.array(change, { maxLength: 200 }), fc.nat(10), (changes, count) => {
        const heap = new IndexedHeap<number>((a, b) => a - b);
        const model = new Map<string, number>();
        for (const [what, n, value] of changes) {
          const id = `s${n}`;
          if (what === 'set') {
            heap.set(id, value);
            model.set(id, value);
          } else {
            heap.delete(id);
            model.delete(id);
          }
          const order = [...model].sort((a, b) => a[1] - b[1] || (a[0] < b[0] ? -1 : 1));
          expect(heap.peek()?.id).to.equal(order[0]?.[0]);
          expect(heap.first(count)).to.deep.equal(order.slice(0, count).map(([id]) => id));
        }
      }),
      { numRuns: 200 },
    );
  });
});
