import { BASELINES_STREAM, evolveAgent, type RegistryValue } from '../../aggregates/agent/index.js';
import type { ModelPrior, VocabularyKind } from '../../events/generated/events.js';
import { TOPICS } from '../../events/topics.js';
import { followAll, systemClock } from '../../log/index.js';
import type { Session } from '../session.js';

/** The registry as its log has it now: for what no view shows. */
export interface RegistryRead {
  /** Words added to a vocabulary. */
  words(kind: VocabularyKind): readonly string[];
  families(): Readonly<Record<string, ModelPrior>>;
}

/** Folds arbiter.agents from its beginning to its end. Rejects where the log is broken. */
export const readRegistry = async ({ connection }: Session): Promise<RegistryRead> => {
  const values = new Map<string, RegistryValue | undefined>();
  const following = await followAll({
    bus: connection.bus,
    codec: connection.logCodec,
    clock: systemClock,
    topic: TOPICS.agents,
    partitions: 1,
    onEvents: (_partition, followed) => {
      for (const { event } of followed) {
        const { streamId } = event.body.meta;
        values.set(streamId, evolveAgent(values.get(streamId), event));
      }
    },
    onRejected: () => undefined,
    onError: () => undefined,
  });
  try {
    await following.whenCaughtUp();
  } finally {
    await following.close();
  }
  return {
    words: (kind) => {
      const value = values.get(`vocabulary/${kind}`);
      return value?.kind === 'vocabulary' ? value.words : [];
    },
    families: () => {
      const value = values.get(BASELINES_STREAM);
      return value?.kind === 'baselines' ? value.families : {};
    },
  };
};
