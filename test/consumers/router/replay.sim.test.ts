import { expect } from 'chai';
import { learnedFrom } from '../../../src/consumers/router/learning.js';
import { decisionFrom } from '../../../src/consumers/router/route-log.js';
import type { OutcomeObserved, TaskRouted } from '../../../src/events/generated/events.js';
import { TOPICS } from '../../../src/events/topics.js';
import { decidedAgain, timeline } from '../../../src/routing/recorded/index.js';
import { simulate } from '../../lifecycle/support/simulation.js';

describe('routing under bad luck', function () {
  this.timeout(120_000);

  it('R-210: whatever crashed or repeated itself, every decision of the log is made again from the log, bit for bit', async () => {
    let checked = 0;
    let learnedFromSome = 0;
    for (const seed of [3, 7, 11, 19]) {
      const simulation = await simulate({ seed, tasks: 8, stormMs: 3000, alwaysReplay: false });
      const outcomes = simulation
        .accepted(TOPICS.outcomes)
        .filter(({ type }) => type === 'OutcomeObserved')
        .map(({ body, offset }) => learnedFrom(body as unknown as OutcomeObserved, 0, offset));
      const known = timeline(outcomes);
      for (const { type, body, offset } of simulation.accepted(TOPICS.tasks)) {
        if (type !== 'TaskRouted') continue;
        const { decision, chosen, event } = decisionFrom(body as unknown as TaskRouted, 0, offset, null);
        const experience = known.at(decision.statisticsOffsets);
        const again = decidedAgain(decision, experience);
        expect(again.choice).to.equal(chosen);
        expect(again.propensity).to.equal(event.decision.propensity);
        expect(again.propensities.map(({ propensity }) => propensity)).to.deep.equal(
          event.decision.candidates.map(({ propensity }) => propensity),
        );
        checked += 1;
        learnedFromSome += experience.size > 0 ? 1 : 0;
      }
      // An outcome answers a decision of the log, and the task's own type (D-10).
      const tokens = new Map(
        simulation
          .accepted(TOPICS.tasks)
          .filter(({ type }) => type === 'TaskRouted')
          .map(({ offset, body }) => [`0/${offset}`, body as unknown as TaskRouted]),
      );
      for (const { decisionId, agentId, taskType, tenant } of outcomes) {
        const routed = tokens.get(decisionId ?? '');
        expect(routed?.agentId).to.equal(agentId);
        expect(routed?.decision.taskType).to.equal(taskType);
        expect(routed?.decision.tenant).to.equal(tenant);
      }
    }
    expect(checked).to.be.greaterThan(15);
    expect(learnedFromSome).to.be.greaterThan(0);
  });
});
