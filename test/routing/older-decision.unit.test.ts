import { expect } from 'chai';
import type { TaskRouted } from '../../src/events/generated/events.js';
import { decisionFrom } from '../../src/consumers/router/route-log.js';
import { NO_EXPERIENCE } from '../../src/routing/index.js';
import { explainedIfAble, type RecordedDecision } from '../../src/routing/recorded/index.js';

const old: RecordedDecision = {
  policyId: 'beta-thompson',
  policyVersion: '2',
  parameters: '{}',
  tenant: '',
  taskType: 'fix',
  attempt: 1,
  riskTier: null,
  kind: null,
  features: [],
  ordinal: 0,
  floor: 0,
  seed: '1',
  propensity: 1,
  candidates: [{ agentId: 'a', propensity: 1, pending: 0, priceMicros: null, ramp: 1, prior: null }],
  statisticsOffsets: [],
};

describe('a decision of an older build', () => {
  it('is no error where its policy, version or parameters are unknown: the reason is told', () => {
    const unable = (change: Partial<RecordedDecision>): unknown =>
      explainedIfAble({ ...old, ...change }, 'a', NO_EXPERIENCE);
    expect(unable({})).to.have.property('unable').that.includes('beta-thompson');
    expect(unable({ policyId: 'thompson', policyVersion: '0' }))
      .to.have.property('unable')
      .that.includes('version 0');
    expect(unable({ policyId: 'thompson', parameters: '' })).to.have.property('unable');
    expect(unable({ policyId: 'thompson' })).to.include({ reproduced: true });
  });

  it('has the tenant of its event where it names none itself', () => {
    const tenantOf = (tenant: string): string =>
      decisionFrom(
        {
          taskId: 'T-1',
          agentId: 'a',
          attempt: 1,
          decision: { ...old, tenant, text: '' },
          meta: { tenant: 'acme', occurredAt: 1 },
        } as unknown as TaskRouted,
        0,
        0,
        null,
      ).decision.tenant;
    expect([tenantOf(''), tenantOf('umbra')]).to.deep.equal(['acme', 'umbra']);
  });
});
