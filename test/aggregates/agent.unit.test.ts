import { expect } from 'chai';
import { expectEvents } from '../support/decider.js';
import { head, refused, registration, registry } from '../support/registry.js';
import type { AgentCommandsEvents } from '../../src/events/generated/events.js';

type Register = AgentCommandsEvents['RegisterAgent'];

describe('the registry of agents', () => {
  it('R-101: registers, changes, sets a status and retires', () => {
    const r = registry();
    expectEvents(r.register('a'), [
      ['AgentRegistered', { agentId: 'a', capabilities: ['python', 'typescript'] }],
    ]);
    expectEvents(r.change('a'), [['CapabilitiesChanged', { capabilityVersion: 2, maxConcurrency: 2 }]]);
    expectEvents(r.change('a', { maxConcurrency: 3 }), [['CapabilitiesChanged', { capabilityVersion: 3 }]]);
    expectEvents(r.status('a'), [['AgentStatusChanged', { status: 'MAINTENANCE', reason: 'disk' }]]);
    expectEvents(r.retire('a'), [['AgentRetired', { reason: 'old' }]]);
    expect(r.agent('a')).to.deep.include({
      retired: true,
      version: 5,
      capabilityVersion: 3,
      capabilities: ['rust'],
    });
  });

  it('D-03: a declared status leaves everything else as it is', () => {
    const r = registry();
    r.register('a');
    const { status: _s, statusReason: _r, version: _v, commands: _c, ...before } = r.agent('a');
    r.status('a', { status: 'OFFLINE' });
    r.status('a', { status: 'AVAILABLE' });
    const { status, statusReason: _r2, version: _v2, commands: _c2, ...now } = r.agent('a');
    expect(now).to.deep.equal(before);
    expect(status).to.equal('AVAILABLE');
  });

  it('law 5: a command takes effect once per id, refused or not', () => {
    const r = registry();
    const first = registration('a');
    r.partition.record('RegisterAgent', first);
    expectEvents(r.partition.record('RegisterAgent', first), []);
    const stray = { ...head(), agentId: 'nobody', reason: '' };
    expectEvents(r.partition.record('RetireAgent', stray), refused('NOT_REGISTERED'));
    expectEvents(r.partition.record('RetireAgent', stray), []);
  });

  it('refuses a second registration, and says when it is the same', () => {
    const r = registry();
    r.register('a');
    expectEvents(r.register('a', { capabilities: ['typescript', 'python'] }), refused('UNCHANGED'));
    expectEvents(r.register('a', { capabilities: ['cobol'] }), refused('ALREADY_REGISTERED'));
    expectEvents(r.change('a', { capabilities: ['typescript', 'python'] }), refused('UNCHANGED'));
    expectEvents(r.status('a', { status: 'AVAILABLE' }), refused('UNCHANGED'));
  });

  it('a retired agent stays retired, and its id stays taken', () => {
    const r = registry();
    r.register('a');
    r.retire('a');
    expectEvents(r.register('a'), refused('RETIRED'));
    expectEvents(r.change('a'), refused('RETIRED'));
    expectEvents(r.status('a'), refused('RETIRED'));
    expectEvents(r.retire('a'), refused('RETIRED'));
    expect(r.agent('a').retired).to.equal(true);
  });

  it('D-50: a change for another version is refused', () => {
    const r = registry();
    expectEvents(r.register('a', { ifVersion: 3 }), refused('VERSION_MISMATCH'));
    r.register('a');
    expectEvents(r.change('a', { ifVersion: 2 }), refused('VERSION_MISMATCH'));
    expectEvents(r.change('a', { ifVersion: 1 }), ['CapabilitiesChanged']);
  });

  const invalid: readonly [string, string, Partial<Register>][] = [
    ['an id with path characters', '../a', {}],
    ['an id of dots', '..', {}],
    ['an empty id', '', {}],
    ['a long id', 'a'.repeat(257), {}],
    ['a long command id', 'a', { commandId: 'x'.repeat(257) }],
    ['too many capabilities', 'a', { capabilities: Array.from({ length: 51 }, (_, i) => `c${i}`) }],
    ['a long capability', 'a', { capabilities: ['c'.repeat(51)] }],
    ['an empty capability', 'a', { capabilities: [''] }],
    ['a capability with a line break', 'a', { capabilities: ['a\nb'] }],
    ['a capability named twice', 'a', { capabilities: ['a', 'a'] }],
    ['no concurrency', 'a', { maxConcurrency: 0 }],
    ['too much concurrency', 'a', { maxConcurrency: 10_001 }],
    ['a long name', 'a', { displayName: 'n'.repeat(257) }],
    ['too many tags', 'a', { tags: Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`t${i}`, ''])) }],
    ['a long tag', 'a', { tags: { t: 'v'.repeat(101) } }],
    ['a negative cost', 'a', { costPerTaskMicros: -1 }],
  ];
  for (const [what, id, over] of invalid) {
    it(`R-531: refuses ${what}`, () => {
      const r = registry();
      const [event] = r.register(id, over);
      expectEvents(event ? [event] : [], refused('INVALID'));
      expect(event?.body.meta.streamId).to.equal('partition/0');
    });
  }

  it('R-531: takes what is just within the limits', () => {
    const capabilities = Array.from({ length: 50 }, (_, i) => `${i}`.padEnd(50, 'c'));
    expectEvents(registry().register('a'.repeat(256), { capabilities }), ['AgentRegistered']);
  });

  it('refuses a status it does not know, and a reason without end', () => {
    const r = registry();
    r.register('a');
    expectEvents(r.status('a', { status: 'UNKNOWN' }), refused('INVALID'));
    expectEvents(r.status('a', { reason: 'r'.repeat(2000) }), refused('INVALID'));
  });

  it('law 13: the number of agents is bounded, and refusals make no streams', () => {
    const r = registry({ agents: 1 });
    r.register('a');
    expectEvents(r.register('b'), refused('TOO_MANY_AGENTS'));
    r.change('c');
    expect([...r.partition.values.keys()]).to.deep.equal(['agent/a', 'partition/0']);
  });

  it('law 8: a fold refuses what no decider writes', () => {
    const r = registry();
    r.register('a');
    const again = { type: 'AgentRegistered', streamId: 'agent/a', data: registration('a') as never };
    expect(() => r.partition.append([again])).to.throw('AgentRegistered twice');
    const stray = { type: 'AgentRetired', streamId: 'agent/b', data: { agentId: 'b', reason: '' } };
    expect(() => r.partition.append([stray])).to.throw('without an agent');
  });

  it('law 12: a fold skips what it does not know', () => {
    const r = registry();
    r.register('a');
    const before = r.agent('a');
    r.partition.append([{ type: 'AgentPromoted', streamId: 'agent/a', data: {} }]);
    expect(r.agent('a')).to.equal(before);
  });
});
