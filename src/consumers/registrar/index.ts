import { registryDomain } from '../../aggregates/agent/index.js';
import { TOPICS } from '../../events/topics.js';
import { openGate } from '../../log/index.js';
import type { Component, ComponentContext } from '../../platform/component.js';
import { startOwning } from '../owning.js';

export const REGISTRAR_GROUP = 'arbiter.registrar';

/** The registrar: owner of `arbiter.agents`. */
export const startRegistrar = (context: ComponentContext): Promise<Component> =>
  startOwning(context, {
    groupId: REGISTRAR_GROUP,
    inboxTopic: TOPICS.agentCommands,
    logTopic: TOPICS.agents,
    inboxOwned: false,
    partitions: 1,
    domain: registryDomain(),
    gate: openGate,
    checkpointEvery: 1000,
  });
