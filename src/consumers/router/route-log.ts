import {
  evolveAgent,
  ROUTING_STREAM,
  type RegistryValue,
  type RoutingPolicyState,
} from '../../aggregates/agent/index.js';
import { partitionFor } from '../../bus/partition.js';
import type { Bus } from '../../bus/port.js';
import type { LogMeta, OutcomeObserved, TaskRouted } from '../../events/generated/events.js';
import { TOPICS, type TopicName } from '../../events/topics.js';
import { accept, LogBroken, NOTHING_ACCEPTED, type LogCodec, type LoggedEvent } from '../../log/index.js';
import { stampOf } from '../../log/stamp.js';
import type { PolicyOutcome } from '../../routing/index.js';
import type { Judged, RecordedDecision, Vector } from '../../routing/recorded/index.js';
import { decisionId, learnedFrom } from './learning.js';
import { policyInForce, type PolicyInForce } from './policy-in-force.js';

/** Where the log is read from. */
export interface Source {
  readonly bus: Bus;
  readonly codec: LogCodec;
}

/** A decision of the log: what was asked, what was decided, and what came of it. */
export interface LoggedDecision extends Judged {
  readonly partition: number;
  /** offset of its TaskRouted: the fencing token */
  readonly token: number;
  /** µs */
  readonly decidedAt: number;
  readonly text: string;
  readonly event: TaskRouted;
}

export interface RouteLog {
  /** In the order in which they were decided: (decidedAt, partition, offset). */
  readonly decisions: readonly LoggedDecision[];
  readonly outcomes: readonly PolicyOutcome[];
}

/** The accepted events of one partition of an owned log in order, up to `to` or its end as of now (law 3). */
export async function* acceptedEvents(
  { bus, codec }: Source,
  topic: TopicName,
  partition: number,
  to?: number,
): AsyncGenerator<LoggedEvent> {
  let acceptance = NOTHING_ACCEPTED;
  for await (const { records } of bus.readRange({ topic, partition }, 0, to)) {
    for (const record of records) {
      const decoded = await codec.decode(record);
      const stamp = stampOf(decoded);
      if (stamp === undefined) continue;
      const result = accept(acceptance, stamp, record.offset);
      if (result.kind === 'broken') throw new LogBroken('LOG_BROKEN', topic, partition, result.message);
      if (result.kind !== 'accepted') continue;
      acceptance = result.next;
      if (decoded.kind === 'event' && decoded.name !== 'Claimed')
        yield {
          type: decoded.name,
          offset: record.offset,
          body: decoded.record as unknown as LoggedEvent['body'],
        };
    }
  }
}

/** Every decision that the tasks log holds, with its outcome, and every outcome for the learner. */
export const readRouteLog = async (source: Source): Promise<RouteLog> => {
  const [tasks, observed] = await Promise.all([
    inEvery(source, TOPICS.tasks, 'TaskRouted'),
    inEvery(source, TOPICS.outcomes, 'OutcomeObserved'),
  ]);
  const outcomes = observed.map(({ partition, event }) =>
    learnedFrom(event.body as unknown as OutcomeObserved, partition, event.offset),
  );
  const rewards = new Map(outcomes.map((one) => [one.decisionId, rewardOf(one)]));
  const decisions = tasks
    .map(({ partition, event }) => {
      const routed = event.body as unknown as TaskRouted;
      const reward = rewards.get(decisionId(partition, event.offset)) ?? null;
      return decisionFrom(routed, partition, event.offset, reward);
    })
    .sort((a, b) => a.decidedAt - b.decidedAt || a.partition - b.partition || a.token - b.token);
  return { decisions, outcomes };
};

export const decisionFrom = (
  routed: TaskRouted,
  partition: number,
  token: number,
  reward: 0 | 1 | null,
): LoggedDecision => {
  const meta: LogMeta = routed.meta;
  // A decision of an older build does not name the tenant; its event does.
  const tenant = routed.decision.tenant === '' ? meta.tenant : routed.decision.tenant;
  const decision: RecordedDecision = { ...routed.decision, tenant, attempt: routed.attempt };
  return {
    partition,
    token,
    decidedAt: meta.occurredAt,
    taskId: routed.taskId,
    decision,
    chosen: routed.agentId,
    reward,
    text: routed.decision.text,
    event: routed,
  };
};

/** What says nothing about the agent is no reward, neither way. */
export const rewardOf = ({ result }: PolicyOutcome): 0 | 1 | null =>
  result === 'SUCCESS' ? 1 : result === 'FAILURE' ? 0 : null;

const inEvery = async (
  source: Source,
  topic: TopicName,
  type: string,
): Promise<{ readonly partition: number; readonly event: LoggedEvent }[]> => {
  const { partitions } = await source.bus.admin.describeTopic(topic);
  const found: { partition: number; event: LoggedEvent }[] = [];
  for (let partition = 0; partition < partitions; partition += 1) {
    for await (const event of acceptedEvents(source, topic, partition))
      if (event.type === type) found.push({ partition, event });
  }
  return found;
};

/** The policy that the agents log sets, as a router would take it. */
export const readPolicyInForce = async (
  source: Source,
): Promise<{ readonly state: RoutingPolicyState | undefined; readonly inForce: PolicyInForce }> => {
  let value: RegistryValue | undefined;
  for await (const event of acceptedEvents(source, TOPICS.agents, 0))
    if (event.body.meta.streamId === ROUTING_STREAM) value = evolveAgent(value, event);
  const state = value?.kind === 'routing' ? value : undefined;
  return { state, inForce: policyInForce(state) };
};

/** The decisions about one task, in order. */
export const readDecisions = async (source: Source, taskId: string): Promise<readonly LoggedDecision[]> => {
  const { partitions } = await source.bus.admin.describeTopic(TOPICS.tasks);
  const partition = partitionFor(taskId, partitions);
  const found: LoggedDecision[] = [];
  for await (const { type, offset, body } of acceptedEvents(source, TOPICS.tasks, partition)) {
    const routed = body as unknown as TaskRouted;
    if (type === 'TaskRouted' && routed.taskId === taskId)
      found.push(decisionFrom(routed, partition, offset, null));
  }
  return found;
};

/** The outcomes below a vector. */
export const readOutcomes = async (source: Source, vector: Vector): Promise<readonly PolicyOutcome[]> => {
  const found: PolicyOutcome[] = [];
  for (const { partition, position } of vector) {
    for await (const { type, offset, body } of acceptedEvents(source, TOPICS.outcomes, partition, position))
      if (type === 'OutcomeObserved')
        found.push(learnedFrom(body as unknown as OutcomeObserved, partition, offset));
  }
  return found;
};
