import { expect } from 'chai';
import fc from 'fast-check';
import {
  BadQuery,
  byPlace,
  Directory,
  findIn,
  ranked,
  standingOf,
  wilson,
  type AgentQuery,
  type FleetAgent,
  type FoundPage,
} from '../../src/aggregates/agent/find/index.js';
import type { LoggedEvent } from '../../src/log/domain.js';
import { registry } from '../support/registry.js';

const fleetAgent = (agentId: string, over: Partial<FleetAgent> = {}): FleetAgent => ({
  agentId,
  tenant: 'default',
  displayName: '',
  modelFamily: '',
  capabilities: [],
  taskTypes: [],
  languages: [],
  specialisations: [],
  maxConcurrency: 4,
  price: null,
  presence: 'PRESENT',
  retired: false,
  left: false,
  status: 'AVAILABLE',
  ...over,
});

type Records = Readonly<Record<string, readonly [successes: number, failures: number]>>;

const ask = (
  agents: readonly FleetAgent[],
  query: AgentQuery,
  records: Records = {},
  active: Readonly<Record<string, number>> = {},
): FoundPage => {
  const recordOf = (id: string) => ({ successes: records[id]?.[0] ?? 0, failures: records[id]?.[1] ?? 0 });
  return findIn(ranked(agents, recordOf), query, (id) => active[id] ?? 0);
};
const ids = ({ agents }: FoundPage): string[] => agents.map(({ agent }) => agent.agentId);

const outcome = (agentId: string, taskType: string, result: string): LoggedEvent => ({
  type: 'OutcomeObserved',
  offset: 0,
  body: { agentId, taskType, result } as never,
});
const task = (type: string, taskId: string, agentId?: string): LoggedEvent => ({
  type,
  offset: 0,
  body: { taskId, ...(agentId === undefined ? {} : { agentId }) } as never,
});

describe('finding agents', () => {
  it('R-102: by type of task, all languages, all specialisations, best first', () => {
    const agents = [
      fleetAgent('any', { languages: ['rust', 'go'], specialisations: ['security'] }),
      fleetAgent('typed', {
        taskTypes: ['review'],
        languages: ['rust'],
        specialisations: ['security', 'cli'],
      }),
      fleetAgent('other', { taskTypes: ['docs'], languages: ['rust', 'go'] }),
    ];
    const records = { typed: [9, 1], any: [1, 9] } as const;
    expect(ids(ask(agents, { taskType: 'review' }, records))).to.deep.equal(['typed', 'any']);
    expect(ids(ask(agents, { languages: ['rust', 'go'] }, records))).to.deep.equal(['other', 'any']);
    expect(ids(ask(agents, { languages: ['rust'], specialisations: ['security'] }, records))).to.deep.equal([
      'typed',
      'any',
    ]);
    expect(ids(ask(agents, { languages: ['rust'], specialisations: ['security', 'cli'] }))).to.deep.equal([
      'typed',
    ]);
  });

  it('R-104: strictly below, in whole numbers', () => {
    const agents = [fleetAgent('a', { maxConcurrency: 3 }), fleetAgent('b', { maxConcurrency: 2 })];
    const below = (percent: number): string[] =>
      ids(ask(agents, { belowUtilisation: percent }, {}, { a: 1, b: 1 }));
    expect(below(50)).to.deep.equal(['a']);
    expect(below(33.33)).to.deep.equal([]);
    expect(below(33.34)).to.deep.equal(['a']);
    expect(below(50.01)).to.deep.equal(['a', 'b']);
    expect(below(0)).to.deep.equal([]);
  });

  it('a minimum success rate, or the lower end of its interval', () => {
    const agents = ['lucky', 'proven', 'new', 'bad'].map((id) => fleetAgent(id));
    const records = { lucky: [2, 0], proven: [95, 5], bad: [1, 9] } as const;
    expect(ids(ask(agents, { minSuccess: 0.7 }, records))).to.deep.equal(['proven', 'lucky']);
    expect(ids(ask(agents, { minSuccess: 0.7, bound: 'interval' }, records))).to.deep.equal(['proven']);
    expect(ids(ask(agents, { minSuccess: 0.5 }, records))).to.deep.equal(['proven', 'lucky', 'new']);
    expect(ask(agents, {}, records).agents[0]?.interval).to.deep.equal(wilson(95, 5));
  });

  it('the Wilson interval: known answers, exact ends, nothing known', () => {
    const [low, high] = wilson(8, 2);
    expect(low).to.be.closeTo(0.4901624715, 1e-9);
    expect(high).to.be.closeTo(0.9433178485, 1e-9);
    expect(wilson(0, 0)).to.deep.equal([0, 1]);
    expect(wilson(0, 5)[0]).to.equal(0);
    expect(wilson(5, 0)[1]).to.equal(1);
  });

  it('by how things stand: available unless another word is asked for; tenants see their own (R-227)', () => {
    const agents = [
      fleetAgent('here'),
      fleetAgent('silent', { presence: 'ABSENT' }),
      fleetAgent('left', { left: true }),
      fleetAgent('draining', { status: 'DRAINING' }),
      fleetAgent('retired', { retired: true }),
      fleetAgent('theirs', { tenant: 'others' }),
    ];
    expect(ids(ask(agents, { tenant: 'default' }))).to.deep.equal(['here']);
    expect(ids(ask(agents, { standing: 'OFFLINE' }))).to.deep.equal(['left', 'silent']);
    expect(ids(ask(agents, { standing: 'any', tenant: 'others' }))).to.deep.equal(['theirs']);
    expect(ids(ask(agents, { standing: 'RETIRED' }))).to.deep.equal(['retired']);
  });

  const place = fc.record({
    agentId: fc.string({ minLength: 1, maxLength: 3 }),
    successes: fc.nat(100_000),
    failures: fc.nat(100_000),
  });

  it('D-06: the order is total: antisymmetric, transitive, and equal only for the same', () => {
    const small = fc.record({
      agentId: fc.constantFrom('a', 'b', 'c'),
      successes: fc.nat(3),
      failures: fc.nat(3),
    });
    const any = fc.oneof(small, place);
    fc.assert(
      fc.property(any, any, any, (a, b, c) => {
        expect(Math.sign(byPlace(a, b))).to.equal(-Math.sign(byPlace(b, a)) + 0);
        if (byPlace(a, b) <= 0 && byPlace(b, c) <= 0) expect(byPlace(a, c)).to.be.at.most(0);
        if (byPlace(a, b) === 0) expect(a).to.deep.equal(b);
      }),
    );
  });

  it('D-06: the answer does not depend on the order of the input', () => {
    const agents = Array.from({ length: 30 }, (_none, i) => fleetAgent(`a${i}`));
    const records = Object.fromEntries(agents.map(({ agentId }, i) => [agentId, [i % 3, i % 2] as const]));
    const answer = ids(ask(agents, {}, records));
    expect(ids(ask([...agents].reverse(), {}, records))).to.deep.equal(answer);
  });

  it('D-09: nobody is cut off by rank: the pages together are everybody, each once', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(place, { selector: ({ agentId }) => agentId, maxLength: 40 }),
        fc.integer({ min: 1, max: 7 }),
        (places, limit) => {
          const agents = places.map(({ agentId }) => fleetAgent(agentId));
          const records = Object.fromEntries(
            places.map(({ agentId, successes, failures }) => [agentId, [successes, failures] as const]),
          );
          const all: string[] = [];
          let page: string | null = null;
          do {
            const got: FoundPage = ask(agents, { limit, ...(page === null ? {} : { page }) }, records);
            expect(got.agents.length).to.be.at.most(limit);
            all.push(...ids(got));
            page = got.next;
          } while (page !== null);
          expect(all).to.deep.equal([...places].sort(byPlace).map(({ agentId }) => agentId));
        },
      ),
    );
  });

  it('a page holds its place while others come and go, and belongs to its question', () => {
    const agents = ['a', 'b', 'c', 'd'].map((id) => fleetAgent(id));
    const first = ask(agents, { limit: 2 });
    expect(ids(first)).to.deep.equal(['a', 'b']);
    const page = first.next ?? '';
    const changed = [...agents.filter(({ agentId }) => agentId !== 'b'), fleetAgent('aa')];
    expect(ids(ask(changed, { limit: 2, page }))).to.deep.equal(['c', 'd']);
    const refused = (query: AgentQuery): string => {
      try {
        ask(agents, query);
      } catch (error) {
        if (error instanceof BadQuery) return `${error.place}: ${error.found}`;
      }
      return 'nothing';
    };
    expect(refused({ limit: 2, page, tenant: 'others' })).to.equal('page: one of another');
    expect(refused({ page: 'bm90IGEgcGFnZQ' })).to.contain('page: ');
    expect(refused({ limit: 0 })).to.equal('limit: 0');
    expect(refused({ limit: 1001 })).to.equal('limit: 1001');
    expect(refused({ minSuccess: 1.1 })).to.equal('minSuccess: 1.1');
    expect(refused({ belowUtilisation: Number.NaN })).to.equal('belowUtilisation: NaN');
    expect(refused({ languages: [''] })).to.contain('languages: ');
    expect(refused({ capabilities: Array.from({ length: 51 }, () => 'x') })).to.equal('capabilities: 51');
  });

  it('D-08: a question rolls no dice: asked twice it has one answer', () => {
    const agents = Array.from({ length: 20 }, (_none, i) => fleetAgent(`a${i}`));
    expect(ask(agents, { limit: 5 })).to.deep.equal(ask(agents, { limit: 5 }));
  });
});

describe('the directory of agents', () => {
  const TYPES = ['review', 'docs'];
  const step = fc.oneof(
    fc.record({ kind: fc.constant('register' as const), id: fc.nat(8) }),
    fc.record({ kind: fc.constant('change' as const), id: fc.nat(8), type: fc.constantFrom(...TYPES) }),
    fc.record({
      kind: fc.constant('outcome' as const),
      id: fc.nat(8),
      type: fc.constantFrom(...TYPES),
      result: fc.constantFrom('SUCCESS', 'FAILURE', 'VOID'),
    }),
    fc.record({ kind: fc.constant('routed' as const), id: fc.nat(8), task: fc.nat(10) }),
    fc.record({ kind: fc.constant('ended' as const), task: fc.nat(10) }),
    fc.record({ kind: fc.constant('asked' as const), type: fc.constantFrom(...TYPES) }),
  );

  it('R-103: whatever comes in whatever order, it answers like sorting anew; counts are whole sums', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const r = registry();
        const directory = new Directory();
        const records = new Map<string, { successes: number; failures: number }>();
        const work = new Map<number, string>();
        for (const one of steps) {
          if (one.kind === 'register') directory.registered(r.register(`a${one.id}`));
          else if (one.kind === 'change')
            directory.registered(r.change(`a${one.id}`, { taskTypes: [one.type] }));
          else if (one.kind === 'outcome') {
            directory.observed([outcome(`a${one.id}`, one.type, one.result)]);
            for (const type of [one.type, '']) {
              const key = `a${one.id}/${type}`;
              const { successes, failures } = records.get(key) ?? { successes: 0, failures: 0 };
              records.set(key, {
                successes: successes + Number(one.result === 'SUCCESS'),
                failures: failures + Number(one.result === 'FAILURE'),
              });
            }
          } else if (one.kind === 'routed') {
            directory.worked([task('TaskRouted', `t${one.task}`, `a${one.id}`)]);
            work.set(one.task, `a${one.id}`);
          } else if (one.kind === 'ended') {
            directory.worked([task('ExecutionCompleted', `t${one.task}`)]);
            work.delete(one.task);
          } else directory.find({ taskType: one.type });
        }
        const agents = [...r.partition.values.values()].filter((value) => value.kind === 'agent');
        for (const type of ['', ...TYPES]) {
          const query = type === '' ? { standing: 'any' } : { standing: 'any', taskType: type };
          const expected = findIn(
            ranked(agents, (id) => records.get(`${id}/${type}`) ?? { successes: 0, failures: 0 }),
            query,
            (id) => [...work.values()].filter((agent) => agent === id).length,
          );
          expect(directory.find(query)).to.deep.equal(expected);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('D-10: rates are those of the type of task that was worked at', () => {
    const r = registry();
    const directory = new Directory();
    directory.registered([...r.register('a'), ...r.register('b')]);
    directory.observed([outcome('a', 'docs', 'SUCCESS'), outcome('b', 'review', 'SUCCESS')]);
    expect(ids(directory.find({ taskType: 'docs' }))).to.deep.equal(['a', 'b']);
    expect(ids(directory.find({ taskType: 'review' }))).to.deep.equal(['b', 'a']);
    expect(Object.fromEntries(directory.agent('a')?.records ?? [])).to.deep.equal({
      docs: { successes: 1, failures: 0 },
      '': { successes: 1, failures: 0 },
    });
  });

  it('D-03: load is measured: a declared status leaves it, and its end alone takes it away', () => {
    const r = registry();
    const directory = new Directory();
    directory.registered(r.register('a'));
    directory.worked([task('TaskRouted', 't1', 'a'), task('TaskRouted', 't2', 'a')]);
    directory.registered([
      ...r.status('a', { status: 'OFFLINE' }),
      ...r.status('a', { status: 'AVAILABLE' }),
    ]);
    expect(directory.find({}).agents[0]).to.include({
      activeTasks: 2,
      utilisation: 100,
      standing: 'AVAILABLE',
    });
    directory.worked([task('OfferEnded', 't1'), task('OfferEnded', 't1')]);
    expect(directory.agent('a')).to.include({ activeTasks: 1 });
    expect(directory.agent('nobody')).to.equal(undefined);
    expect(standingOf(r.agent('a'))).to.equal('AVAILABLE');
  });

  it('law 13: types of task that are only asked about fill no memory', () => {
    const directory = new Directory();
    directory.registered(registry().register('a'));
    for (let i = 0; i < 1000; i++) directory.find({ taskType: `type-${i}` });
    expect(directory.rankings).to.be.at.most(200);
  });
});
