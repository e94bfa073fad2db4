import { BusError, keyOf, type Group, type TopicPartition } from '../../bus/port.js';
import { TOPICS } from '../../events/topics.js';
import { openFeeds, sleep } from '../../log/index.js';
import { wordsOf, type Component, type ComponentContext } from '../../platform/component.js';
import { jointCommit, type Commit } from './joint-commit.js';
import { Lane } from './lane.js';

export const INTAKE_GROUP = 'arbiter.intake';
export const EDGE_TOPICS = [TOPICS.taskRequests, TOPICS.commands, TOPICS.agentReports] as const;

const TRY_AGAIN_MS = 500;

const notAssigned = (): BusError =>
  new BusError('NOT_A_MEMBER', 'partitions are not assigned to this process just now', true);

/**
 * Intake: decodes, checks shape, size and id patterns, re-keys by task. Stateless: it commits an offset only after the
 * facts up to it are acknowledged, so that its committed offsets say how far the edge has been taken in (law 7).
 */
export const startIntake = async (context: ComponentContext): Promise<Component> => {
  const { bus, clock, logger } = context;
  const feeds = await openFeeds(bus);
  const lanes = new Map<string, Lane>();
  const membership: { group?: Group } = {};
  const stopping = new AbortController();
  let wanted: readonly TopicPartition[] | undefined;
  let following: readonly TopicPartition[] | undefined;

  const begin = async (partitions: readonly TopicPartition[]): Promise<void> => {
    const mine = new Set(partitions.map(keyOf));
    for (const [key, lane] of lanes) {
      if (mine.has(key)) continue;
      lane.stop();
      lanes.delete(key);
    }
    for (const topic of EDGE_TOPICS) {
      const missing = partitions.filter((p) => p.topic === topic && !lanes.has(keyOf(p)));
      if (missing.length === 0) continue;
      const [committed, first] = await Promise.all([
        bus.admin.committed(INTAKE_GROUP, topic),
        bus.admin.beginOffsets(topic),
      ]);
      for (const at of missing) {
        const position = committed[at.partition]?.offset ?? first[at.partition] ?? 0;
        const open = (from: number, wake: () => void) => feeds.openEdge(at, from, wake);
        const lane = new Lane({ context, at, position, open, commit });
        lanes.set(keyOf(at), lane);
        void lane.run();
      }
    }
  };

  /**
   * Commits of one assignment. An offset of a partition that is another member's by now could set his back, and timers would
   * wait for it for ever: so what was asked for under an assignment is not sent under the next.
   */
  const commitsUnder = (partitions: readonly TopicPartition[]): Commit =>
    jointCommit(async (offsets) => {
      const { group } = membership;
      if (group === undefined || wanted !== partitions || following !== partitions) throw notAssigned();
      await group.commit(offsets);
    });
  let joint: Commit | undefined;
  const commit: Commit = (at, position) => {
    const isMine = membership.group?.assigned.some((one) => keyOf(one) === keyOf(at)) ?? false;
    return joint === undefined || !isMine ? Promise.reject(notAssigned()) : joint(at, position);
  };

  /** Until the assignment is followed, or another has come: a broker that is away for a moment must not leave the edge unread. */
  const reconcile = async (partitions: readonly TopicPartition[]): Promise<void> => {
    while (wanted === partitions && !stopping.signal.aborted) {
      try {
        await begin(partitions);
        following = partitions;
        joint = commitsUnder(partitions);
        return;
      } catch (error) {
        logger.warn({ error: wordsOf(error) }, 'intake could not begin, trying again');
        await sleep(clock, TRY_AGAIN_MS, stopping.signal);
      }
    }
  };

  let last: Promise<void> = Promise.resolve();
  membership.group = await bus
    .joinGroup({
      groupId: INTAKE_GROUP,
      topics: EDGE_TOPICS,
      sessionTimeoutMs: context.sessionTimeoutMs,
      onAssigned: (partitions) => {
        wanted = partitions;
        last = last.then(() => reconcile(partitions));
      },
      onError: (error, fatal) => logger.error({ error: error.message, fatal }, 'intake lost its group'),
    })
    .catch(async (error: unknown) => {
      await feeds.close();
      throw error;
    });

  return {
    name: context.name,
    readiness: () => {
      const unread = [...lanes].filter(([, { trouble }]) => trouble !== undefined);
      const behind = [...lanes.values()].filter((lane) => !lane.caughtUp).length;
      const ready = following !== undefined && following === wanted && behind === 0;
      const detail = { partitions: lanes.size, behind, assigned: following !== undefined };
      if (unread.length === 0) return { ready, detail };
      const unreadable = Object.fromEntries(unread.map(([key, { trouble }]) => [key, trouble]));
      return { ready, detail: { ...detail, unreadable } };
    },
    observe: (metrics) => {
      const all = [...lanes];
      metrics.queueDepth(
        'intake',
        all.reduce((sum, [, lane]) => sum + lane.queued, 0),
      );
      for (const [key, { lag }] of all) {
        const [topic = '', partition = ''] = key.split('/');
        metrics.lag(INTAKE_GROUP, topic, Number(partition), lag);
      }
    },
    get lastHeartbeatAt() {
      return membership.group?.lastHeartbeatAt ?? 0;
    },
    stop: async () => {
      stopping.abort();
      await last;
      await Promise.all([...lanes.values()].map((lane) => lane.finish()));
      await membership.group?.leave();
      await feeds.close();
    },
  };
};
