import { wordsOf, type Component, type ComponentContext } from '../platform/component.js';
import { PROJECTOR_GROUP, startProjector, type ProjectorObserver } from '../projections/index.js';

/** What goes wrong in a projection, in the log and the metrics of the process. */
const projectorObserver = ({ logger, metrics, name }: ComponentContext): ProjectorObserver => ({
  applied: ({ projection }, events, milliseconds) => {
    metrics.handled(name, projection, 'applied', events);
    if (events > 0) metrics.took(name, projection, milliseconds);
  },
  rejected: ({ topic }, reason) => metrics.recordRejected(topic, reason),
  unknown: (at, fullName) => logger.debug({ ...at, fullName }, 'an event type that this build does not know'),
  parked: (at, stream) => {
    metrics.streamParked(name);
    metrics.handled(name, at.projection, 'parked');
    logger.error({ ...at, ...stream }, 'a stream that could not be folded is left out of the view');
  },
  trouble: (at, error) => {
    metrics.handled(name, at.projection, 'failed');
    logger.warn({ ...at, error: wordsOf(error) }, 'a projection waits and goes on');
  },
  halted: (at, error) => logger.error({ ...at, error: wordsOf(error) }, 'a projection stands still'),
});

/** The projectors as a component of a process. */
export const startProjections = async (
  context: ComponentContext,
  databaseUrl: string,
): Promise<Component> => {
  const { bus, codec, clock, sessionTimeoutMs, name } = context;
  const observer = projectorObserver(context);
  const projector = await startProjector({ bus, codec, databaseUrl, clock, sessionTimeoutMs, observer });
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
