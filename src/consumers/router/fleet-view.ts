import {
  agentStream,
  evolveAgent,
  type AgentState,
  type RegistryValue,
} from '../../aggregates/agent/index.js';
import type { OutcomeObserved, RoutingDecision, WorkerSeen } from '../../events/generated/events.js';
import { TOPICS } from '../../events/topics.js';
import { followAll, openFeeds, Wake, type Followed } from '../../log/index.js';
import { onRejected, wordsOf, type ComponentContext } from '../../platform/component.js';
import { learnAll, NOTHING_LEARNED, type AgentView, type Statistics } from '../../routing/index.js';
import type { Slots } from './slots.js';

/** Who there is, who is there, and what is known of them: folded from the agents log, presence and the outcomes log. */
export interface FleetView {
  agents(): readonly AgentView[];
  statistics(): Statistics;
  statisticsOffsets(): RoutingDecision['statisticsOffsets'];
  /** Resolves when all three have been read to their ends once: before that, nobody seems to be there. */
  whenReady(): Promise<void>;
  close(): Promise<void>;
}

export const startFleetView = async (
  context: ComponentContext,
  slots: Slots,
  onChange: () => void,
): Promise<FleetView> => {
  const { bus, codec, clock, logger, partitions } = context;
  const registry = new Map<string, RegistryValue | undefined>();
  let agents: readonly AgentView[] = [];
  let statistics: Statistics = NOTHING_LEARNED;
  const offsets = new Map<number, number>();
  const common = {
    bus,
    codec,
    clock,
    onRejected: onRejected(context),
    onError: (error: unknown, at: { topic: string }) =>
      logger.warn({ topic: at.topic, error: wordsOf(error) }, 'router view'),
  };

  const registered = await followAll({
    ...common,
    topic: TOPICS.agents,
    partitions: 1,
    onEvents: (_partition, followed) => {
      for (const { event } of followed) {
        const { streamId } = event.body.meta;
        if (streamId.startsWith(agentStream('')))
          registry.set(streamId, evolveAgent(registry.get(streamId), event));
      }
      agents = [...registry.values()]
        .filter((v) => v?.kind === 'agent' && !v.retired)
        .map((v) => viewOf(v as AgentState));
      onChange();
    },
  });
  const learned = await followAll({
    ...common,
    topic: TOPICS.outcomes,
    partitions,
    onEvents: (partition, followed: readonly Followed[], cursor) => {
      const outcomes = followed.map(({ event }) => event.body as unknown as OutcomeObserved);
      if (outcomes.length > 0) statistics = learnAll(statistics, outcomes);
      offsets.set(partition, cursor.position);
    },
  });
  const presence = await followPresence(context, (seen) => {
    slots.see(seen);
    onChange();
  });

  const ready = Promise.all([registered.whenCaughtUp(), learned.whenCaughtUp(), presence.whenCaughtUp]);
  return {
    agents: () => agents,
    statistics: () => statistics,
    statisticsOffsets: () => [...offsets].map(([partition, position]) => ({ partition, position })),
    whenReady: async () => {
      await ready;
    },
    close: async () => {
      await Promise.all([registered.close(), learned.close(), presence.close()]);
    },
  };
};

const viewOf = (agent: AgentState): AgentView => ({
  agentId: agent.agentId,
  status: agent.status,
  capabilities: agent.capabilities,
  taskTypes: agent.taskTypes,
  maxConcurrency: agent.maxConcurrency,
});

/** Presence is a hint in an open topic: read from its beginning (it is kept for minutes), what can not be read is skipped. */
const followPresence = async (
  context: ComponentContext,
  onSeen: (seen: WorkerSeen) => void,
): Promise<{ whenCaughtUp: Promise<unknown>; close(): Promise<void> }> => {
  const { bus, codec, clock } = context;
  const feeds = await openFeeds(bus);
  const [begins, ends] = await Promise.all([
    bus.admin.beginOffsets(TOPICS.presence),
    bus.admin.endOffsets(TOPICS.presence),
  ]);
  let closed = false;
  const wakes: Wake[] = [];
  const caughtUp = begins.map(
    (begin, partition) =>
      new Promise<void>((resolve) => {
        const wake = new Wake(clock);
        wakes.push(wake);
        const feed = feeds.open({ topic: TOPICS.presence, partition }, begin, wake.notify);
        const end = ends[partition] ?? 0;
        const run = async (): Promise<void> => {
          while (!closed) {
            for (const record of feed.take(500)) {
              const decoded = await Promise.resolve(codec.decode(record)).catch(() => undefined);
              if (decoded?.kind === 'event' && decoded.name === 'WorkerSeen')
                onSeen(decoded.record as unknown as WorkerSeen);
            }
            if (feed.position >= end) resolve();
            if (feed.queued === 0) await wake.wait();
          }
        };
        void run();
      }),
  );
  return {
    whenCaughtUp: Promise.all(caughtUp),
    close: async () => {
      closed = true;
      for (const wake of wakes) wake.notify();
      await feeds.close();
    },
  };
};
