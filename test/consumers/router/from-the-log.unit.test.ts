import { expect } from 'chai';
import { assessmentOf } from '../../../src/consumers/router/assessment.js';
import { UnderWay } from '../../../src/consumers/router/under-way.js';
import type { RoutingStarted, TaskSize } from '../../../src/events/generated/events.js';
import type { LoggedEvent } from '../../../src/log/index.js';
import { ask, size } from './support.js';

const event = (type: string, taskId: string, data: object = {}): LoggedEvent => ({
  type,
  offset: 0,
  body: { taskId, ...data, meta: { tenant: 'acme' } } as never,
});
const sized = (of: Partial<TaskSize> = {}, over: Partial<RoutingStarted> = {}): RoutingStarted =>
  ask({ riskTier: 3, size: size(of), ...over });
const poolOf = (asked: RoutingStarted): string | undefined => assessmentOf(asked)?.complexity.pool;

describe('router: how large a task is', () => {
  it('R-222: a short task is trivial, a large one complex, with the reasons', () => {
    expect(poolOf(sized())).to.equal('trivial');
    const capabilities = { requiredCapabilities: ['a', 'b', 'c'], riskTier: 2 };
    const large = assessmentOf(
      sized({ descriptionLength: 3000, scopePaths: 9, maxFiles: 40, maxLines: 2000 }, capabilities),
    );
    expect(large?.complexity.pool).to.equal('complex');
    expect(large?.complexity.reasons.join()).to.contain('files allowed to change: 40');
    expect(large?.complexity.reasons.join()).to.contain('paths in scope: 9');
    expect(large?.features).to.have.length(assessmentOf(sized())?.features.length ?? 0);
  });

  it('R-222: a declared pool stands; a failed attempt goes up one; tier 1 is never trivial', () => {
    expect(poolOf(sized({ declared: 'trivial' }))).to.equal('trivial');
    expect(poolOf(sized({ declared: 'trivial' }, { attempt: 2 }))).to.equal('standard');
    expect(poolOf(sized({ declared: 'trivial' }, { riskTier: 1 }))).to.equal('standard');
    expect(poolOf(sized({ declared: 'enormous' }))).to.equal('trivial');
  });

  it('an ask of an older build carries no size: nothing is claimed', () => {
    expect(assessmentOf(ask())).to.equal(undefined);
  });

  it('features stay small whatever somebody writes', () => {
    const huge = sized(
      { descriptionLength: 1_000_000 },
      { requiredCapabilities: Array<string>(500).fill('a'), attempt: 9, riskTier: 1 },
    );
    for (const value of assessmentOf(huge)?.features ?? [NaN]) expect(value).to.be.within(0, 2);
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
