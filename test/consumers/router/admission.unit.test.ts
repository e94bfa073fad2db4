import { expect } from 'chai';
import type { AgentQuota, OutcomeObserved } from '../../../src/events/generated/events.js';
import { NO_LIMITS } from '../../../src/consumers/router/admission.js';
import { decideRoute } from '../../../src/consumers/router/decide-route.js';
import { marked, NO_MARKS, poolHealth } from '../../../src/consumers/router/health.js';
import { UnderWay } from '../../../src/consumers/router/under-way.js';
import { UsageLedger } from '../../../src/consumers/router/usage-ledger.js';
import { NO_WALLS, walled } from '../../../src/consumers/router/walls.js';
import { isOut, type PolicyOutcome } from '../../../src/routing/index.js';
import { agent, ask, NOW, outcome, routed, situation } from './support.js';

const SECOND = 1_000_000;

interface Observed {
  readonly body: OutcomeObserved;
  readonly offset: number;
}
const failing = (agentId: string, count: number, over: Partial<PolicyOutcome> = {}): PolicyOutcome[] =>
  Array.from({ length: count }, (_, at) =>
    outcome({
      agentId,
      result: 'FAILURE',
      failureClass: 'AGENT',
      occurredAt: NOW - SECOND + at,
      offset: at,
      ...over,
    }),
  );
const tasksPerHour = (amount: number): AgentQuota => ({
  unit: 'TASKS',
  amount,
  windowMs: 3_600_000,
  resetAt: NOW + 600 * SECOND,
});
const base = situation([]).admission;

describe('router: who may be chosen', () => {
  it('outlier ejection: failures in a row take an agent out for a while, with the reason and the time', () => {
    const fleet = ['a', 'b', 'c'].map((id) => agent(id));
    const { decision } = routed(ask(), situation(fleet, failing('b', 5)));
    expect(decision.candidates.map(({ agentId }) => agentId)).to.deep.equal(['a', 'c']);
    expect(decision.masked[0]?.agentId).to.equal('b');
    expect(decision.masked[0]?.reason).to.match(/^EJECTED until /);
    expect(decision.panic).to.equal(false);
  });

  it('R-215: an ejection ends, and the agent comes back with a part of its share', () => {
    const fleet = ['a', 'b', 'c'].map((id) => agent(id));
    const marks = marked(NO_MARKS, failing('b', 5));
    const health = poolHealth(['a', 'b', 'c'], marks, NOW + 40 * SECOND);
    const admission = { ...base, health, now: NOW + 40 * SECOND };
    const { decision } = routed(ask(), situation(fleet, failing('b', 5), { admission }));
    const back = decision.candidates.find(({ agentId }) => agentId === 'b');
    expect(back?.ramp).to.be.within(0.2, 0.5);
  });

  it('at most a share of the pool is out at once, whoever failed; the same ones in whatever order outcomes came', () => {
    const ids = ['a', 'b', 'c', 'd', 'e', 'f'];
    const all = ids.flatMap((id, partition) => failing(id, 6, { partition }));
    const out = (outcomes: readonly PolicyOutcome[]): string[] => {
      const health = poolHealth(ids, marked(NO_MARKS, outcomes), NOW);
      return [...health.values()].filter((one) => isOut(one, NOW)).map(({ agentId }) => agentId);
    };
    expect(out(all)).to.have.length(2);
    expect(out([...all].reverse())).to.deep.equal(out(all));
    expect(poolHealth(['a'], marked(NO_MARKS, failing('a', 50)), NOW).get('a')?.outUntil).to.equal(null);
  });

  it('panic: where only ejected ones could do it, ejection is set aside and the decision says so', () => {
    const fleet = ['a', 'b', 'c', 'd'].map((id) => agent(id, { capabilities: id === 'b' ? ['go'] : [] }));
    const around = situation(fleet, failing('b', 6));
    expect(routed(ask(), around).decision.masked.map(({ agentId }) => agentId)).to.deep.equal(['b']);
    const { decision, agentId } = routed(ask({ requiredCapabilities: ['go'] }), around);
    expect(agentId).to.equal('b');
    expect(decision.panic).to.equal(true);
  });

  it('failure classes: who cancels or suspends ejects nobody; a worker that loses its leases is out all the same', () => {
    const health = (over: Partial<PolicyOutcome>): number | null | undefined =>
      poolHealth(['a', 'b'], marked(NO_MARKS, failing('a', 6, over)), NOW).get('a')?.outUntil;
    expect(health({ result: 'VOID', failureClass: 'CANCELLED' })).to.equal(null);
    expect(health({ result: 'VOID', failureClass: null })).to.equal(null);
    expect(health({ result: 'VOID', failureClass: 'LEASE_EXPIRED' })).to.be.greaterThan(NOW);
  });

  it('quota: another is chosen before the wall; what is under way counts; who waits is woken at the reset', () => {
    const fleet = [agent('a', { quotas: [tasksPerHour(10)] }), agent('b')];
    const ledger = new UsageLedger();
    for (let at = 0; at < 8; at += 1)
      ledger.add({ agentId: 'a', at: NOW - at * SECOND, tokens: 0, costMicros: 0 });
    const underWay = new UnderWay();
    const admission = { ...base, health: poolHealth(['a', 'b'], NO_MARKS, NOW), ledger, underWay };
    const free = routed(ask(), situation(fleet, [], { admission }));
    expect(free.decision.candidates).to.have.length(2);
    underWay.begun('T-9', 'a', 'default', 'code-editing', 0);
    const near = routed(ask(), situation(fleet, [], { admission }));
    expect(near.agentId).to.equal('b');
    expect(near.decision.masked[0]?.reason).to.match(/^QUOTA used up until 20\d\d|^QUOTA used up until 1970/);
    const { answer, wakeAt } = decideRoute(
      ask({ excludedAgents: ['b'] }),
      situation(fleet, [], { admission }),
    );
    expect(answer.outcome).to.equal('NO_CAPACITY');
    expect(wakeAt).to.equal(NOW + 600 * SECOND);
  });

  it('quota: after the reset work resumes slowly, not all waiting tasks at once', () => {
    const fleet = [agent('a', { quotas: [tasksPerHour(10)] }), agent('b')];
    const ledger = new UsageLedger();
    for (let at = 0; at < 10; at += 1)
      ledger.add({ agentId: 'a', at: NOW - at * SECOND, tokens: 0, costMicros: 0 });
    const now = NOW + 601 * SECOND;
    const admission = { ...base, health: poolHealth(['a', 'b'], NO_MARKS, now), ledger, now };
    const { decision } = routed(ask(), situation(fleet, [], { admission }));
    expect(decision.candidates.find(({ agentId }) => agentId === 'a')?.ramp).to.be.within(0.1, 0.12);
  });

  it('quota: who reports its own wall is left out until then, another is chosen, waiters wake then, and its share rises slowly', () => {
    const fleet = [agent('a'), agent('b')];
    const until = NOW + 100 * SECOND;
    const around = { ...base, health: poolHealth(['a', 'b'], NO_MARKS, NOW) };
    const hit = (quotaResetsAt: number | null, finishedAt: number, offset: number): Observed => ({
      body: { agentId: 'a', failureClass: 'QUOTA', quotaResetsAt, finishedAt } as OutcomeObserved,
      offset,
    });
    const walls = walled(
      NO_WALLS,
      [hit(until, NOW, 4), hit(null, NOW + 1, 5), hit(NOW + SECOND, NOW - 1, 6)],
      0,
    );
    const { decision } = routed(ask(), situation(fleet, [], { admission: { ...around, walls } }));
    expect(decision.candidates.map(({ agentId }) => agentId)).to.deep.equal(['b']);
    expect(decision.masked[0]?.reason).to.contain('QUOTA used up until');
    const alone = decideRoute(ask(), situation([agent('a')], [], { admission: { ...around, walls } }));
    expect([alone.answer.outcome, alone.wakeAt]).to.deep.equal(['NO_CAPACITY', until]);
    const later = { ...around, walls, now: until + SECOND };
    const back = routed(ask(), situation(fleet, [], { admission: later })).decision;
    expect(back.candidates.find(({ agentId }) => agentId === 'a')?.ramp).to.be.within(0.1, 0.12);
  });

  it('hazard: a wall that was reported in error is lifted by whoever declares the agent available again; a later report counts', () => {
    const around = { ...base, health: poolHealth(['a'], NO_MARKS, NOW) };
    const until = NOW + 1000 * SECOND;
    const body = { agentId: 'a', failureClass: 'QUOTA', quotaResetsAt: until, finishedAt: NOW - SECOND };
    const walls = walled(NO_WALLS, [{ body: body as OutcomeObserved, offset: 4 }], 0);
    const outcomeOf = (availableSince: number | null): string =>
      decideRoute(ask(), situation([agent('a', { availableSince })], [], { admission: { ...around, walls } }))
        .answer.outcome;
    expect([null, NOW - 2 * SECOND, NOW - SECOND, NOW].map(outcomeOf)).to.deep.equal([
      'NO_CAPACITY',
      'NO_CAPACITY',
      'ROUTED',
      'ROUTED',
    ]);
  });

  it('R-210: reported walls are those of the set of outcomes, in whatever order they come', () => {
    const at = (agentId: string, finishedAt: number, quotaResetsAt: number, offset: number): Observed => ({
      body: { agentId, failureClass: 'QUOTA', quotaResetsAt, finishedAt } as OutcomeObserved,
      offset,
    });
    const all = [at('a', 5, 50, 1), at('a', 7, 30, 2), at('b', 1, 9, 3), at('a', 7, 40, 4)];
    const forth = all.reduce((walls, one) => walled(walls, [one], 0), NO_WALLS);
    const back = [...all].reverse().reduce((walls, one) => walled(walls, [one], 0), NO_WALLS);
    expect([...forth].sort()).to.deep.equal([...back].sort());
    expect(forth.get('a')?.until).to.equal(40);
    expect(walled(forth, [], 0)).to.equal(forth);
  });

  it('price: who states more than the task may cost is left out; who states none is not', () => {
    const fleet = [agent('a', { priceMicros: 500 }), agent('b', { priceMicros: 50 }), agent('c')];
    // The cap stands in the ask: a router that has read nothing else of the task applies it.
    const { decision } = routed(ask({ costBudgetMicros: 100 }), situation(fleet));
    expect(decision.candidates.map(({ agentId }) => agentId)).to.deep.equal(['b', 'c']);
    expect(decision.masked[0]?.reason).to.contain('PRICE 500');
    expect(decision.candidates[0]?.priceMicros).to.equal(50);
  });

  it("R-227: another tenant's agents are not seen; the default tenant's are everybody's", () => {
    const fleet = [agent('a'), agent('mine', { tenant: 'acme' }), agent('theirs', { tenant: 'other' })];
    const asked = ask({ meta: { tenant: 'acme' } as never });
    const { decision } = routed(asked, situation(fleet));
    expect(decision.candidates.map(({ agentId }) => agentId)).to.deep.equal(['a', 'mine']);
    expect(JSON.stringify(decision)).to.not.contain('theirs');
    const alone = decideRoute(asked, situation([agent('theirs', { tenant: 'other' })]));
    expect(alone.answer.outcome).to.equal('NO_CAPABLE_AGENT');
  });

  it('R-227: a tenant at its limit waits; others go on', () => {
    const underWay = new UnderWay();
    underWay.begun('T-8', 'a', 'acme', 'code-editing', 0);
    const limits = { ...NO_LIMITS, mostOfTenant: 1 };
    const health = poolHealth(['a'], NO_MARKS, NOW);
    const around = situation([agent('a')], [], { admission: { ...base, health, underWay, limits } });
    const { answer } = decideRoute(ask({ meta: { tenant: 'acme' } as never }), around);
    expect(answer).to.include({ outcome: 'NO_CAPACITY', agentId: null });
    expect(answer.reason).to.contain('TENANT_LIMIT 1 of 1');
    expect(decideRoute(ask(), around).answer.outcome).to.equal('ROUTED');
  });

  it('R-207, D-11: load is a limit of its own and in no score', () => {
    const fleet = [agent('a', { maxConcurrency: 10 }), agent('b', { maxConcurrency: 10 })];
    const underWay = new UnderWay();
    for (let at = 0; at < 9; at += 1) underWay.begun(`T-${at + 10}`, 'a', 'other', 'review', 0);
    const limits = { ...NO_LIMITS, utilisationUnder: 0.9 };
    const health = poolHealth(['a', 'b'], NO_MARKS, NOW);
    const { decision } = routed(
      ask(),
      situation(fleet, [], { admission: { ...base, health, underWay, limits } }),
    );
    expect(decision.masked).to.deep.equal([{ agentId: 'a', reason: 'UTILISATION 0.90, expected under 0.9' }]);
  });
});

describe('router: what agents used', () => {
  it('sums over any window, entries in any order', () => {
    const ledger = new UsageLedger();
    for (const at of [50, 10, 30, 20, 40]) ledger.add({ agentId: 'a', at, tokens: at, costMicros: 1 });
    expect(ledger.used('a', 'TASKS', 20, 41)).to.equal(3);
    expect(ledger.used('a', 'TOKENS', 20, 41)).to.equal(90);
    expect(ledger.used('a', 'COST_MICROS', 0, 100)).to.equal(5);
    expect(ledger.used('a', 'TASKS', 60, 100)).to.equal(0);
    expect(ledger.used('b', 'TASKS', 0, 100)).to.equal(0);
    expect(ledger.mean('a', 'TOKENS')).to.equal(30);
  });
});
