import { expect } from 'chai';
import fc from 'fast-check';
import {
  filterCandidates,
  type AgentView,
  type Filtered,
  type PresenceView,
  type RoutingRequest,
} from '../../src/routing/index.js';

const agent = (changes: Partial<AgentView> = {}): AgentView => ({
  agentId: 'a',
  status: 'AVAILABLE',
  capabilities: ['git', 'go'],
  taskTypes: [],
  maxConcurrency: null,
  ...changes,
});
const seen = (changes: Partial<PresenceView> = {}): PresenceView => ({
  agentId: 'a',
  instance: 'a-1',
  slots: 2,
  freeSlots: 1,
  leaving: false,
  ...changes,
});
const request = (changes: Partial<RoutingRequest> = {}): RoutingRequest => ({
  taskType: 'fix',
  requiredCapabilities: ['go'],
  excludedAgents: [],
  excludedInstances: [],
  ...changes,
});
const one = (a: Partial<AgentView>, p: PresenceView[], r: Partial<RoutingRequest> = {}): Filtered =>
  filterCandidates({ agents: [agent(a)], presence: p, request: request(r) });

describe('who may be chosen', () => {
  const cases: readonly [string, string, Filtered][] = [
    ['a task type it does not serve', 'TASK_TYPE_NOT_SERVED fix', one({ taskTypes: ['test'] }, [seen()])],
    [
      'R-208: a missing capability, by name',
      'MISSING_CAPABILITY java, rust',
      one({}, [seen()], { requiredCapabilities: ['rust', 'go', 'java', 'rust'] }),
    ],
    ['an excluded agent', 'EXCLUDED', one({}, [seen()], { excludedAgents: ['a'] })],
    [
      'D-03: maintenance is not offline',
      'NOT_AVAILABLE MAINTENANCE',
      one({ status: 'MAINTENANCE' }, [seen()]),
    ],
    ['an unknown status', 'NOT_AVAILABLE UNKNOWN', one({ status: 'UNKNOWN' }, [seen()])],
    ['no instance', 'NO_PRESENCE', one({}, [])],
    ['only instances that leave', 'NO_PRESENCE', one({}, [seen({ leaving: true })])],
    ['only excluded instances', 'INSTANCES_EXCLUDED', one({}, [seen()], { excludedInstances: ['a-1'] })],
    ['no free slot', 'NO_FREE_SLOT', one({}, [seen({ freeSlots: 0 })])],
    ['a nonsense slot count', 'NO_FREE_SLOT', one({}, [seen({ freeSlots: Number.NaN })])],
    ['R-112: its own limit', 'CONCURRENCY_LIMIT 1', one({ maxConcurrency: 1 }, [seen()])],
  ];
  for (const [what, reason, filtered] of cases) {
    it(`${what}: ${reason}`, () => {
      expect(filtered.candidates).to.deep.equal([]);
      expect(filtered.masked.map((masked) => masked.reason)).to.deep.equal([reason]);
    });
  }

  it('the first reason in the fixed order is the one on record', () => {
    const all = one({ taskTypes: ['test'], status: 'OFFLINE' }, [], {
      excludedAgents: ['a'],
      requiredCapabilities: ['x'],
    });
    expect(all.masked[0]?.code).to.equal('TASK_TYPE_NOT_SERVED');
    const without = one({ status: 'OFFLINE' }, [], { excludedAgents: ['a'], requiredCapabilities: ['x'] });
    expect(without.masked[0]?.code).to.equal('MISSING_CAPABILITY');
  });

  it('waiting or not: busy, away and in maintenance may come back; incapable and excluded do not', () => {
    expect(one({}, [seen({ freeSlots: 0 })]).outcome).to.equal('NO_CAPACITY');
    expect(one({}, []).outcome).to.equal('NO_CAPACITY');
    expect(one({ status: 'MAINTENANCE' }, []).outcome).to.equal('NO_CAPACITY');
    expect(one({}, [seen()], { excludedAgents: ['a'] }).outcome).to.equal('NO_CAPABLE_AGENT');
    expect(one({}, [seen()]).outcome).to.equal('ROUTABLE');
    const none = filterCandidates({ agents: [], presence: [], request: request() });
    expect([none.outcome, none.missingCapabilities]).to.deep.equal(['NO_CAPABLE_AGENT', ['go']]);
  });

  it('R-208: what nobody has is named; else what the nearest lacks', () => {
    const agents = [agent({ capabilities: ['go'] }), agent({ agentId: 'b', capabilities: ['rust'] })];
    const ask = (requiredCapabilities: string[]): readonly string[] =>
      filterCandidates({ agents, presence: [], request: request({ requiredCapabilities }) })
        .missingCapabilities;
    expect(ask(['go', 'java'])).to.deep.equal(['java']);
    expect(ask(['go', 'rust'])).to.deep.equal(['rust']);
  });

  it('instances: most free slots first, then by id; of two readings the cautious one', () => {
    const presence = [
      seen({ instance: 'z', freeSlots: 2 }),
      seen({ instance: 'b', freeSlots: 2 }),
      seen({ instance: 'a', freeSlots: 1 }),
      seen({ instance: 'z', freeSlots: 1 }),
    ];
    const [candidate] = one({}, presence).candidates;
    expect(candidate?.instances.map(({ instance }) => instance)).to.deep.equal(['b', 'a', 'z']);
  });

  it('an agent twice is refused', () => {
    expect(() => filterCandidates({ agents: [agent(), agent()], presence: [], request: request() })).to.throw(
      /twice/,
    );
  });

  it('D-06, D-09: every agent stands in exactly one list, and the order of the input changes nothing', () => {
    const ids = fc.constantFrom('a', 'b', 'B', 'c-10', 'c-9', 'é');
    const agents = fc.uniqueArray(
      fc.record({
        agentId: ids,
        status: fc.constantFrom('AVAILABLE', 'DRAINING'),
        capabilities: fc.subarray(['go', 'git']),
        taskTypes: fc.subarray(['fix']),
        maxConcurrency: fc.option(fc.integer({ min: 1, max: 3 })),
      }),
      { selector: ({ agentId }) => agentId },
    );
    const presence = fc.array(
      fc.record({
        agentId: ids,
        instance: fc.constantFrom('1', '2'),
        slots: fc.nat(3),
        freeSlots: fc.nat(3),
        leaving: fc.boolean(),
      }),
    );
    fc.assert(
      fc.property(agents, presence, (list, hints) => {
        const filtered = filterCandidates({ agents: list, presence: hints, request: request() });
        const all = [...filtered.candidates, ...filtered.masked].map(({ agentId }) => agentId).sort();
        expect(all).to.deep.equal(list.map(({ agentId }) => agentId).sort());
        const mirrored = filterCandidates({
          agents: [...list].reverse(),
          presence: [...hints].reverse(),
          request: request(),
        });
        expect(mirrored).to.deep.equal(filtered);
      }),
    );
  });
});
