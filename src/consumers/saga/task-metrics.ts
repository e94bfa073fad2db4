import type { SagaValue } from '../../aggregates/task/index.js';
import type { Change } from '../../log/index.js';
import type { Metrics } from '../../platform/metrics.js';
import { PHASES, STATES, type SagaIndex } from '../../saga/index.js';

/**
 * Counts the transitions that now stand in the log, and how long the state before lasted. All times are those of the events,
 * so that a task which was taken over from another process is measured like any other.
 */
export const countTransitions =
  (metrics: Metrics) =>
  (changes: readonly Change<SagaValue>[]): void => {
    for (const { before, after } of changes) count(metrics, before?.value, after.value);
  };

const count = (metrics: Metrics, before: SagaValue | undefined, after: SagaValue | undefined): void => {
  if (after?.kind !== 'task') return;
  if (before?.kind !== 'task') return metrics.taskMoved('unseen', after.state);
  if (before.state === after.state) return;
  metrics.taskMoved(before.state, after.state);
  const phase = PHASES[before.state];
  if (phase !== undefined) metrics.taskSpent(phase, after.since - before.since);
  // Only a final event leads from sealed elsewhere.
  if (before.state === 'sealed') metrics.taskEnded(after.since - after.receivedAt, after.elsewhere);
};

/** How many tasks of this process's partitions rest in each state; a state without tasks shows 0, not its last count. */
export const observeStates = (metrics: Metrics, indexes: readonly SagaIndex[]): void => {
  for (const state of STATES) {
    if (PHASES[state] === undefined || state === 'unseen') continue;
    metrics.tasksInState(
      state,
      indexes.reduce((sum, index) => sum + (index.inState.get(state) ?? 0), 0),
    );
  }
};
