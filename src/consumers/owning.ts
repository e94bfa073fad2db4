import type { DerivedIndex, Owners, OwnersOptions } from '../log/index.js';
import { OWNER_LIMITS, startOwners } from '../log/index.js';
import type { Metrics } from '../platform/metrics.js';
import { ownerObserver, type Component, type ComponentContext } from '../platform/component.js';

type Own<Value, Index extends DerivedIndex<Value>, Record_> = Pick<
  OwnersOptions<Value, Index, Record_>,
  'groupId' | 'inboxTopic' | 'logTopic' | 'inboxOwned' | 'domain' | 'gate' | 'perPartition' | 'afterAppend'
> & {
  readonly partitions?: number;
  readonly graceMs?: number;
  readonly checkpointEvery?: number;
  /** Sets gauges from the indexes of the partitions that this process owns. */
  readonly observeIndexes?: (metrics: Metrics, indexes: readonly Index[]) => void;
};

type Named = Pick<OwnersOptions<never, never, never>, 'groupId' | 'inboxTopic' | 'logTopic'>;

/** Starts a component that owns the partitions of a log (laws 2 to 5). */
export const startOwning = async <Value, Index extends DerivedIndex<Value>, Record_>(
  context: ComponentContext,
  options: Own<Value, Index, Record_>,
): Promise<Component> => {
  const { graceMs, checkpointEvery, observeIndexes, ...own } = options;
  const given: OwnersOptions<Value, Index, Record_> = {
    partitions: context.partitions,
    ...own,
    owner: context.name,
    instance: context.instance,
    build: context.build,
    bus: context.bus,
    codec: context.codec,
    clock: context.clock,
    random: context.random,
    checkpoints: context.checkpoints,
    sessionTimeoutMs: context.sessionTimeoutMs,
    observer: ownerObserver(context),
    limits: {
      ...OWNER_LIMITS,
      ...(graceMs === undefined ? {} : { graceMs }),
      ...(checkpointEvery === undefined ? {} : { checkpointEvery }),
    },
  };
  const owners = await startOwners(context.aroundOwners?.(given) ?? given);
  return asOwningComponent(context, owners, options, (metrics) =>
    observeIndexes?.(metrics, owners.indexes()),
  );
};

const asOwningComponent = (
  context: ComponentContext,
  owners: Owners<unknown>,
  options: Named,
  observeIndexes: (metrics: Metrics) => void,
): Component => {
  /** Partitions that have been caught up since they were taken over: who works at the head is always a little behind. */
  const reachedEnd = new Set<number>();
  return {
    name: context.name,
    readiness: () => {
      const statuses = owners.statuses();
      for (const [partition, { status, caughtUp }] of statuses) {
        if (status !== 'owning') reachedEnd.delete(partition);
        else if (caughtUp) reachedEnd.add(partition);
      }
      for (const partition of reachedEnd) if (!statuses.has(partition)) reachedEnd.delete(partition);
      const behind = [...owners.wanted].filter((partition) => !reachedEnd.has(partition));
      const detail = {
        assigned: owners.assigned,
        partitions: Object.fromEntries([...statuses].map(([p, { status }]) => [p, status])),
        halted: [...statuses].flatMap(([p, { status }]) =>
          status === 'halted' ? [`${options.logTopic}/${p}`] : [],
        ),
        behind,
      };
      return { ready: owners.assigned && behind.length === 0, detail };
    },
    observe: (metrics) => {
      observeIndexes(metrics);
      for (const [partition, { lag }] of owners.statuses()) {
        if (lag !== undefined) metrics.lag(options.groupId, options.inboxTopic, partition, lag);
      }
    },
    get lastHeartbeatAt() {
      return owners.lastHeartbeatAt;
    },
    stop: () => owners.stop(),
  };
};
