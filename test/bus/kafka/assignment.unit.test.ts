import { expect } from 'chai';
import fc from 'fast-check';
import {
  assignCoPartitioned,
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from '../../../src/bus/kafka/assignment.js';

describe('co-partitioned assignment', () => {
  const counts = new Map([
    ['a', 5],
    ['b', 5],
    ['c', 3],
  ]);

  it('gives partition p of every topic to the same member when all subscribe to the same', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.uuid(), { minLength: 1, maxLength: 9 }), (ids) => {
        const plan = assignCoPartitioned(
          ids.map((memberId) => ({ memberId, topics: ['a', 'b', 'c'] })),
          counts,
        );
        const seen: string[] = [];
        for (const assignment of plan.values()) {
          expect(assignment['a'] ?? []).to.deep.equal(assignment['b'] ?? []);
          expect((assignment['a'] ?? []).filter((partition) => partition < 3)).to.deep.equal(
            assignment['c'] ?? [],
          );
          for (const topic of Object.keys(assignment))
            for (const partition of assignment[topic] ?? []) seen.push(`${topic}${partition}`);
        }
        expect(seen.length, 'each partition once').to.equal(13);
        expect(new Set(seen).size).to.equal(13);
      }),
    );
  });

  it('does not depend on the order in which the members are named', () => {
    const members = ['x', 'y', 'z'].map((memberId) => ({ memberId, topics: ['a'] }));
    expect([...assignCoPartitioned(members, counts)]).to.deep.equal([
      ...assignCoPartitioned([...members].reverse(), counts),
    ]);
  });

  it('gives no member a topic it did not subscribe to, and skips a topic without partitions', () => {
    const plan = assignCoPartitioned(
      [
        { memberId: 'x', topics: ['a'] },
        { memberId: 'y', topics: ['b', 'gone'] },
      ],
      counts,
    );
    expect(Object.keys(plan.get('x') ?? {})).to.deep.equal(['a']);
    expect(Object.keys(plan.get('y') ?? {})).to.deep.equal(['b']);
  });

  it('survives its encoding; an empty assignment is none', () => {
    expect(decodeSubscription(encodeSubscription(['a', 'b']))).to.deep.equal(['a', 'b']);
    expect(decodeAssignment(encodeAssignment({ a: [0, 2] }))).to.deep.equal([
      { topic: 'a', partition: 0 },
      { topic: 'a', partition: 2 },
    ]);
    expect(decodeAssignment(encodeAssignment({}))).to.deep.equal([]);
    expect(decodeAssignment(Buffer.alloc(0))).to.deep.equal([]);
  });
});
