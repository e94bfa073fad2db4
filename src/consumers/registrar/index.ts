import { registryDomain } from '../../aggregates/agent/index.js';
import { TOPICS } from '../../events/topics.js';
import { openGate } from '../../log/index.js';
import type { Component, ComponentContext } from '../../platform/component.js';
import { startOwning } from '../owning.js';
import { startWatching } from './watching.js';

export const REGISTRAR_GROUP = 'arbiter.registrar';

export interface RegistrarOptions {
  /** An agent not heard of for this long is offline, ms. */
  readonly offlineAfterMs: number;
  /** An agent not heard of for this long leaves, ms. */
  readonly staleAfterMs: number;
}

export const REGISTRAR_OPTIONS: RegistrarOptions = { offlineAfterMs: 60_000, staleAfterMs: 86_400_000 };

/** The registrar: owner of `arbiter.agents`, and the watch over who is heard of. */
export const startRegistrar = async (
  context: ComponentContext,
  { offlineAfterMs, staleAfterMs }: RegistrarOptions = REGISTRAR_OPTIONS,
): Promise<Component> => {
  const watching = await startWatching(context, {
    offlineAfterMs,
    everyMs: Math.max(100, Math.min(5000, offlineAfterMs / 6)),
  });
  try {
    const owning = await startOwning(context, {
      groupId: REGISTRAR_GROUP,
      inboxTopic: TOPICS.agentCommands,
      logTopic: TOPICS.agents,
      inboxOwned: false,
      partitions: 1,
      domain: registryDomain({ staleAfterMs }),
      gate: openGate,
      checkpointEvery: 1000,
    });
    watching.speak(() => isOwning(owning));
    return {
      ...owning,
      get lastHeartbeatAt() {
        return owning.lastHeartbeatAt;
      },
      stop: async () => {
        await watching.close();
        await owning.stop();
      },
    };
  } catch (error) {
    await watching.close();
    throw error;
  }
};

/** Of several processes one owns the one partition. */
const isOwning = (owning: Component): boolean => {
  const { partitions } = owning.readiness().detail as { partitions?: Readonly<Record<number, string>> };
  return partitions?.[0] === 'owning';
};
