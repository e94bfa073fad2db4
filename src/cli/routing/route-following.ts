import type { OutcomeObserved, TaskRouted } from '../../events/generated/events.js';
import { TOPICS } from '../../events/topics.js';
import type { LoggedDecision } from '../../consumers/router/route-log.js';
import type { Timeline, Vector } from '../../routing/recorded/index.js';
import { withSession } from '../session.js';
import { untilInterrupted } from '../signals.js';

/**
 * Follows the decisions that come from now on, until interrupted. Outcomes are read from their beginning into `known`; a decision is told
 * when everything it rested on has been read.
 */
export const followDecisions = (
  known: Timeline,
  onDecision: (decision: LoggedDecision) => void,
): Promise<void> =>
  withSession(async ({ connection: { bus, logCodec }, queries }) => {
    const [{ followAll, systemClock }, { decisionFrom }, { learnedFrom }] = await Promise.all([
      import('../../log/index.js'),
      import('../../consumers/router/route-log.js'),
      import('../../consumers/router/learning.js'),
    ]);
    const [tasks, outcomes, from] = await Promise.all([
      bus.admin.describeTopic(TOPICS.tasks),
      bus.admin.describeTopic(TOPICS.outcomes),
      queries.cursors(TOPICS.tasks),
    ]);
    const positions = new Map<number, number>();
    let waiting: LoggedDecision[] = [];
    const isKnown = (vector: Vector): boolean =>
      vector.every(({ partition, position }) => position <= (positions.get(partition) ?? 0));
    const tell = (): void => {
      const now = waiting.filter(({ decision }) => isKnown(decision.statisticsOffsets));
      if (now.length === 0) return;
      waiting = waiting.filter((one) => !now.includes(one));
      for (const one of now) onDecision(one);
    };
    let fail: (error: unknown) => void = () => undefined;
    const failed = new Promise<never>((_resolve, reject) => (fail = reject));
    const common = {
      bus,
      codec: logCodec,
      clock: systemClock,
      onRejected: () => undefined,
      onError: (error: unknown) => {
        if (error instanceof Error && error.name === 'LogBroken') fail(error);
      },
    };
    const learned = await followAll({
      ...common,
      topic: TOPICS.outcomes,
      partitions: outcomes.partitions,
      onEvents: (partition, followed, cursor) => {
        known.add(
          followed
            .filter(({ event }) => event.type === 'OutcomeObserved')
            .map(({ event }) =>
              learnedFrom(event.body as unknown as OutcomeObserved, partition, event.offset),
            ),
        );
        positions.set(partition, cursor.position);
        tell();
      },
    });
    const routed = await followAll({
      ...common,
      topic: TOPICS.tasks,
      partitions: tasks.partitions,
      from,
      onEvents: (partition, followed) => {
        for (const { event } of followed)
          if (event.type === 'TaskRouted')
            waiting.push(decisionFrom(event.body as unknown as TaskRouted, partition, event.offset, null));
        tell();
      },
    });
    try {
      await Promise.race([untilInterrupted(), failed]);
    } finally {
      await Promise.all([learned.close(), routed.close()]);
    }
  });
