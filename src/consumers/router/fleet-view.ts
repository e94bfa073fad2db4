import {
  abilitiesOf,
  agentStream,
  baselineOf,
  BASELINES_STREAM,
  evolveAgent,
  ROUTING_STREAM,
  type AgentState,
  type Baselines,
  type RegistryValue,
} from '../../aggregates/agent/index.js';
import type { AgentStatusChanged, OutcomeObserved, RoutingDecision } from '../../events/generated/events.js';
import { TOPICS } from '../../events/topics.js';
import { followAll, type Followed, type Following, type LoggedEvent } from '../../log/index.js';
import { onRejected, wordsOf, type ComponentContext, type Readiness } from '../../platform/component.js';
import { NO_EXPERIENCE, rememberAll, type Experience } from '../../routing/index.js';
import type { RoutableAgent } from './admission.js';
import { marked, NO_MARKS, type Marks } from './health.js';
import { learnedFrom } from './learning.js';
import { policyInForce, type PolicyInForce } from './policy-in-force.js';
import { followPresence, type PresenceFollowing } from '../presence-feed.js';
import type { Slots } from './slots.js';
import { UsageLedger } from './usage-ledger.js';
import { NO_WALLS, walled, type Walls } from './walls.js';

/** Who there is, who is there, and what is known of them: folded from the agents log, presence and the outcomes log. */
export interface FleetView {
  agents(): readonly RoutableAgent[];
  /** How agents are chosen, as the agents log has it. */
  inForce(): PolicyInForce;
  /** Up to where the agents log was read. */
  registryPosition(): number;
  experience(): Experience;
  /** How the agents have been lately. */
  marks(): Marks;
  /** Quotas that they reported to be used up. */
  walls(): Walls;
  /** What they have used. */
  readonly ledger: UsageLedger;
  /** The vector that `experience` is a function of. */
  statisticsOffsets(): RoutingDecision['statisticsOffsets'];
  /** Resolves when all three have been read to their ends once: before that, nobody seems to be there. */
  whenReady(): Promise<void>;
  readiness(): Readiness;
  close(): Promise<void>;
}

interface Parts {
  readonly registered: Following;
  readonly learned: Following;
  readonly presence: PresenceFollowing;
}

export const startFleetView = async (
  context: ComponentContext,
  slots: Slots,
  onChange: () => void,
): Promise<FleetView> => {
  const { bus, codec, clock, logger, partitions } = context;
  const registry = new Map<string, RegistryValue | undefined>();
  const availableSince = new Map<string, number>();
  let agents: readonly RoutableAgent[] = [];
  let families: Baselines['families'] = {};
  let inForce = policyInForce(undefined);
  let registryPosition = 0;
  let experience: Experience = NO_EXPERIENCE;
  let marks: Marks = NO_MARKS;
  let walls: Walls = NO_WALLS;
  const ledger = new UsageLedger();
  const offsets = new Map<number, number>();
  const common = {
    bus,
    codec,
    clock,
    onRejected: onRejected(context),
    onError: (error: unknown, at: { topic: string }) =>
      logger.warn({ topic: at.topic, error: wordsOf(error) }, 'router view'),
  };

  const opened: { close(): Promise<void> }[] = [];
  const open = async <T extends { close(): Promise<void> }>(one: Promise<T>): Promise<T> => {
    opened.push(await one);
    return one;
  };
  const close = async (): Promise<void> => {
    await Promise.all(opened.map((one) => one.close()));
  };

  const followAgents = (): Promise<Following> =>
    followAll({
      ...common,
      topic: TOPICS.agents,
      partitions: 1,
      onEvents: (_partition, followed, cursor) => {
        for (const { event } of followed) {
          const { streamId } = event.body.meta;
          if (!OF_THE_FLEET.has(streamId) && !streamId.startsWith(agentStream(''))) continue;
          const value = evolveAgent(registry.get(streamId), event);
          registry.set(streamId, value);
          if (value?.kind === 'agent' && isDeclaredAvailable(event))
            availableSince.set(value.agentId, event.body.meta.occurredAt);
          if (value?.kind === 'routing') inForce = policyInForce(value);
          if (value?.kind === 'baselines') families = value.families;
        }
        registryPosition = cursor.position;
        agents = [...registry.values()]
          .filter((v) => v?.kind === 'agent' && !v.retired && !v.left)
          .map((v) => v as AgentState)
          .map((agent) => viewOf(agent, families, availableSince.get(agent.agentId)));
        onChange();
      },
    });
  const followOutcomes = (): Promise<Following> =>
    followAll({
      ...common,
      topic: TOPICS.outcomes,
      partitions,
      onEvents: (partition, followed: readonly Followed[], cursor) => {
        const observed = followed
          .filter(({ event }) => event.type === 'OutcomeObserved')
          .map(({ event }) => ({ body: event.body as unknown as OutcomeObserved, offset: event.offset }));
        const learned = observed.map(({ body, offset }) => learnedFrom(body, partition, offset));
        if (learned.length > 0) {
          experience = rememberAll(experience, learned);
          marks = marked(marks, learned);
          walls = walled(walls, observed, partition);
          for (const { body } of observed) {
            const { agentId, finishedAt: at, usage } = body;
            // An offer that came to nothing used nothing.
            if (body.result === 'VOID' && usage === null) continue;
            const tokens = (usage?.inputTokens ?? 0) + (usage?.outputTokens ?? 0);
            ledger.add({ agentId, at, tokens, costMicros: usage?.costMicros ?? 0 });
          }
        }
        offsets.set(partition, cursor.position);
      },
    });

  const fleetOf = ({ registered, learned, presence }: Parts): FleetView => {
    const ready = Promise.all([registered.whenCaughtUp(), learned.whenCaughtUp(), presence.whenCaughtUp()]);
    return {
      agents: () => agents,
      inForce: () => inForce,
      registryPosition: () => registryPosition,
      experience: () => experience,
      marks: () => marks,
      walls: () => walls,
      ledger,
      statisticsOffsets: () =>
        [...offsets]
          .map(([partition, position]) => ({ partition, position }))
          .sort((a, b) => a.partition - b.partition),
      whenReady: async () => {
        await ready;
      },
      readiness: () => {
        const halted = [
          ...[...registered.halted()].map(([p, why]) => `${TOPICS.agents}/${p}: ${why}`),
          ...[...learned.halted()].map(([p, why]) => `${TOPICS.outcomes}/${p}: ${why}`),
        ];
        const read = registered.caughtUp && learned.caughtUp && presence.caughtUp;
        return { ready: read && halted.length === 0, detail: { viewRead: read, viewHalted: halted } };
      },
      close,
    };
  };

  try {
    const registered = await open(followAgents());
    const learned = await open(followOutcomes());
    const presence = await open(
      followPresence(context, (seen, heardAt) => {
        slots.see(seen, Math.trunc(heardAt * 1000));
        onChange();
      }),
    );
    return fleetOf({ registered, learned, presence });
  } catch (error) {
    await close();
    throw error;
  }
};

const OF_THE_FLEET: ReadonlySet<string> = new Set([ROUTING_STREAM, BASELINES_STREAM]);

const isDeclaredAvailable = ({ type, body }: LoggedEvent): boolean =>
  type === 'AgentStatusChanged' && (body as unknown as AgentStatusChanged).status === 'AVAILABLE';

/** The agent as the router sees it. @param families baselines: what is believed before there are outcomes */
export const viewOf = (
  agent: AgentState,
  families: Baselines['families'],
  availableSince: number | null = null,
): RoutableAgent => {
  const baseline = baselineOf(families, agent.modelFamily);
  const priceMicros = agent.price?.currency === 'USD' ? agent.price.perTaskMicros : null;
  return {
    agentId: agent.agentId,
    status: agent.status,
    capabilities: abilitiesOf(agent),
    taskTypes: agent.taskTypes,
    maxConcurrency: agent.maxConcurrency,
    tenant: agent.tenant,
    priceMicros,
    quotas: agent.quotas,
    prior: baseline && {
      successes: baseline.successesMilli / 1000,
      failures: baseline.failuresMilli / 1000,
    },
    expectedCostMicros: priceMicros ?? baseline?.costMicros ?? null,
    availableSince,
  };
};
