import { expect } from 'chai';
import { TaskFacts } from '../../../src/consumers/router/task-facts.js';
import { UnderWay } from '../../../src/consumers/router/under-way.js';
import type { LoggedEvent } from '../../../src/log/index.js';

const event = (type: string, taskId: string, data: object = {}): LoggedEvent => ({
  type,
  offset: 0,
  body: { taskId, ...data, meta: { tenant: 'acme' } } as never,
});
const received = (taskId: string, over: object = {}): LoggedEvent =>
  event('TaskReceived', taskId, {
    request: {
      description: 'short',
      spec: null,
      requiredCapabilities: [],
      metadata: {},
      costBudgetMicros: null,
      ...over,
    },
  });

describe('router: what is known of a task', () => {
  it('R-222: a short task is trivial, a large one complex, with the reasons', () => {
    const facts = new TaskFacts();
    facts.see(received('T-1'), 0);
    facts.see(received('T-2', { description: 'x'.repeat(3000), requiredCapabilities: ['a', 'b', 'c'] }), 0);
    facts.see(
      event('SpecApproved', 'T-2', { budget: { maxFiles: 40, maxLines: 2000, revokeOver: false } }),
      0,
    );
    expect(facts.of('T-1', 3, 1)?.complexity.pool).to.equal('trivial');
    const large = facts.of('T-2', 2, 1);
    expect(large?.complexity.pool).to.equal('complex');
    expect(large?.complexity.reasons.join()).to.contain('files allowed to change: 40');
    expect(large?.features).to.have.length(facts.of('T-1', 3, 1)?.features.length ?? 0);
  });

  it('R-222: a declared pool stands; a failed attempt goes up one; tier 1 is never trivial', () => {
    const facts = new TaskFacts();
    facts.see(received('T-1', { metadata: { complexity: 'trivial' } }), 0);
    expect(facts.of('T-1', 3, 1)?.complexity.pool).to.equal('trivial');
    expect(facts.of('T-1', 3, 2)?.complexity.pool).to.equal('standard');
    expect(facts.of('T-1', 1, 1)?.complexity.pool).to.equal('standard');
    facts.see(received('T-2', { metadata: { complexity: 'enormous' } }), 0);
    expect(facts.of('T-2', 3, 1)?.complexity.pool).to.equal('trivial');
  });

  it('a task that ended, or is of a partition that went, is forgotten; of others nothing is claimed', () => {
    const facts = new TaskFacts();
    facts.see(received('T-1'), 0);
    facts.see(received('T-2'), 1);
    facts.see(event('TaskCompleted', 'T-1'), 0);
    facts.forget(1);
    for (const taskId of ['T-1', 'T-2', 'T-3']) expect(facts.of(taskId, 2, 1)).to.equal(undefined);
  });

  it('features stay small whatever somebody writes', () => {
    const facts = new TaskFacts();
    facts.see(
      received('T-1', { description: 'x'.repeat(1_000_000), requiredCapabilities: Array(500).fill('a') }),
      0,
    );
    for (const value of facts.of('T-1', 1, 9)?.features ?? [NaN]) expect(value).to.be.within(0, 2);
  });
});

describe('router: work under way', () => {
  const routed = (taskId: string, agentId: string): LoggedEvent =>
    event('TaskRouted', taskId, { agentId, decision: { taskType: 'code' } });

  it('counts by agent, type and tenant until the outcome is settled; once for a repeated event', () => {
    const way = new UnderWay();
    way.begun('T-1', 'a', 'acme', 'code', 0);
    way.see(routed('T-1', 'a'), 0);
    way.see(routed('T-2', 'a'), 0);
    way.see(routed('T-3', 'b'), 1);
    expect([way.ofType('acme', 'code', 'a'), way.ofAgent('a'), way.ofTenant('acme')]).to.deep.equal([
      2, 2, 3,
    ]);
    expect([way.ofTenantAt('acme', 'b'), way.ofType('acme', 'review', 'a'), way.ofTenant('x')]).to.deep.equal(
      [1, 0, 0],
    );
    way.see(event('ExecutionCompleted', 'T-1'), 0);
    expect(way.ofAgent('a')).to.equal(2);
    way.see(event('VerificationFailed', 'T-1'), 0);
    way.see(event('VerdictRequested', 'T-1'), 0);
    expect(way.ofAgent('a')).to.equal(1);
    way.forget(0);
    expect([way.ofAgent('a'), way.ofAgent('b'), way.size]).to.deep.equal([0, 1, 1]);
  });

  it('an offer that nobody took, and a task routed again, count once', () => {
    const way = new UnderWay();
    way.see(routed('T-1', 'a'), 0);
    way.see(event('OfferEnded', 'T-1'), 0);
    expect(way.ofAgent('a')).to.equal(0);
    way.see(routed('T-1', 'a'), 0);
    way.see(routed('T-1', 'b'), 0);
    expect([way.ofAgent('a'), way.ofAgent('b'), way.ofTenant('acme')]).to.deep.equal([0, 1, 1]);
  });
});
