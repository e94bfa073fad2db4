import type { Group, TopicPartition } from '../bus/port.js';
import type { DerivedIndex } from './domain.js';
import { openFeeds } from './feed.js';
import { PartitionOwner, type OwnerOptions, type OwnerLimits } from './owner.js';
import type { OwnerStatus } from './observer.js';

export interface OwnersOptions<Value, Index extends DerivedIndex<Value>, Record_> extends Omit<
  OwnerOptions<Value, Index, Record_>,
  'log' | 'inbox' | 'feeds' | 'confirmMembership' | 'lookAhead' | 'afterDecision' | 'limits' | 'topicIds'
> {
  readonly groupId: string;
  readonly inboxTopic: string;
  readonly logTopic: string;
  readonly sessionTimeoutMs?: number;
  readonly limits: OwnerLimits;
  readonly maxQueued?: number;
  /** What differs by partition: made anew at each takeover of a partition. */
  perPartition?(partition: number): Pick<OwnerOptions<Value, Index, Record_>, 'lookAhead' | 'afterDecision'>;
}

/** The owners of one component in one process. */
export interface Owners {
  readonly groupId: string;
  /** Status by partition, for readiness. */
  statuses(): ReadonlyMap<number, { readonly status: OwnerStatus; readonly caughtUp: boolean }>;
  readonly assigned: boolean;
  readonly lastHeartbeatAt: number;
  stop(): Promise<void>;
}

/** Joins the group of the inbox and owns the log partitions of the inbox partitions it is given (law 2). */
export const startOwners = async <Value, Index extends DerivedIndex<Value>, Record_>(
  options: OwnersOptions<Value, Index, Record_>,
): Promise<Owners> => {
  const { bus, inboxTopic, logTopic } = options;
  const feeds = await openFeeds(bus, options.maxQueued);
  const [log, inbox] = await Promise.all([
    bus.admin.describeTopic(logTopic),
    bus.admin.describeTopic(inboxTopic),
  ]);
  const topicIds = { log: log.topicId, inbox: inbox.topicId };
  const running = new Map<number, { owner: PartitionOwner<Value, Index, Record_>; done: Promise<void> }>();
  const membership: { group?: Group } = {};
  let everAssigned = false;

  const start = (partition: number): void => {
    const owner = new PartitionOwner<Value, Index, Record_>({
      ...options,
      ...options.perPartition?.(partition),
      log: { topic: logTopic, partition },
      inbox: { topic: inboxTopic, partition },
      topicIds,
      feeds,
      confirmMembership: () => membership.group?.confirm() ?? Promise.resolve(),
    });
    running.set(partition, { owner, done: owner.run() });
  };

  const stop = async (partition: number): Promise<void> => {
    const found = running.get(partition);
    if (found === undefined) return;
    found.owner.stop();
    running.delete(partition);
    await found.done;
  };

  let last: Promise<unknown> = Promise.resolve();
  const assign = (partitions: readonly TopicPartition[]): void => {
    const mine = new Set(partitions.map((p) => p.partition));
    everAssigned = true;
    const leaving = [...running.keys()].filter((p) => !mine.has(p)).map(stop);
    last = Promise.all([last, ...leaving]).then(() => {
      for (const partition of mine) if (!running.has(partition)) start(partition);
    });
  };

  membership.group = await bus.joinGroup({
    groupId: options.groupId,
    topics: [inboxTopic],
    ...(options.sessionTimeoutMs === undefined ? {} : { sessionTimeoutMs: options.sessionTimeoutMs }),
    onAssigned: assign,
    // Who is in doubt goes on: the log decides, and a kept partition need not be claimed again.
    onRevoked: () => undefined,
    onError: (error, fatal) => {
      for (const partition of running.keys())
        options.observer.doubtful({ topic: logTopic, partition }, error);
      if (fatal) for (const partition of running.keys()) void stop(partition);
    },
  });

  return {
    groupId: options.groupId,
    statuses: () =>
      new Map([...running].map(([p, { owner }]) => [p, { status: owner.status, caughtUp: owner.caughtUp }])),
    get assigned() {
      return everAssigned;
    },
    get lastHeartbeatAt() {
      return membership.group?.lastHeartbeatAt ?? 0;
    },
    stop: async () => {
      await last;
      await Promise.all([...running.keys()].map(stop));
      await membership.group?.leave();
      await feeds.close();
    },
  };
};
