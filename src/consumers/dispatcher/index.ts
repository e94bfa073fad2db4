import { TOPICS } from '../../events/topics.js';
import { openGate } from '../../log/index.js';
import type { Component, ComponentContext } from '../../platform/component.js';
import { startOwning } from '../owning.js';
import { dispatcherDomain } from './dispatcher-domain.js';
import { LookAhead } from './look-ahead.js';

export const DISPATCHER_GROUP = 'arbiter.dispatcher';

/** The dispatcher: owner of `arbiter.assignments`. */
export const startDispatcher = (context: ComponentContext): Promise<Component> => {
  const ahead = new Map<number, LookAhead>();
  return startOwning(context, {
    groupId: DISPATCHER_GROUP,
    inboxTopic: TOPICS.tasks,
    logTopic: TOPICS.assignments,
    inboxOwned: true,
    domain: dispatcherDomain((partition, token) => ahead.get(partition)?.isSuperseded(token) ?? false),
    gate: openGate,
    perPartition: (partition) => {
      const look = new LookAhead();
      ahead.set(partition, look);
      return {
        lookAhead: (input) => look.see(input),
        afterDecision: (input) => {
          if (input.kind === 'record') look.decided(input.offset);
        },
      };
    },
  });
};
