import { randomUUID } from 'node:crypto';
import {
  agentStream,
  evolveAgent,
  REGISTRY_TENANT,
  type AgentState,
  type RegistryValue,
} from '../../aggregates/agent/index.js';
import { TOPICS } from '../../events/topics.js';
import { followAll, micros, sleep, type Following } from '../../log/index.js';
import { onRejected, wordsOf, type ComponentContext } from '../../platform/component.js';
import { createEdgePublisher, newTraceparent } from '../../producers/index.js';
import { followPresence, type PresenceFollowing } from '../presence-feed.js';
import { PresenceWatch, type PresenceReport } from './presence-watch.js';

export interface WatchingOptions {
  /** An agent not heard of for this long is offline, ms. */
  readonly offlineAfterMs: number;
  /** Time between two looks, ms. */
  readonly everyMs: number;
}

/** Looks at presence and tells the registrar what changes; the log decides whether it counts. */
export interface Watching {
  /** Only the process that owns the registry speaks; all of them listen. */
  speak(isOwner: () => boolean): void;
  close(): Promise<void>;
}

export const startWatching = async (
  context: ComponentContext,
  options: WatchingOptions,
): Promise<Watching> => {
  const { bus, codec, clock, logger } = context;
  const watch = new PresenceWatch({
    offlineAfter: options.offlineAfterMs * 1000,
    longestGap: (options.offlineAfterMs * 1000) / 2,
  });
  const registry = new Map<string, RegistryValue | undefined>();
  const closing = new AbortController();
  let isOwner = (): boolean => false;
  /** Said, and not in the log yet: nothing is said twice while the registrar is away. */
  const said = new Map<string, boolean>();
  const edge = await createEdgePublisher(context.publisher, codec, bus.admin);

  const followRegistry = (): Promise<Following> =>
    followAll({
      bus,
      codec,
      clock,
      topic: TOPICS.agents,
      partitions: 1,
      onRejected: onRejected(context),
      onError: (error, at) => logger.warn({ topic: at.topic, error: wordsOf(error) }, 'presence watch'),
      onEvents: (_partition, followed) => {
        for (const { event } of followed) {
          const { streamId } = event.body.meta;
          if (!streamId.startsWith(agentStream(''))) continue;
          registry.set(streamId, evolveAgent(registry.get(streamId), event));
          if (event.type === 'PresenceChanged') said.delete(event.body['agentId'] as string);
        }
      },
    });

  const report = async ({ agentId, ...rest }: PresenceReport): Promise<void> => {
    if (said.get(agentId) === rest.present) return;
    said.set(agentId, rest.present);
    const head = { commandId: randomUUID(), agentId, ifVersion: null, tenant: REGISTRY_TENANT };
    const record = {
      ...head,
      actor: `arbiter:${context.name}`,
      occurredAt: micros(clock),
      traceparent: newTraceparent(),
    };
    await edge
      .publish(TOPICS.agentCommands, 'ReportPresence', agentId, { ...record, ...rest })
      .catch((error: unknown) => {
        said.delete(agentId);
        logger.warn({ agent: agentId, error: wordsOf(error) }, 'presence could not be reported');
      });
  };

  const opened: { close(): Promise<void> }[] = [];
  const close = async (): Promise<void> => {
    closing.abort();
    await Promise.all(opened.map((one) => one.close()));
  };
  try {
    const following = await followRegistry();
    opened.push(following);
    const presence = await followPresence(context, (seen, heardAt) => {
      watch.hear(seen, Math.trunc(heardAt * 1000));
    });
    opened.push(presence);
    void run(following, presence);
  } catch (error) {
    await close();
    throw error;
  }

  async function run(following: Following, presence: PresenceFollowing): Promise<void> {
    await Promise.all([following.whenCaughtUp(), presence.whenCaughtUp()]);
    while (!closing.signal.aborted) {
      await sleep(clock, options.everyMs, closing.signal);
      if (isClosed(closing)) return;
      // The broker answers: what was said until now can be read. A watch cut off from it hears nobody, and says nothing.
      const answered = await bus.admin.endOffsets(TOPICS.presence).then(
        () => true,
        () => false,
      );
      if (!answered) {
        watch.lookedAway();
        continue;
      }
      const agents = [...registry.values()].filter((value): value is AgentState => value?.kind === 'agent');
      const reports = watch.look(agents, micros(clock));
      if (isOwner()) await Promise.all(reports.map(report));
    }
  }

  return {
    speak: (asked) => {
      isOwner = asked;
    },
    close,
  };
};

const isClosed = ({ signal }: AbortController): boolean => signal.aborted;
