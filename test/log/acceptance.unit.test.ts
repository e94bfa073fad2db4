import { expect } from 'chai';
import fc from 'fast-check';
import { accept, NOTHING_ACCEPTED, type Acceptance } from '../../src/log/index.js';

const at: Acceptance = { claim: 7, seq: 3 };
const event = (claim: number, seq: number) => ({ kind: 'event', claim, seq }) as const;
const claim = (previousClaim: number) => ({ kind: 'claim', previousClaim }) as const;

describe('acceptance', () => {
  it('law 2: a claim is accepted iff it names the latest accepted claim', () => {
    expect(accept(NOTHING_ACCEPTED, claim(-1), 0)).to.deep.equal({
      kind: 'accepted',
      next: { claim: 0, seq: 0 },
    });
    expect(accept(at, claim(7), 20)).to.deep.equal({ kind: 'accepted', next: { claim: 20, seq: 0 } });
    expect(accept(at, claim(2), 20)).to.deep.equal({ kind: 'rejected', reason: 'LOST_CLAIM_RACE' });
  });

  it('law 3: an event is accepted iff its claim is the latest and its seq the next', () => {
    expect(accept(at, event(7, 3), 20)).to.deep.equal({ kind: 'accepted', next: { claim: 7, seq: 4 } });
    expect(accept(at, event(2, 3), 20)).to.deep.equal({ kind: 'rejected', reason: 'STALE_CLAIM' });
  });

  it('law 3: an event before any claim halts, whatever claim it names', () => {
    for (const stamp of [event(-1, 0), event(0, 0)])
      expect(accept(NOTHING_ACCEPTED, stamp, 0).kind).to.equal('broken');
  });

  it('law 3: the right claim with a wrong seq, and claims newer than ours, halt', () => {
    for (const stamp of [event(7, 4), event(7, 2), event(8, 0), claim(9)]) {
      const result = accept(at, stamp, 20);
      expect(result.kind).to.equal('broken');
      expect(result)
        .to.have.property('message')
        .that.matches(/^offset 20: expected .*, found .*doctor$/);
    }
  });

  it('law 3: it depends on the log prefix alone, so a reader may stop and go on anywhere', () => {
    const stamp = fc.oneof(
      fc.record({ kind: fc.constant('claim' as const), previousClaim: fc.integer({ min: -1, max: 6 }) }),
      fc.record({
        kind: fc.constant('event' as const),
        claim: fc.integer({ min: -1, max: 6 }),
        seq: fc.nat({ max: 3 }),
      }),
    );
    fc.assert(
      fc.property(fc.array(stamp, { maxLength: 12 }), fc.nat({ max: 12 }), (stamps, cut) => {
        const run = (from: Acceptance, begin: number, end: number): Acceptance => {
          let state = from;
          for (let i = begin; i < Math.min(end, stamps.length); i++) {
            const one = stamps[i];
            const result = one && accept(state, one, i);
            if (result?.kind === 'accepted') state = result.next;
          }
          return state;
        };
        const resumed = run(run(NOTHING_ACCEPTED, 0, cut), cut, stamps.length);
        expect(resumed).to.deep.equal(run(NOTHING_ACCEPTED, 0, stamps.length));
      }),
    );
  });
});
