import { expect } from 'chai';
import { baselineOf, quotaWindow } from '../../src/aggregates/agent/index.js';
import type { AgentPrice, AgentQuota, AgentReach } from '../../src/events/generated/events.js';
import { expectEvents } from '../support/decider.js';
import { refused, registry } from '../support/registry.js';

const price: AgentPrice = {
  currency: 'USD',
  perTaskMicros: null,
  inputPerMillionMicros: 3_000_000,
  outputPerMillionMicros: 15_000_000,
};
const quota: AgentQuota = { unit: 'TASKS', amount: 100, windowMs: 18_000_000, resetAt: null };
const reach = (over: Partial<AgentReach>): AgentReach => ({
  kind: 'HTTP',
  url: '',
  argv: [],
  binding: '',
  protocolVersion: '',
  ...over,
});

describe('terms, models and beliefs of agents', () => {
  it('R-109: every change of terms is a version, and what did not change is none', () => {
    const r = registry();
    r.register('a', { price, quotas: [quota] });
    expect(r.agent('a')).to.deep.include({ price, quotas: [quota], termsVersion: 1 });
    const dearer = { ...price, outputPerMillionMicros: 20_000_000 };
    expectEvents(r.terms('a', { price: dearer, quotas: [quota], tags: { team: 'x' } }), [
      ['TermsChanged', { termsVersion: 2 }],
    ]);
    expectEvents(r.terms('a', { price: dearer, quotas: [quota], tags: { team: 'x' } }), refused('UNCHANGED'));
    expect(r.agent('a')).to.deep.include({ price: dearer, termsVersion: 2, capabilityVersion: 1 });
  });

  it('the older field for a price means the same, and must not say otherwise', () => {
    const r = registry();
    r.register('a', { costPerTaskMicros: 20_000 });
    expect(r.agent('a').price).to.deep.include({ currency: 'USD', perTaskMicros: 20_000 });
    const perTask = { ...price, perTaskMicros: 30_000 };
    expectEvents(r.register('b', { price: perTask }), [['AgentRegistered', { costPerTaskMicros: 30_000 }]]);
    expectEvents(r.register('c', { price: perTask, costPerTaskMicros: 1 }), refused('INVALID'));
  });

  const bad: readonly [string, Parameters<ReturnType<typeof registry>['terms']>[1]][] = [
    ['a price in no currency', { price: { ...price, currency: 'usd' } }],
    ['a negative price', { price: { ...price, perTaskMicros: -1 } }],
    [
      'a price without an amount',
      { price: { ...price, inputPerMillionMicros: null, outputPerMillionMicros: null } },
    ],
    ['a quota of nothing known', { quotas: [{ ...quota, unit: 'UNKNOWN' }] }],
    ['a quota below zero', { quotas: [{ ...quota, amount: -1 }] }],
    ['a window of no length', { quotas: [{ ...quota, windowMs: 0 }] }],
    ['two quotas of one unit and window', { quotas: [quota, { ...quota, amount: 5 }] }],
    ['a reach without an address', { reach: reach({}) }],
    ['a URL with a password', { reach: reach({ url: 'https://u:p@example.com/' }) }],
    ['a URL of another scheme', { reach: reach({ kind: 'A2A', url: 'file:///etc/passwd' }) }],
    ['a command without a program', { reach: reach({ kind: 'COMMAND' }) }],
    ['a command with a URL', { reach: reach({ kind: 'COMMAND', argv: ['x'], url: 'https://x' }) }],
    ['a NUL in a command', { reach: reach({ kind: 'ACP', argv: ['x\0y'] }) }],
    ['an unknown reach', { reach: reach({ kind: 'UNKNOWN' }) }],
  ];
  for (const [what, terms] of bad) {
    it(`R-531: refuses ${what}`, () => {
      const r = registry();
      r.register('a');
      expectEvents(r.terms('a', terms), refused('INVALID'));
    });
  }

  it('the ways to reach an agent: Kafka, command, HTTP, A2A, ACP', () => {
    const ways = [
      reach({ kind: 'KAFKA' }),
      reach({ kind: 'COMMAND', argv: ['node', 'agent.js'] }),
      reach({ kind: 'HTTP', url: 'https://example.com/agent' }),
      reach({ kind: 'A2A', url: 'https://example.com/a2a', binding: 'JSONRPC', protocolVersion: '1.0' }),
      reach({ kind: 'ACP', argv: ['agent', '--acp'] }),
    ];
    ways.forEach((way, i) => {
      const r = registry();
      expectEvents(r.register(`a${i}`, { reach: way }), [['AgentRegistered', { reach: way }]]);
    });
  });

  it('R-118: any model may stand behind an agent, and another one tomorrow', () => {
    const r = registry();
    r.register('a', { modelFamily: 'a model nobody has heard of' });
    expectEvents(r.model('a', 'another', '7'), [
      ['ModelSwapped', { modelVersion: 2, modelFamily: 'another' }],
    ]);
    expectEvents(r.model('a', 'another', '7'), refused('UNCHANGED'));
    expect(r.agent('a')).to.include({ modelFamily: 'another', agentVersion: '7', modelVersion: 2 });
  });

  it('R-106: nothing but its own kinds of change touches a profile', () => {
    const r = registry();
    r.register('a', { price });
    const { displayName, tenant, card } = r.agent('a');
    r.change('a');
    r.terms('a', { price: null });
    r.model('a', 'x');
    r.status('a');
    r.seen('a', true);
    expect(r.agent('a')).to.deep.include({ agentId: 'a', displayName, tenant, card });
    expect(r.agent('a')).to.include({ version: 6, capabilityVersion: 2, termsVersion: 2, modelVersion: 2 });
    expectEvents(r.register('a', { displayName: 'someone else' }), refused('ALREADY_REGISTERED'));
  });

  it('R-107: two changes built on the same version: the second is refused, whatever it changes', () => {
    const r = registry();
    r.register('a');
    r.register('b');
    expectEvents(r.terms('a', { ifVersion: 1, tags: {} }), ['TermsChanged']);
    expectEvents(r.change('a', { ifVersion: 1 }), refused('VERSION_MISMATCH'));
    // Agents are streams of their own: what happens to one is none of another's business.
    expectEvents(r.change('b', { ifVersion: 1 }), ['CapabilitiesChanged']);
  });

  it('D-04, D-05, R-119: another tenant may change nothing, and is told that it may not', () => {
    const r = registry();
    r.register('a');
    const theirs = { tenant: 'others' };
    expectEvents(r.change('a', theirs), refused('NOT_AUTHORISED'));
    expectEvents(r.terms('a', theirs), refused('NOT_AUTHORISED'));
    expectEvents(r.status('a', theirs), refused('NOT_AUTHORISED'));
    expectEvents(r.register('a', theirs), refused('NOT_AUTHORISED'));
    expectEvents(r.seen('a', true, theirs), refused('NOT_AUTHORISED'));
    expect(r.agent('a').version).to.equal(1);
  });

  it('R-116: what is declared of a model family, else of every family, else nothing', () => {
    const r = registry();
    expect(baselineOf({}, 'x')).to.equal(null);
    expectEvents(r.baseline('opus', 92, 8), ['BaselineSet']);
    expectEvents(r.baseline('opus', 92, 8), refused('UNCHANGED'));
    r.baseline('', 1, 1);
    const value = r.partition.get('baselines/all');
    const families = value?.kind === 'baselines' ? value.families : {};
    expect(baselineOf(families, 'opus')).to.deep.equal({
      successesMilli: 92_000,
      failuresMilli: 8_000,
      durationMs: 1500,
      costMicros: 15_000,
    });
    const ofAll = { successesMilli: 1000, failuresMilli: 1000 };
    expect(baselineOf(families, 'other')).to.deep.include(ofAll);
    expect(baselineOf(families, 'toString')).to.deep.include(ofAll);
    expectEvents(r.baseline('bad', 0, 1), refused('INVALID'));
  });

  it('a quota has a window: reset at a moment and ever again, or sliding', () => {
    const hour = 3_600_000_000;
    const at = (now: number) => quotaWindow({ windowMs: 3_600_000, resetAt: 10 * hour }, now);
    expect(at(10 * hour)).to.deep.equal({ from: 10 * hour, until: 11 * hour });
    expect(at(10 * hour - 1)).to.deep.equal({ from: 9 * hour, until: 10 * hour });
    expect(at(12.5 * hour)).to.deep.equal({ from: 12 * hour, until: 13 * hour });
    expect(at(0)).to.deep.equal({ from: 0, until: hour });
    expect(quotaWindow({ windowMs: 1000, resetAt: null }, 5_000_000)).to.deep.equal({
      from: 4_000_000,
      until: null,
    });
  });
});
