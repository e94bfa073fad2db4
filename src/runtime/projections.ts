import type { Component, ComponentContext } from '../platform/component.js';
import { PROJECTOR_GROUP, startProjector } from '../projections/index.js';

/** The projectors as a component of a process. */
export const startProjections = async (
  context: ComponentContext,
  databaseUrl: string,
): Promise<Component> => {
  const { bus, codec, clock, sessionTimeoutMs, name } = context;
  const projector = await startProjector({ bus, codec, databaseUrl, clock, sessionTimeoutMs });
  return {
    name,
    readiness: () => {
      const lag = projector.lag();
      const halted = lag.filter((one) => one.halted).map(({ topic, partition }) => `${topic}/${partition}`);
      return { ready: projector.ready && halted.length === 0, detail: { partitions: lag.length, halted } };
    },
    observe: (metrics) => {
      for (const { topic, partition, position, end } of projector.lag())
        metrics.lag(PROJECTOR_GROUP, topic, partition, { position, end: Math.max(position, end) });
    },
    get lastHeartbeatAt() {
      return projector.lastHeartbeatAt;
    },
    stop: () => projector.stop(),
  };
};
