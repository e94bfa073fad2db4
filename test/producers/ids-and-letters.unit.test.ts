import { expect } from 'chai';
import type { DeadLettered } from '../../src/events/generated/events.js';
import { createDeadLetters, derivedUuid, uuidv7 } from '../../src/producers/index.js';

describe('producers', () => {
  it('law 8: the same names give the same id, other names another; the form is RFC 9562 version 8', () => {
    expect(derivedUuid('a', 'b')).to.equal(derivedUuid('a', 'b'));
    expect(derivedUuid('a', 'b')).to.not.equal(derivedUuid('ab'));
    expect(derivedUuid('a')).to.match(
      /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
    expect(uuidv7(1, Buffer.alloc(10, 255)) < uuidv7(2, Buffer.alloc(10, 0))).to.equal(true);
    expect(uuidv7(Date.now())).to.match(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
  });

  it('D-64: ids that are made within one millisecond differ', () => {
    expect(new Set(Array.from({ length: 1_000 }, () => uuidv7(1))).size).to.equal(1_000);
  });

  it('law 13: a dead letter is bounded in value, headers, key and words, and is the same letter when put twice', async () => {
    const letters: DeadLettered[] = [];
    const deadLetters = createDeadLetters({
      publisher: { publish: () => Promise.resolve({ offset: 0 }) } as never,
      codec: {
        encode: (_topic: string, _name: string, record: object) => {
          letters.push(record as DeadLettered);
          return { value: Buffer.alloc(0), headers: {} };
        },
      } as never,
      clock: { now: () => 1, schedule: () => () => undefined },
      component: 'intake',
      partitions: 1,
    });
    const record = {
      topic: 't',
      partition: 0,
      offset: 1,
      timestamp: 0,
      key: Buffer.alloc(5000),
      value: Buffer.alloc(1_000_000),
      headers: { small: Buffer.alloc(10), large: Buffer.alloc(900_000) },
    };
    await deadLetters.put(record, 'CODE', 'x'.repeat(5000));
    await deadLetters.put(record, 'CODE', 'again');
    const [first, second] = letters;
    expect(first?.letterId).to.equal(second?.letterId);
    expect([first?.key?.length, first?.value?.length, first?.message.length]).to.deep.equal([
      1024, 819_200, 2000,
    ]);
    expect(Object.keys(first?.headers ?? {})).to.deep.equal(['small']);
  });
});
