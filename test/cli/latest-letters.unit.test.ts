import { expect } from 'chai';
import fc from 'fast-check';
import { latestLetters } from '../../src/cli/records/latest-letters.js';
import type { DeadLettered } from '../../src/events/generated/events.js';

async function* read(letters: readonly Partial<DeadLettered>[]): AsyncGenerator<DeadLettered> {
  for (const letter of letters)
    yield await Promise.resolve({ value: Buffer.alloc(1), headers: {}, ...letter } as DeadLettered);
}

describe('the latest dead letters', () => {
  it('are the newest by their time, whatever partition is read first; a letter that was put aside twice is one', async () => {
    const letter = fc.record({
      letterId: fc.nat(30).map((n) => `L-${n}`),
      occurredAt: fc.nat(1000),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(letter, { maxLength: 80 }),
        fc.integer({ min: 1, max: 8 }),
        async (all, limit) => {
          const last = new Map<string, number>();
          for (const { letterId, occurredAt } of all)
            last.set(letterId, Math.max(occurredAt, last.get(letterId) ?? 0));
          const expected = [...last.values()].sort((a, b) => b - a).slice(0, limit);
          const found = await latestLetters(read(all), limit);
          expect(found.map(({ occurredAt }) => occurredAt)).to.deep.equal(expected);
          for (const one of found) expect(last.get(one.letterId)).to.equal(one.occurredAt);
        },
      ),
    );
  });

  it('newest first in the first partition are not put out by older ones in the next', async () => {
    const newest = [0, 1, 2].map((n) => ({ letterId: `new-${n}`, occurredAt: 1000 + n }));
    const old = Array.from({ length: 100 }, (_, n) => ({ letterId: `old-${n}`, occurredAt: n }));
    const found = await latestLetters(read([...newest, ...old]), 3);
    expect(found.map(({ letterId }) => letterId)).to.deep.equal(['new-2', 'new-1', 'new-0']);
    expect(found.every(({ value }) => value === null)).to.equal(true);
  });
});
