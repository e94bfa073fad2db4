import { expect } from 'chai';
import type { DerivedIndex, Domain, Input, LoggedEvent, NewEvent } from '../../src/log/domain.js';
import { Partition, type Past } from './partition.js';

/** What is expected of an event: its type, and those of its fields that are named. */
export type Expected = string | readonly [type: string, data: Readonly<Record<string, unknown>>];

export const expectEvents = (
  found: readonly (NewEvent | LoggedEvent)[],
  expected: readonly Expected[],
): void => {
  expect(found.map((event) => event.type)).to.deep.equal(
    expected.map((e) => (typeof e === 'string' ? e : e[0])),
  );
  expected.forEach((e, i) => {
    const event = found[i];
    if (typeof e === 'string' || event === undefined) return;
    const data = 'data' in event ? event.data : event.body;
    const named = Object.fromEntries(Object.keys(e[1]).map((key) => [key, data[key]]));
    expect(named, `event ${i}, ${e[0]}`).to.deep.equal(e[1]);
  });
};

/** given(domain, events…).when(input).then(events…) */
export const given = <Value, Index extends DerivedIndex<Value>, Record_>(
  domain: Domain<Value, Index, Record_>,
  ...past: readonly Past[]
) => ({
  when: (input: Input<Record_>, now?: number) => {
    const partition = new Partition(domain);
    partition.append(past);
    if (now !== undefined) partition.now = now;
    const events = partition.decide(input);
    return {
      then: (...expected: readonly Expected[]) => expectEvents(events, expected),
      thenNothing: () => expect(events).to.deep.equal([]),
    };
  },
});
