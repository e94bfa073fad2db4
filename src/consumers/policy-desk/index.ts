import { createPublicKey } from 'node:crypto';
import { policiesDomain } from '../../aggregates/policies/index.js';
import { TOPICS } from '../../events/topics.js';
import { openGate } from '../../log/index.js';
import type { Component, ComponentContext } from '../../platform/component.js';
import type { SigningKey } from '../../verdicts/index.js';
import { startOwning } from '../owning.js';
import { startAnswering } from './answering.js';
import { DEMANDS_GROUP, startDemanding } from './asking-desk.js';

export const DESK_GROUP = 'arbiter.policy-desk';

export interface PolicyDeskOptions {
  /** The key of the deployment: it signs the demands of its tasks, and registers the first admin. */
  readonly key: SigningKey;
}

/**
 * The policy desk: owner of `arbiter.policies`. It decides on waivers and overrides; beside that it puts the demands of waiting
 * tasks into its own inbox, and tells the saga what its log says.
 */
export const startPolicyDesk = async (
  context: ComponentContext,
  options: PolicyDeskOptions,
): Promise<Component> => {
  const { key } = options;
  const publicKeyPem = createPublicKey(key.key).export({ type: 'spki', format: 'pem' }).toString();
  const started: { stop(): Promise<void> }[] = [];
  const begin = async <T extends { stop(): Promise<void> }>(part: Promise<T>): Promise<T> => {
    started.push(await part);
    return part;
  };
  const stop = async (): Promise<void> => {
    for (const part of started) await part.stop();
  };
  try {
    const { asker: demanding } = await begin(startDemanding(context, { key, clock: context.clock }));
    const answering = await begin(startAnswering(context));
    const owner = await begin(
      startOwning(context, {
        groupId: DESK_GROUP,
        inboxTopic: TOPICS.policyCommands,
        logTopic: TOPICS.policies,
        inboxOwned: false,
        partitions: 1,
        domain: policiesDomain({ deploymentKeys: [publicKeyPem] }),
        gate: openGate,
        checkpointEvery: 1000,
      }),
    );
    return {
      name: context.name,
      readiness: () => {
        const own = owner.readiness();
        const halted = [...demanding.halted()].map(([p, why]) => `${TOPICS.tasks}/${p}: ${why}`);
        const detail = { ...own.detail, demands: demanding.pending, answersHalted: answering.halted, halted };
        return { ready: own.ready && demanding.ready() && answering.ready && halted.length === 0, detail };
      },
      observe: (metrics) => {
        owner.observe?.(metrics);
        metrics.queueDepth(context.name, demanding.pending);
        for (const [partition, lag] of demanding.lag())
          metrics.lag(DEMANDS_GROUP, TOPICS.tasks, partition, lag);
      },
      get lastHeartbeatAt() {
        return Math.min(owner.lastHeartbeatAt, demanding.lastHeartbeatAt, answering.lastHeartbeatAt);
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
};
