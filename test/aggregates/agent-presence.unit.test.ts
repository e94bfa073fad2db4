import { expect } from 'chai';
import { standingOf } from '../../src/aggregates/agent/find/index.js';
import { expectEvents } from '../support/decider.js';
import { refused, registry } from '../support/registry.js';

const DAY = 86_400_000_000;

type Registry = ReturnType<typeof registry>;

/** Fires the next timer, as the owner would; undefined: none is set. */
const fire = (r: Registry): number | undefined => {
  const due = r.partition.domain.nextTimer(r.partition.index);
  if (due === undefined) return undefined;
  r.partition.now = due.dueAt;
  r.partition.append(r.partition.decide({ kind: 'timer', ...due }));
  return due.dueAt;
};

describe('presence of agents', () => {
  it('R-114: an agent nobody hears of leaves after 24 hours by an event, and comes back by one', () => {
    const r = registry();
    r.register('a');
    const began = r.partition.now;
    expect(fire(r)).to.equal(began + DAY);
    expect(r.partition.log.at(-1)?.type).to.equal('AgentLeft');
    expect(r.agent('a')).to.include({ left: true, retired: false, staleAt: null });
    expect(fire(r)).to.equal(undefined);
    expectEvents(r.seen('a', true), ['PresenceChanged']);
    expect(r.agent('a')).to.include({ left: false, presence: 'PRESENT', staleAt: null });
  });

  it('R-114: who is heard of never leaves; silence counts from the loss', () => {
    const r = registry();
    r.register('a');
    r.seen('a', true);
    expect(r.partition.domain.nextTimer(r.partition.index)).to.equal(undefined);
    r.partition.now += 5 * DAY;
    r.seen('a', false);
    expect(fire(r)).to.equal(r.partition.now);
    expect(r.agent('a').left).to.equal(true);
  });

  it('R-114: other changes do not move the timer, and a retired agent has none', () => {
    const r = registry();
    r.register('a');
    const due = r.agent('a').staleAt;
    r.partition.now += 1000;
    r.change('a');
    r.status('a');
    r.terms('a', { tags: { x: 'y' } });
    expect(r.agent('a').staleAt).to.equal(due);
    r.retire('a');
    expect(r.partition.domain.nextTimer(r.partition.index)).to.equal(undefined);
  });

  it('the first to leave is found among many, whatever came between, and undo is exact', () => {
    const r = registry();
    for (let i = 0; i < 50; i++) {
      r.partition.now += 1000 * ((i * 37) % 50);
      r.register(`a${i}`);
    }
    for (let i = 0; i < 50; i += 3) r.seen(`a${i}`, true);
    const order: (number | undefined)[] = [];
    for (let due = fire(r); due !== undefined; due = fire(r)) order.push(due);
    expect(order).to.have.length(33);
    expect(order).to.deep.equal([...order].sort((a, b) => Number(a) - Number(b)));
    expect(r.partition.log.filter(({ type }) => type === 'AgentLeft')).to.have.length(33);
  });

  it('D-03: offline by silence is measured and leaves the declared status, and full is not offline', () => {
    const r = registry();
    r.register('a', { maxConcurrency: 1 });
    r.seen('a', true);
    expect(standingOf(r.agent('a'))).to.equal('AVAILABLE');
    r.seen('a', false);
    expect([r.agent('a').status, standingOf(r.agent('a'))]).to.deep.equal(['AVAILABLE', 'OFFLINE']);
    r.status('a', { status: 'MAINTENANCE' });
    expect(standingOf(r.agent('a'))).to.equal('MAINTENANCE');
    r.seen('a', true);
    expect(standingOf(r.agent('a'))).to.equal('MAINTENANCE');
    r.status('a', { status: 'AVAILABLE', reason: '' });
    expect(standingOf(r.agent('a'))).to.equal('AVAILABLE');
  });

  it('a loss older than the last sign of life is none, and a repeated report changes nothing', () => {
    const r = registry();
    r.register('a');
    expectEvents(r.seen('a', false), refused('UNCHANGED'));
    r.seen('a', true, { lastSeenAt: 500 });
    expectEvents(r.seen('a', true), refused('UNCHANGED'));
    expectEvents(r.seen('a', false, { lastSeenAt: 499 }), refused('UNCHANGED'));
    expectEvents(r.seen('a', false, { lastSeenAt: 500 }), [['PresenceChanged', { present: false }]]);
    expectEvents(r.seen('nobody', true), refused('NOT_REGISTERED'));
  });
});
