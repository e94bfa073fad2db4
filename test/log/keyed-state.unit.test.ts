import { expect } from 'chai';
import type { Domain, LoggedEvent } from '../../src/log/domain.js';
import { KeyedState } from '../../src/log/keyed-state.js';

const domain: Domain<number, { moved(): void }, unknown> = {
  foldVersion: 1,
  createIndex: () => ({ moved: () => undefined }),
  decide: () => ({ kind: 'events', events: [] }),
  evolve: (value = 0) => value + 1,
  isFinal: () => false,
  nextTimer: () => undefined,
  saveIndex: () => null,
  loadIndex: () => undefined,
};
const event = (streamVersion: number): LoggedEvent =>
  ({ type: 'E', offset: streamVersion, body: { meta: { streamId: 's', streamVersion } } }) as never;

describe('keyed state', () => {
  it('law 4: changes that were taken back stay as they were, whatever the log says after them', () => {
    const state = new KeyedState(domain);
    state.fold(event(1));
    state.apply(event(2));
    const changes = [...state.unsettled];
    state.rollback();
    expect([state.get('s'), state.version('s')]).to.deep.equal([1, 1]);
    state.fold(event(2));
    state.fold(event(3));
    expect([state.get('s'), state.version('s')]).to.deep.equal([3, 3]);
    expect(changes).to.deep.equal([
      { streamId: 's', before: { version: 1, value: 1 }, after: { version: 2, value: 2 } },
    ]);
  });
});
