import { expect } from 'chai';
import { budgetUse } from '../../src/aggregates/task/budget.js';
import type { Budget, DiffStat } from '../../src/events/generated/events.js';
import type { LoggedEvent } from '../../src/log/domain.js';
import { expectEvents } from '../support/decider.js';
import { reported, routeDecided, Scene, specChecked, submitted } from '../support/tasks.js';

const BUDGET: Budget = { maxFiles: 20, maxLines: 500, revokeOver: false };
const lines = (insertions: number, files = 1): DiffStat => ({ files, insertions, deletions: 0 });

const atWork = (budget: Budget | null): Scene => {
  const s = new Scene();
  s.send(submitted('t'));
  s.send(specChecked('t', s.pending('t'), { budget }));
  s.send(routeDecided('t', s.pending('t')));
  s.send(reported('t', 'ACCEPTED', s.token('t')));
  return s;
};
const beat = (s: Scene, diff: DiffStat | null): LoggedEvent[] => {
  s.now += 1_000_000;
  return s.send(reported('t', 'HEARTBEAT', s.token('t'), { diff }));
};

describe('the budget while an agent works', () => {
  it('R-324: the larger share of files and lines; a mark is passed when it is reached, 100 when it is exceeded', () => {
    const marks = [0, 249, 250, 399, 400, 475, 500, 501].map((n) => budgetUse(lines(n), BUDGET));
    expect(marks.map(({ mark }) => mark)).to.deep.equal([0, 0, 50, 50, 80, 95, 95, 100]);
    expect(marks.map(({ over }) => over).lastIndexOf(false)).to.equal(6);
    expect(budgetUse({ files: 16, insertions: 1, deletions: 0 }, BUDGET)).to.deep.equal({
      percent: 80,
      mark: 80,
      over: false,
    });
    expect(budgetUse({ files: 1, insertions: 200, deletions: 250 }, BUDGET).percent, 'both ways').to.equal(
      90,
    );
  });

  it('R-324: what no budget allows is over it, and hostile figures are none', () => {
    const none = { ...BUDGET, maxFiles: 0, maxLines: 0 };
    expect(budgetUse(lines(0, 0), none)).to.deep.equal({ percent: 0, mark: 0, over: false });
    expect(budgetUse(lines(1), none)).to.deep.equal({ percent: 1_000_000, mark: 100, over: true });
    expect(budgetUse({ files: -5, insertions: -9, deletions: -1 }, BUDGET).percent).to.equal(0);
  });

  it('R-324: 50, 80 and 95 % are told at once, each once, whatever the agent reports after', () => {
    const s = atWork(BUDGET);
    const told = [100, 250, 260, 410, 300, 410, 480, 490, 600, 700].flatMap((n) => beat(s, lines(n)));
    expectEvents(told, [
      ['LeaseRenewed', { budgetPercent: 50, budgetWarning: 50 }],
      ['LeaseRenewed', { budgetPercent: 82, budgetWarning: 80 }],
      ['LeaseRenewed', { budgetPercent: 96, budgetWarning: 95 }],
      ['LeaseRenewed', { budgetPercent: 120, budgetWarning: 100 }],
    ]);
    s.now += 10_000_000;
    expectEvents(beat(s, lines(800)), [['LeaseRenewed', { budgetPercent: 160, budgetWarning: null }]]);
  });

  it('R-324: over 100 % the lease ends where the policy says so, and it is the agent’s doing', () => {
    const s = atWork({ ...BUDGET, revokeOver: true });
    expectEvents(beat(s, lines(500)), [['LeaseRenewed', { budgetWarning: 95 }]]);
    expectEvents(beat(s, lines(501)), [
      [
        'ExecutionFailed',
        {
          failureClass: 'OVER_BUDGET',
          reason: 'caws.budget: the run reports 100 % of its budget of 20 files and 500 lines',
        },
      ],
      ['RoutingStarted', { attempt: 2, excludedAgents: ['agent-1'] }],
    ]);
  });

  it('R-324: the marks begin anew with the next run', () => {
    const s = atWork({ ...BUDGET, revokeOver: true });
    beat(s, lines(300));
    beat(s, lines(900));
    const by = { agentId: 'agent-2', workerInstance: 'worker-2' };
    s.send(routeDecided('t', s.pending('t'), by));
    s.send(reported('t', 'ACCEPTED', s.token('t'), by));
    s.now += 1_000_000;
    const events = s.send(reported('t', 'HEARTBEAT', s.token('t'), { ...by, diff: lines(300) }));
    expectEvents(events, [['LeaseRenewed', { budgetWarning: 50 }]]);
  });

  it('R-324: without a budget or a figure nothing is told', () => {
    expectEvents(beat(atWork(null), lines(10_000)), []);
    expectEvents(beat(atWork(BUDGET), null), []);
  });

  it('R-324: the offer says how large the change may be', () => {
    const s = atWork(BUDGET);
    const routed = s.log.find(({ type }) => type === 'TaskRouted');
    expect((routed?.body['offer'] as { budget: Budget }).budget).to.deep.equal(BUDGET);
  });
});
