import type { Group } from '../bus/port.js';
import type { DerivedIndex } from './domain.js';
import { openFeeds } from './feed.js';
import type { OwnerStatus } from './observer.js';
import type { OwnerLimits, OwnerOptions } from './owner-options.js';
import { PartitionOwner } from './owner.js';

export interface OwnersOptions<Value, Index extends DerivedIndex<Value>, Record_> extends Omit<
  OwnerOptions<Value, Index, Record_>,
  'log' | 'inbox' | 'feeds' | 'confirmMembership' | 'lookAhead' | 'afterDecision' | 'limits' | 'topicIds'
> {
  readonly groupId: string;
  readonly inboxTopic: string;
  readonly logTopic: string;
  readonly sessionTimeoutMs?: number;
  readonly limits: OwnerLimits;
  /** What differs by partition: made anew at each takeover of a partition. */
  perPartition?(partition: number): Pick<OwnerOptions<Value, Index, Record_>, 'lookAhead' | 'afterDecision'>;
}

/** The owners of one component in one process. */
export interface Owners<Index> {
  /** Status by partition, for readiness. */
  statuses(): ReadonlyMap<
    number,
    {
      readonly status: OwnerStatus;
      readonly caughtUp: boolean;
      readonly lag: { readonly position: number; readonly end: number } | undefined;
    }
  >;
  /** The indexes of the partitions that are owned now. */
  indexes(): readonly Index[];
  /** The partitions of the latest assignment, all of which are to be owned. */
  readonly wanted: ReadonlySet<number>;
  readonly assigned: boolean;
  readonly lastHeartbeatAt: number;
  stop(): Promise<void>;
}

/** Joins the group of the inbox and owns the log partitions of the inbox partitions it is given (law 2). */
export const startOwners = async <Value, Index extends DerivedIndex<Value>, Record_>(
  options: OwnersOptions<Value, Index, Record_>,
): Promise<Owners<Index>> => {
  const { bus, inboxTopic, logTopic } = options;
  const [log, inbox] = await Promise.all([
    bus.admin.describeTopic(logTopic),
    bus.admin.describeTopic(inboxTopic),
  ]);
  const feeds = await openFeeds(bus);
  const topicIds = { log: log.topicId, inbox: inbox.topicId };
  const running = new Map<number, { owner: PartitionOwner<Value, Index, Record_>; done: Promise<void> }>();
  const membership: { group?: Group } = {};
  let everAssigned = false;
  let closed = false;

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

  let wanted: ReadonlySet<number> = new Set();
  let last: Promise<unknown> = Promise.resolve();
  /** One at a time, and to what is wanted now: assignments may come faster than owners stop. */
  const reconcile = async (): Promise<void> => {
    await Promise.all([...running.keys()].filter((p) => !wanted.has(p)).map(stop));
    for (const partition of wanted) if (!running.has(partition)) start(partition);
  };
  const want = (partitions: Iterable<number>): Promise<unknown> => {
    wanted = new Set(partitions);
    return (last = last.then(reconcile));
  };

  const joining = bus.joinGroup({
    groupId: options.groupId,
    topics: [inboxTopic],
    ...(options.sessionTimeoutMs === undefined ? {} : { sessionTimeoutMs: options.sessionTimeoutMs }),
    onAssigned: (partitions) => {
      if (closed) return;
      everAssigned = true;
      void want(partitions.map((p) => p.partition));
    },
    // Who is in doubt goes on: the log decides, and a kept partition need not be claimed again.
    onError: (error, fatal) => {
      for (const partition of running.keys())
        options.observer.doubtful({ topic: logTopic, partition }, error);
      if (fatal) void want([]);
    },
  });
  membership.group = await joining.catch(async (error: unknown) => {
    await feeds.close();
    throw error;
  });

  return {
    statuses: () =>
      new Map(
        [...running].map(([p, { owner }]) => [
          p,
          { status: owner.status, caughtUp: owner.caughtUp, lag: owner.lag },
        ]),
      ),
    indexes: () =>
      [...running.values()].flatMap(({ owner }) =>
        owner.status === 'owning' ? [owner.fold.state.index] : [],
      ),
    get wanted() {
      return wanted;
    },
    get assigned() {
      return everAssigned;
    },
    get lastHeartbeatAt() {
      return membership.group?.lastHeartbeatAt ?? 0;
    },
    stop: async () => {
      closed = true;
      await want([]);
      await membership.group?.leave();
      await feeds.close();
    },
  };
};
