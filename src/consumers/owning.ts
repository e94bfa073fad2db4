import type { DerivedIndex, Owners, OwnersOptions } from '../log/index.js';
import { OWNER_LIMITS, startOwners } from '../log/index.js';
import { ownerObserver, type Component, type ComponentContext } from '../platform/component.js';

type Own<Value, Index extends DerivedIndex<Value>, Record_> = Pick<
  OwnersOptions<Value, Index, Record_>,
  'groupId' | 'inboxTopic' | 'logTopic' | 'inboxOwned' | 'domain' | 'gate' | 'perPartition'
> & { readonly partitions?: number; readonly graceMs?: number; readonly checkpointEvery?: number };

/** Starts a component that owns the partitions of a log (laws 2 to 5). */
export const startOwning = async <Value, Index extends DerivedIndex<Value>, Record_>(
  context: ComponentContext,
  options: Own<Value, Index, Record_>,
): Promise<Component> => {
  const { graceMs, checkpointEvery, ...own } = options;
  const owners = await startOwners<Value, Index, Record_>({
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
  });
  return asOwningComponent(context, owners);
};

const asOwningComponent = (context: ComponentContext, owners: Owners): Component => ({
  name: context.name,
  readiness: () => {
    const statuses = [...owners.statuses()];
    const behind = statuses.filter(([, { status, caughtUp }]) => status !== 'owning' || !caughtUp);
    return {
      ready: owners.assigned && behind.length === 0,
      detail: { partitions: Object.fromEntries(statuses.map(([p, { status }]) => [p, status])) },
    };
  },
  get lastHeartbeatAt() {
    return owners.lastHeartbeatAt;
  },
  stop: () => owners.stop(),
});
