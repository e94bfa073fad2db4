import { expect } from 'chai';
import type { ExecutionFailed, FailureClass, RoutingStarted } from '../../src/events/generated/events.js';
import type { LoggedEvent } from '../../src/log/domain.js';
import { reported, routeDecided, Scene, specChecked, submitted } from '../support/tasks.js';

const asked = (events: readonly LoggedEvent[]): RoutingStarted => {
  const found = events.find(({ type }) => type === 'RoutingStarted');
  if (found === undefined)
    throw new Error(`no RoutingStarted among ${events.map(({ type }) => type).join()}`);
  return found.body as unknown as RoutingStarted;
};

describe('the ask for an agent', () => {
  it('R-222: carries the cost cap and the size of the task, so a router that has read nothing else applies both; again at a retry', () => {
    const s = new Scene();
    const metadata = { complexity: 'complex' };
    s.send(
      submitted('t', {
        costBudgetMicros: 90_000,
        description: 'four',
        spec: 'sixsix',
        metadata,
        maxAttempts: 2,
      }),
    );
    const first = asked(
      s.send(
        specChecked('t', s.pending('t'), {
          specSize: { scopePaths: 4, acceptanceCriteria: 3 },
          budget: { maxFiles: 20, maxLines: 500, revokeOver: false },
        }),
      ),
    );
    const known = {
      costBudgetMicros: 90_000,
      size: {
        descriptionLength: 10,
        scopePaths: 4,
        acceptanceCriteria: 3,
        maxFiles: 20,
        maxLines: 500,
        declared: 'complex',
      },
    };
    expect(first).to.deep.include(known);
    s.send(routeDecided('t', s.pending('t')));
    s.send(reported('t', 'ACCEPTED', s.token('t')));
    const again = asked(s.send(reported('t', 'FAILED', s.token('t'))));
    expect(again).to.deep.include({ ...known, attempt: 2 });
  });

  it('a text as a word of complexity is cut: the state of a task is small', () => {
    const s = new Scene();
    s.send(submitted('t', { metadata: { complexity: 'x'.repeat(1000) } }));
    const { size } = asked(s.send(specChecked('t', s.pending('t'))));
    expect(size?.declared).to.equal('x'.repeat(32));
    expect(size).to.include({ scopePaths: 0, acceptanceCriteria: 0, maxFiles: null });
  });
});

describe('a quota that an agent reports to be used up', () => {
  const DAY = 86_400_000_000;
  const failedAt = (quotaResetsAt: (now: number) => number | null, failureClass: FailureClass = 'QUOTA') => {
    const s = new Scene();
    s.bring('t', 'executing');
    const resetsAt = quotaResetsAt(s.now);
    const events = s.send(reported('t', 'FAILED', s.token('t'), { failureClass, quotaResetsAt: resetsAt }));
    const failed = events.find(({ type }) => type === 'ExecutionFailed');
    return { resetsAt, failed: failed?.body as unknown as ExecutionFailed, asked: asked(events) };
  };

  it('spends no attempt, and says when it is there again', () => {
    const { resetsAt, failed, asked: next } = failedAt((now) => now + DAY);
    expect(failed).to.include({ failureClass: 'QUOTA', quotaResetsAt: resetsAt });
    expect(next).to.deep.include({ attempt: 1, excludedAgents: [] });
  });

  it('hazard: a moment that is past, or further than any quota, is not believed; nor one with another failure', () => {
    for (const when of [(now: number) => now, (now: number) => now + 36 * DAY, () => -1, () => null])
      expect(failedAt(when).failed.quotaResetsAt).to.equal(null);
    expect(failedAt((now) => now + DAY, 'INFRASTRUCTURE').failed.quotaResetsAt).to.equal(null);
  });
});
