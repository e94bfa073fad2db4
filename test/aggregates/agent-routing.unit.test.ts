import { expect } from 'chai';
import type { AgentCommandsEvents } from '../../src/events/generated/events.js';
import { expectEvents } from '../support/decider.js';
import { head, refused, registry } from '../support/registry.js';

type SetPolicy = AgentCommandsEvents['SetRoutingPolicy'];

const order = (over: Partial<SetPolicy> = {}): SetPolicy => ({
  ...head(),
  policyId: 'ucb1',
  parameters: '{"c":0.25}',
  explorationFloor: null,
  reason: '',
  ...over,
});

describe('how agents are chosen, by event', () => {
  it('R-226: one command sets the policy, and the event holds every parameter', () => {
    const r = registry();
    const [event] = r.partition.record('SetRoutingPolicy', order());
    expect(event?.type).to.equal('RoutingPolicyChanged');
    const body = event?.body as unknown as {
      parameters: string;
      policyVersion: string;
      previousPolicyId: string;
    };
    expect(JSON.parse(body.parameters)).to.include({ c: 0.25, memory: 'all' });
    expect(body).to.include({ policyVersion: '2', previousPolicyId: '' });
    expectEvents(
      r.partition.record('SetRoutingPolicy', order({ policyId: 'round-robin', parameters: '{}' })),
      [['RoutingPolicyChanged', { policyId: 'round-robin', previousPolicyId: 'ucb1' }]],
    );
  });

  it('no name: back to the default', () => {
    const r = registry();
    const [event] = r.partition.record('SetRoutingPolicy', order({ policyId: '', parameters: '{}' }));
    expect((event?.body as unknown as { policyId: string }).policyId).to.equal('randomised-ucb');
  });

  it('R-216: what is no policy is refused with what there is', () => {
    for (const wrong of [
      { policyId: 'clairvoyant' },
      { parameters: '{"c":-1}' },
      { parameters: '{"d":1}' },
      { parameters: '[1]' },
      { parameters: 'c=1' },
      { parameters: `{"c":${' '.repeat(5000)}1}` },
      { explorationFloor: 1.5 },
      { explorationFloor: NaN },
    ])
      expectEvents(registry().partition.record('SetRoutingPolicy', order(wrong)), refused('INVALID'));
  });

  it('law 5: once per id; the same again is UNCHANGED; an order built on another version is refused', () => {
    const r = registry();
    const first = order();
    r.partition.record('SetRoutingPolicy', first);
    expectEvents(r.partition.record('SetRoutingPolicy', first), []);
    expectEvents(r.partition.record('SetRoutingPolicy', order()), refused('UNCHANGED'));
    expectEvents(
      r.partition.record('SetRoutingPolicy', order({ ifVersion: 7 })),
      refused('VERSION_MISMATCH'),
    );
    expectEvents(r.partition.record('SetRoutingPolicy', order({ explorationFloor: 0.2 })), [
      ['RoutingPolicyChanged', { explorationFloor: 0.2 }],
    ]);
  });

  it('agents are as they were', () => {
    const r = registry();
    r.register('a');
    const before = r.agent('a');
    r.partition.record('SetRoutingPolicy', order());
    expect(r.agent('a')).to.deep.equal(before);
  });
});
