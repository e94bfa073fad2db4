import { TOPICS } from '../../src/events/topics.js';
import type { OutcomeObserved, TaskRouted } from '../../src/events/generated/events.js';
import { followAll, systemClock, type LoggedEvent } from '../../src/log/index.js';
import { connect, type Endpoints } from '../../src/runtime/index.js';

/** How an agent fared with one type of task, in these tasks alone. */
export interface Share {
  readonly agentId: string;
  readonly taskType: string;
  chosen: number;
  successes: number;
  failures: number;
  /** Probability with which it was drawn, the last time it was; when that was, µs since the epoch. */
  lastPropensity: number;
  lastAt: number;
}

const PATIENCE_MS = 15_000;

/**
 * The routing of these tasks, read from the logs themselves through the acceptance fold: every `TaskRouted` is a choice, and each
 * has one `OutcomeObserved`, which is waited for.
 */
export const routingShares = async (
  endpoints: Endpoints,
  taskIds: ReadonlySet<string>,
): Promise<readonly Share[]> => {
  const connection = await connect(endpoints, 'demo');
  const shares = new Map<string, Share>();
  const shareOf = (agentId: string, taskType: string): Share => {
    const key = `${taskType}\n${agentId}`;
    const known = shares.get(key);
    if (known !== undefined) return known;
    const fresh = { agentId, taskType, chosen: 0, successes: 0, failures: 0, lastPropensity: 0, lastAt: 0 };
    shares.set(key, fresh);
    return fresh;
  };
  let [chosen, observed] = [0, 0];
  const read = (event: LoggedEvent): void => {
    if (!taskIds.has(event.body['taskId'] as string)) return;
    if (event.type === 'TaskRouted') {
      const { agentId, decision, meta } = event.body as unknown as TaskRouted;
      const share = shareOf(agentId, decision.taskType);
      share.chosen++;
      if (meta.occurredAt >= share.lastAt) {
        share.lastAt = meta.occurredAt;
        share.lastPropensity = decision.propensity;
      }
      chosen++;
    }
    if (event.type === 'OutcomeObserved') {
      const { agentId, taskType, result } = event.body as unknown as OutcomeObserved;
      const share = shareOf(agentId, taskType);
      if (result === 'SUCCESS') share.successes++;
      if (result === 'FAILURE') share.failures++;
      observed++;
    }
  };
  try {
    const { partitions } = await connection.bus.admin.describeTopic(TOPICS.tasks);
    const follow = (topic: string): ReturnType<typeof followAll> =>
      followAll({
        bus: connection.bus,
        codec: connection.logCodec,
        clock: systemClock,
        topic,
        partitions,
        onEvents: (_partition, followed) => followed.forEach(({ event }) => read(event)),
        onRejected: () => undefined,
        onError: () => undefined,
      });
    const logs = await Promise.all([follow(TOPICS.tasks), follow(TOPICS.outcomes)]);
    try {
      await Promise.all(logs.map((log) => log.whenCaughtUp()));
      const end = Date.now() + PATIENCE_MS;
      while (observed < chosen && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 50));
    } finally {
      await Promise.all(logs.map((log) => log.close()));
    }
  } finally {
    await connection.close();
  }
  return [...shares.values()].sort((a, b) =>
    `${a.taskType}/${a.agentId}` < `${b.taskType}/${b.agentId}` ? -1 : 1,
  );
};
