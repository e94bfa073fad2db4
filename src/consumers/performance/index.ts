import { TOPICS } from '../../events/topics.js';
import { openGate } from '../../log/index.js';
import type { Component, ComponentContext } from '../../platform/component.js';
import { startOwning } from '../owning.js';
import { performanceDomain } from './performance-domain.js';

export const PERFORMANCE_GROUP = 'arbiter.performance';

/** Performance: owner of `arbiter.outcomes`, what the router learns from. */
export const startPerformance = (context: ComponentContext): Promise<Component> =>
  startOwning(context, {
    groupId: PERFORMANCE_GROUP,
    inboxTopic: TOPICS.tasks,
    logTopic: TOPICS.outcomes,
    inboxOwned: true,
    domain: performanceDomain(),
    gate: openGate,
  });
