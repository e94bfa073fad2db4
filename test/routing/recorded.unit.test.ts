import { expect } from 'chai';
import fc from 'fast-check';
import {
  createPolicy,
  DEFAULT_POLICY,
  listPolicies,
  NO_EXPERIENCE,
  random,
  rememberAll,
  type PolicyOutcome,
} from '../../src/routing/index.js';
import {
  decidedAgain,
  evaluated,
  explained,
  policyOf,
  shadowed,
  timeline,
  type Judged,
} from '../../src/routing/recorded/index.js';
import { policyInForce } from '../../src/consumers/router/policy-in-force.js';
import {
  agent,
  ask,
  history,
  outcome,
  recorded,
  routed,
  situation,
  size,
} from '../consumers/router/support.js';

const IDS = ['a', 'b', 'c', 'd'];
const fleet = IDS.map((id) => agent(id));

const shuffled = (list: readonly PolicyOutcome[], seed: string): PolicyOutcome[] => {
  const rng = random(seed);
  return list
    .map((one) => ({ one, at: rng.next() }))
    .sort((a, b) => a.at - b.at)
    .map(({ one }) => one);
};
const vectorOf = (list: readonly PolicyOutcome[]): { partition: number; position: number }[] =>
  [0, 1].map((partition) => ({
    partition,
    position: Math.max(
      0,
      ...list.filter((one) => one.partition === partition).map(({ offset }) => offset + 1),
    ),
  }));

/** A policy set by event. */
const SET = {
  kind: 'routing',
  version: 1,
  policyVersion: '2',
  explorationFloor: 0.05,
  commands: [],
} as const;

describe('decisions of the log, decided again', () => {
  it('R-210: the state rebuilt to a vector is the live one bit for bit, whatever the arrival order, batching or number of routers', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.integer({ min: 0, max: 120 }),
        fc.integer({ min: 1, max: 17 }),
        (seed, count, batch) => {
          const all = history(seed, count, IDS);
          // A live router: outcomes as they arrive, partitions interleaved at will, in batches.
          let live = NO_EXPERIENCE;
          const arrived = shuffled(all, `${seed}/arrival`);
          for (let at = 0; at < arrived.length; at += batch)
            live = rememberAll(live, arrived.slice(at, at + batch));
          const rebuilt = timeline(shuffled(all, `${seed}/log`)).at(vectorOf(all));
          expect(rebuilt).to.deep.equal(live);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('R-210: vectors in any order, of routers that read at different speeds', () => {
    const all = history('routers', 200, IDS);
    const known = timeline(all);
    const rng = random('speeds');
    for (let turn = 0; turn < 60; turn += 1) {
      const vector = [0, 1].map((partition) => ({ partition, position: Math.floor(rng.next() * 220) }));
      const inside = all.filter((one) => one.offset < (vector[one.partition]?.position ?? 0));
      expect(known.at(vector)).to.deep.equal(rememberAll(NO_EXPERIENCE, inside));
    }
  });

  it('R-210, K-14: every policy makes the recorded choice again, with the same distribution to the last bit', () => {
    const learned = history('again', 150, IDS);
    const asked = ask({ size: size({ scopePaths: 4, maxLines: 300 }) });
    for (const { id, defaults } of listPolicies()) {
      const inForce = policyInForce({ ...SET, policyId: id, parameters: JSON.stringify(defaults) });
      const around = situation(fleet, learned, { inForce });
      const { decision, agentId } = routed(asked, around);
      // Through JSON, as a record would come back.
      const record = JSON.parse(JSON.stringify({ ...decision, attempt: 1 })) as typeof decision & {
        attempt: number;
      };
      const again = decidedAgain(record, timeline(shuffled(learned, id)).at(record.statisticsOffsets));
      expect(again.choice, id).to.equal(agentId);
      expect(again.propensity, id).to.equal(decision.propensity);
      expect(
        again.propensities.map(({ propensity }) => propensity),
        id,
      ).to.deep.equal(decision.candidates.map(({ propensity }) => propensity));
    }
  });

  it('a decision of another version of a policy is not replayed as if it were ours', () => {
    const record = { ...recorded(ask(), situation(fleet)), policyVersion: '0' };
    expect(() => policyOf(record))
      .to.throw()
      .with.property('code', 'POLICY_VERSION');
  });

  it('counts that two agents swap are swapped at all types: what one did elsewhere is no negative number of the other', () => {
    const learned = [
      ...Array.from({ length: 40 }, (_, at) => outcome({ agentId: 'a', offset: at })),
      ...Array.from({ length: 40 }, (_, at) =>
        outcome({
          agentId: 'b',
          result: at % 4 === 0 ? 'SUCCESS' : 'FAILURE',
          failureClass: 'AGENT',
          offset: 50 + at,
        }),
      ),
      outcome({ agentId: 'b', taskType: 'review', offset: 95 }),
    ];
    for (const policyId of ['thompson', DEFAULT_POLICY]) {
      const inForce = policyInForce({ ...SET, policyId, parameters: '{}' });
      const around = situation([agent('a'), agent('b')], learned, { inForce });
      const { agentId } = routed(ask(), around);
      const why = explained(recorded(ask(), around), agentId, around.experience);
      expect(why.reproduced).to.equal(true);
      const swap = why.counterfactuals.find(({ if: words }) => words.includes('the other way round'));
      expect(swap?.isOther, policyId).to.equal(true);
      expect(swap?.propensity).to.be.within(0.5, 1);
    }
  });

  it('explain: reproduced, with what it would have been otherwise and which draws give whom', () => {
    const learned = history('why', 120, IDS);
    const around = situation(fleet, learned);
    const { agentId } = routed(ask(), around);
    const why = explained(recorded(ask(), around), agentId, around.experience);
    expect(why.reproduced).to.equal(true);
    const cases = why.counterfactuals.map((one) => one.if);
    expect(cases).to.include('there were no exploration floor');
    expect(cases).to.include(`${agentId} had not been there`);
    expect(cases).to.include('nothing had been learned');
    expect(why.counterfactuals.find((one) => one.if === `${agentId} had not been there`)?.isOther).to.equal(
      true,
    );
    expect(why.draws[0]?.from).to.equal(0);
    expect(why.draws.at(-1)?.to).to.be.closeTo(1, 1e-12);
    const own = why.draws.find((one) => one.agentId === agentId);
    expect(why.decision.explanation.draw).to.be.within(own?.from ?? 2, own?.to ?? -1);
  });

  it('explain: a record that was altered is not reproduced', () => {
    const around = situation(fleet, history('altered', 60, IDS));
    const record = recorded(ask(), around);
    const { agentId } = routed(ask(), around);
    expect(
      explained({ ...record, seed: 'another' }, agentId, around.experience).decision.explanation.draw,
    ).to.not.equal(explained(record, agentId, around.experience).decision.explanation.draw);
    const raised = record.candidates.map((one) => ({ ...one, propensity: one.propensity / 2 }));
    expect(explained({ ...record, candidates: raised }, agentId, around.experience).reproduced).to.equal(
      false,
    );
  });

  it('learning is visible: without its outcomes the same decisions come out differently', () => {
    const learned = history('visible', 200, IDS);
    const seeds = Array.from({ length: 60 }, (_, at) => `visible/${at}`);
    const changed = seeds.filter((seed) => {
      const around = situation(fleet, learned, { seed });
      const { agentId } = routed(ask(), around);
      return decidedAgain(recorded(ask(), around), NO_EXPERIENCE).choice !== agentId;
    });
    expect(changed.length).to.be.greaterThan(10);
  });

  it('shadow: at the same knowledge and luck; the policy itself always agrees', () => {
    const around = situation(fleet, history('shadow', 100, IDS));
    const { agentId } = routed(ask(), around);
    const record = recorded(ask(), around);
    const own = shadowed(record, agentId, policyOf(record), around.experience);
    expect(own).to.include({ agrees: true, choice: agentId });
    expect(own?.overlap).to.be.closeTo(1, 1e-12);
    const turns = shadowed(record, agentId, createPolicy('round-robin'), around.experience);
    expect(turns?.ofLive).to.be.within(0, 1);
    expect(shadowed(record, agentId, createPolicy('linucb'), around.experience)).to.equal(undefined);
  });
});

const RATE: Readonly<Record<string, number>> = { a: 0.9, b: 0.6, c: 0.4, d: 0.2 };

/** A log made by the router's own function, one outcome after each decision. */
const livedLog = (count: number, floor: number): { log: Judged[]; outcomes: PolicyOutcome[] } => {
  const rng = random('lived');
  const log: Judged[] = [];
  const outcomes: PolicyOutcome[] = [];
  for (let at = 0; at < count; at += 1) {
    const around = situation(fleet, outcomes, { seed: `lived/${at}`, floor, ordinal: at });
    const { decision, agentId } = routed(ask({ taskId: `T-${at}` }), {
      ...around,
      admission: situation(fleet).admission,
    });
    const reward = rng.next() < (RATE[agentId] ?? 0) ? 1 : 0;
    log.push({ taskId: `T-${at}`, decision: { ...decision, attempt: 1 }, chosen: agentId, reward });
    const [first] = history(`${at}`, 1, [agentId]);
    if (first !== undefined)
      outcomes.push({
        ...first,
        taskType: 'code-editing',
        partition: 0,
        offset: at,
        occurredAt: at,
        result: reward === 1 ? 'SUCCESS' : 'FAILURE',
        failureClass: null,
      });
  }
  return { log, outcomes };
};

describe('what a policy would have achieved on our own log', function () {
  this.timeout(20_000);
  const { log, outcomes } = livedLog(240, 0.3);
  const known = timeline(outcomes);

  it('the value of uniform choice is inside the interval, and under what was achieved', () => {
    const { report, judged, censored } = evaluated(log, createPolicy('uniform'), (vector) =>
      known.at(vector),
    );
    expect(judged).to.equal(240);
    expect(censored).to.equal(0);
    const dr = report?.estimates.find(({ estimator }) => estimator.name === 'dr');
    expect(dr?.normal.low).to.be.lessThan(0.525);
    expect(dr?.normal.high).to.be.greaterThan(0.525);
    expect(report?.onPolicy.value).to.be.greaterThan(0.6);
  });

  it('the policy that made the log: weights of 1, and its own value', () => {
    const first = log[0]?.decision;
    if (first === undefined) throw new Error('no log');
    const { report } = evaluated(log, policyOf(first), (vector) => known.at(vector));
    expect(report?.support.ess).to.be.closeTo(240, 1e-6);
    const ips = report?.estimates.find(({ estimator }) => estimator.name === 'ips');
    expect(ips?.value).to.be.closeTo(report?.onPolicy.value ?? NaN, 1e-9);
  });

  it('outcomes that say nothing are left out and counted; where they are many there is a warning', () => {
    const censored = log.map((one, at) => (at % 3 === 0 ? { ...one, reward: null } : one));
    const found = evaluated(censored, createPolicy('uniform'), (vector) => known.at(vector));
    expect(found).to.include({ judged: 160, censored: 80 });
    expect(found.report?.warnings.join()).to.contain('33 % of the decisions have no outcome');
  });

  it('too little is refused, and support that is missing is named', () => {
    const few = evaluated(log.slice(0, 20), createPolicy('uniform'), (vector) => known.at(vector));
    expect(few.report?.verdict).to.equal('REFUSED');
    const greedy = log.map((one) => ({
      ...one,
      decision: {
        ...one.decision,
        propensity: 1,
        candidates: one.decision.candidates.map((c) => ({
          ...c,
          propensity: c.agentId === one.chosen ? 1 : 0,
        })),
      },
    }));
    const without = evaluated(greedy, createPolicy('uniform'), (vector) => known.at(vector));
    expect(without.report?.support.unsupported).to.be.closeTo(0.75, 1e-9);
    expect(without.report?.warnings.join()).to.contain('75.0 % of its choices were never possible');
    expect(evaluated([], createPolicy('uniform'), () => NO_EXPERIENCE).report).to.equal(null);
  });
});
