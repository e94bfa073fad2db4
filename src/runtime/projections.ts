import type { Component, ComponentContext } from '../platform/component.js';
import { PROJECTOR_GROUP, startProjector } from '../projections/index.js';

/** The projectors as a component of a process. */
export const startProjections = async (
  context: ComponentContext,
  databaseUrl: string,
): Promise<Component> => {
  const { bus, codec, clock, sessionTimeoutMs, metrics, name } = context;
  const projector = await startProjector({ bus, codec, databaseUrl, clock, sessionTimeoutMs });
  return {
    name,
    readiness: () => {
      const lag = projector.lag();
      for (const one of lag) metrics.lag(PROJECTOR_GROUP, one.topic, one.partition, one.records);
      return { ready: projector.ready, detail: { partitions: lag.length } };
    },
    get lastHeartbeatAt() {
      return projector.lastHeartbeatAt;
    },
    stop: () => projector.stop(),
  };
};
