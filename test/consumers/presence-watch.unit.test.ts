import { expect } from 'chai';
import type { AgentState } from '../../src/aggregates/agent/index.js';
import { PresenceWatch } from '../../src/consumers/registrar/presence-watch.js';
import { registry } from '../support/registry.js';

const SECOND = 1_000_000;
const limits = { offlineAfter: 60 * SECOND, longestGap: 30 * SECOND };

const fleet = (...presence: AgentState['presence'][]): AgentState[] => {
  const r = registry();
  return presence.map((one, i) => {
    r.register(`a${i}`);
    return { ...r.agent(`a${i}`), presence: one };
  });
};

const seen = (agentId: string, instance = agentId, leaving = false) => ({
  agentId,
  instance,
  slots: 1,
  freeSlots: 1,
  leaving,
  build: '',
  occurredAt: 0,
});

/** Looks every 5 s from one moment to another; all that it said. */
const looks = (watch: PresenceWatch, agents: AgentState[], from: number, to: number): string[] => {
  const said: string[] = [];
  for (let at = from; at <= to; at += 5 * SECOND)
    for (const { agentId, present } of watch.look(agents, at))
      said.push(`${at / SECOND} ${agentId} ${present ? 'here' : 'gone'}`);
  return said;
};

describe('the watch over who is heard of', () => {
  it('says once heard what the registry does not know, and after the time what it knows no longer', () => {
    const watch = new PresenceWatch(limits);
    watch.hear(seen('a0'), 0);
    expect(looks(watch, fleet('UNSEEN'), 0, 0)).to.deep.equal(['0 a0 here']);
    expect(looks(watch, fleet('PRESENT'), 5 * SECOND, 60 * SECOND)).to.deep.equal(['60 a0 gone']);
    watch.hear(seen('a0', 'other'), 61 * SECOND);
    expect(looks(watch, fleet('ABSENT'), 65 * SECOND, 65 * SECOND)).to.deep.equal(['65 a0 here']);
  });

  it('law 7: a watch that begins, or stood still, takes nobody offline before it has listened long enough', () => {
    const watch = new PresenceWatch(limits);
    expect(looks(watch, fleet('PRESENT'), 1000 * SECOND, 1055 * SECOND)).to.deep.equal([]);
    expect(looks(watch, fleet('PRESENT'), 1060 * SECOND, 1060 * SECOND)).to.deep.equal(['1060 a0 gone']);
    // Nothing looked for 100 s: it begins anew.
    expect(looks(watch, fleet('PRESENT'), 1160 * SECOND, 1215 * SECOND)).to.deep.equal([]);
    watch.lookedAway();
    expect(looks(watch, fleet('PRESENT'), 1220 * SECOND, 1275 * SECOND)).to.deep.equal([]);
    expect(looks(watch, fleet('PRESENT'), 1280 * SECOND, 1280 * SECOND)).to.have.length(1);
  });

  it('one instance of several is enough, a goodbye waits like silence, the retired are nobody', () => {
    const watch = new PresenceWatch(limits);
    const agents = [...fleet('PRESENT'), { ...(fleet('UNSEEN', 'UNSEEN')[1] as AgentState), retired: true }];
    watch.hear(seen('a0', 'one'), 0);
    watch.hear(seen('a0', 'two'), 0);
    watch.hear(seen('a1'), 0);
    looks(watch, agents, 0, 0);
    watch.hear(seen('a0', 'one', true), 40 * SECOND);
    watch.hear(seen('a0', 'two'), 40 * SECOND);
    expect(looks(watch, agents, 5 * SECOND, 95 * SECOND)).to.deep.equal([]);
    expect(looks(watch, agents, 100 * SECOND, 100 * SECOND)).to.deep.equal(['100 a0 gone']);
  });

  it('law 13: strangers in an open topic fill no memory, and no names without end', () => {
    const watch = new PresenceWatch({ ...limits, maxInstances: 2 });
    watch.hear(seen('a0', 'x'.repeat(300)), 0);
    watch.hear(seen('stranger', 's1'), 0);
    watch.hear(seen('stranger', 's2'), 0);
    watch.hear(seen('a0', 'late'), 0);
    expect(looks(watch, fleet('UNSEEN'), 0, 0)).to.deep.equal([]);
    looks(watch, fleet('UNSEEN'), 5 * SECOND, 605 * SECOND);
    watch.hear(seen('a0', 'late'), 605 * SECOND);
    expect(looks(watch, fleet('UNSEEN'), 610 * SECOND, 610 * SECOND)).to.deep.equal(['610 a0 here']);
  });
});
