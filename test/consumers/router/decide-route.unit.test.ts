import { expect } from 'chai';
import { decideRoute } from '../../../src/consumers/router/decide-route.js';
import { viewOf } from '../../../src/consumers/router/fleet-view.js';
import { policyInForce } from '../../../src/consumers/router/policy-in-force.js';
import { DEFAULT_POLICY } from '../../../src/routing/index.js';
import type { AgentState, RoutingPolicyState } from '../../../src/aggregates/agent/index.js';
import { agent, ask, history, outcome, routed, situation, size } from './support.js';

const IDS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l'];
const fleet = IDS.map((id) => agent(id));
const set = (
  policyId: string,
  parameters = '{}',
  explorationFloor: number | null = null,
): RoutingPolicyState => ({
  kind: 'routing',
  version: 1,
  policyId,
  policyVersion: '1',
  parameters,
  explorationFloor,
  commands: [],
});

describe('router: a decision and its record', () => {
  it('R-201, R-212: candidates, masks with reasons, scores, propensities, seed, policy and statistics vector are on record', () => {
    const learned = history('r', 60, IDS);
    const around = situation([...fleet, agent('z', { status: 'DRAINING' })], learned);
    const { decision, agentId } = routed(ask(), around);
    expect(decision.candidates.map((one) => one.agentId)).to.deep.equal(IDS);
    expect(decision.masked).to.deep.equal([{ agentId: 'z', reason: 'NOT_AVAILABLE DRAINING' }]);
    const sum = decision.candidates.reduce((all, { propensity }) => all + propensity, 0);
    expect(sum).to.be.closeTo(1, 1e-12);
    const chosen = decision.candidates.find((one) => one.agentId === agentId);
    expect(decision.propensity).to.equal(chosen?.propensity);
    expect(decision.policyId).to.equal(DEFAULT_POLICY);
    expect(decision.seed).to.equal(around.seed);
    expect(decision.statisticsOffsets).to.deep.equal(around.statisticsOffsets);
    expect(decision.registryPosition).to.equal(7);
    expect(decision.text).to.contain(agentId);
  });

  it('R-215, D-09: with a floor every allowed agent can be chosen, an eleventh and a hopeless one too', () => {
    const bad = Array.from({ length: 40 }, (_, offset) =>
      outcome({ agentId: 'l', result: 'FAILURE', offset, occurredAt: offset }),
    );
    const { decision } = routed(ask(), situation(fleet, bad));
    for (const { propensity } of decision.candidates)
      expect(propensity).to.be.at.least(0.1 / IDS.length - 1e-12);
  });

  it('R-224: at least three alternatives where there are that many, the likeliest first, each with score and reason', () => {
    const { decision, agentId } = routed(ask(), situation(fleet, history('alt', 80, IDS)));
    expect(decision.alternatives).to.have.length(5);
    expect(decision.alternatives.map((one) => one.agentId)).to.not.include(agentId);
    const shares = decision.alternatives.map(({ propensity }) => propensity);
    expect(shares).to.deep.equal([...shares].sort((a, b) => b - a));
    for (const { reason } of decision.alternatives)
      expect(reason).to.match(/^probability .* against .*, rate /);
    const few = routed(ask(), situation([agent('a'), agent('b')]));
    expect(few.decision.alternatives).to.have.length(1);
  });

  it('R-208: the capability that nobody has is named', () => {
    const { answer } = decideRoute(ask({ requiredCapabilities: ['cobol'] }), situation(fleet));
    expect(answer).to.include({ outcome: 'NO_CAPABLE_AGENT', agentId: null });
    expect(answer.missingCapabilities).to.deep.equal(['cobol']);
    expect(answer.reason).to.contain('cobol');
  });

  it('R-210, D-08: the same state and seed, the same choice, in whatever order the agents come', () => {
    const learned = history('same', 50, IDS);
    const one = routed(ask(), situation(fleet, learned));
    const two = routed(ask(), situation([...fleet].reverse(), learned));
    expect(two.decision).to.deep.equal(one.decision);
    const others = Array.from(
      { length: 40 },
      (_, at) => routed(ask(), situation(fleet, learned, { seed: `${at}` })).agentId,
    );
    expect(new Set(others).size).to.be.greaterThan(1);
  });

  it('R-204, R-213: with nothing learned at all every figure is a number', () => {
    const { decision } = routed(ask(), situation(fleet));
    for (const { propensity, score, mean } of decision.candidates)
      for (const figure of [propensity, score, mean]) expect(figure).to.satisfy(Number.isFinite);
  });

  it('at tier 1 nothing is tried out on purpose: no floor, and the best known is taken', () => {
    const learned = Array.from({ length: 20 }, (_, offset) =>
      outcome({
        agentId: offset % 2 === 0 ? 'b' : 'a',
        result: offset % 2 === 0 ? 'SUCCESS' : 'FAILURE',
        offset,
      }),
    );
    const { decision, agentId } = routed(ask({ riskTier: 1 }), situation([agent('a'), agent('b')], learned));
    expect(decision).to.include({ floor: 0, riskTier: 1, propensity: 1 });
    expect(agentId).to.equal('b');
  });

  it('R-226: round-robin by event turns from agent to agent, whatever was learned', () => {
    const inForce = policyInForce(set('round-robin', '{}', 0));
    const learned = history('turns', 60, IDS);
    const turns = IDS.map(
      (_, ordinal) => routed(ask(), situation(fleet, learned, { inForce, ordinal })).agentId,
    );
    expect(turns).to.deep.equal(IDS);
  });

  it('R-226: a policy that this build does not know is not guessed at: agents take turns, and the decision says so', () => {
    for (const state of [set('learned-next-year'), set('ucb1', '{"c":-1}'), set('ucb1', '{')]) {
      const { decision } = routed(ask(), situation(fleet, [], { inForce: policyInForce(state) }));
      expect(decision.policyId).to.equal('round-robin');
      expect(decision.text).to.contain('not known to this build');
    }
  });

  it('a linear policy without features does not keep a task from an agent: the default decides, and the decision says why', () => {
    const inForce = policyInForce(set('linucb'));
    const { decision } = routed(ask(), situation(fleet, [], { inForce }));
    expect(decision.policyId).to.equal(DEFAULT_POLICY);
    expect(decision.text).to.contain('not linucb');
    const large = size({ scopePaths: 9, acceptanceCriteria: 7, maxFiles: 40 });
    const able = routed(ask({ size: large }), situation(fleet, [], { inForce }));
    expect(able.decision).to.include({
      policyId: 'linucb',
      pool: 'complex',
      poolReason: 'paths in scope: 9 (+2), acceptance criteria: 7 (+2), files allowed to change: 40 (+2)',
      kind: 'complex',
    });
  });

  it('the floor by event wins over that of the process', () => {
    const inForce = policyInForce(set('thompson', '{}', 0.5));
    expect(routed(ask(), situation(fleet, [], { inForce })).decision.floor).to.equal(0.5);
    expect(routed(ask(), situation(fleet)).decision.floor).to.equal(0.1);
  });

  it('law 13: in a large registry the masks on record are bounded and counted, those of the moment first', () => {
    const others = Array.from({ length: 1000 }, (_, at) => agent(`x${at}`, { taskTypes: ['review'] }));
    const around = situation([...fleet, ...others, agent('zz', { status: 'DRAINING' })]);
    const { decision } = routed(ask(), around);
    expect(decision.masked).to.have.length(100);
    expect(decision.masked.map(({ agentId }) => agentId)).to.include('zz');
    expect(decision.details['masked']).to.equal('1001');
    expect(decision.candidates).to.have.length(IDS.length);
  });

  it('R-116: a newcomer of a family with a baseline starts from it; what it was and what came of it stand in the record', () => {
    const prior = { successes: 9, failures: 1 };
    const fleet = [agent('a', { prior }), agent('b')];
    const { decision } = routed(ask(), situation(fleet));
    const [a, b] = decision.candidates;
    expect(a).to.deep.include({ prior, expected: 0.9 });
    expect(b).to.deep.include({ prior: null, expected: 0.5 });
    expect(a?.propensity).to.be.greaterThan(b?.propensity ?? 1);
  });

  it('R-116: the baseline is that of the family, else of every family; it says what a task costs where no price is declared', () => {
    const baseline = { successesMilli: 9000, failuresMilli: 1000, durationMs: null, costMicros: 15_000 };
    const state = {
      agentId: 'a',
      modelFamily: 'opus',
      tenant: 'default',
      price: null,
      quotas: [],
      taskTypes: [],
    };
    const registered = {
      ...state,
      capabilities: [],
      languages: [],
      specialisations: [],
    } as unknown as AgentState;
    expect(viewOf(registered, { opus: baseline })).to.deep.include({
      prior: { successes: 9, failures: 1 },
      priceMicros: null,
      expectedCostMicros: 15_000,
    });
    expect(viewOf(registered, { '': baseline }).prior).to.deep.equal({ successes: 9, failures: 1 });
    expect(viewOf(registered, { other: baseline })).to.deep.include({
      prior: null,
      expectedCostMicros: null,
    });
  });
});
