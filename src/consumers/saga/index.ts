import { TOPICS } from '../../events/topics.js';
import { createEdgeGate } from '../../log/index.js';
import { wordsOf, type Component, type ComponentContext } from '../../platform/component.js';
import { sagaDomain, type SagaLimits } from '../../saga/index.js';
import { startOwning } from '../owning.js';
import { countTransitions, observeStates } from './task-metrics.js';

export const SAGA_GROUP = 'arbiter.saga';

export interface SagaOptions {
  readonly limits: SagaLimits;
  /** What intake reads and commits as: the timers wait for it (law 7). */
  readonly intake: { readonly topics: readonly string[]; readonly group: string };
}

/** The saga: owner of `arbiter.tasks`, it advances tasks on the facts about them. */
export const startSaga = async (context: ComponentContext, options: SagaOptions): Promise<Component> => {
  const gate = createEdgeGate({
    admin: context.bus.admin,
    clock: context.clock,
    edgeTopics: options.intake.topics,
    intakeGroup: options.intake.group,
    inboxTopic: TOPICS.facts,
    pollMs: 100,
    graceMs: options.limits.timers.executing,
    onError: (error) =>
      context.logger.warn({ error: wordsOf(error) }, 'timers wait: the edge can not be looked at'),
  });
  const owning = await startOwning(context, {
    groupId: SAGA_GROUP,
    inboxTopic: TOPICS.facts,
    logTopic: TOPICS.tasks,
    inboxOwned: false,
    domain: sagaDomain(options.limits),
    gate,
    graceMs: options.limits.timers.executing,
    afterAppend: countTransitions(context.metrics),
    observeIndexes: observeStates,
  });
  return {
    name: owning.name,
    readiness: () => owning.readiness(),
    observe: (metrics) => owning.observe?.(metrics),
    get lastHeartbeatAt() {
      return owning.lastHeartbeatAt;
    },
    stop: async () => {
      // Intake has stopped before: what waits for it would wait for ever.
      gate.close();
      await owning.stop();
    },
  };
};
