import { pino } from 'pino';
import type { ProcessBus } from '../../../src/bus/memory/index.js';
import { startPolicyDesk } from '../../../src/consumers/policy-desk/index.js';
import { TOPICS } from '../../../src/events/topics.js';
import { createCheckpointStore } from '../../../src/log/index.js';
import type { AroundOwners, Component } from '../../../src/platform/component.js';
import type { Metrics } from '../../../src/platform/metrics.js';
import { createDeadLetters } from '../../../src/producers/dead-letters.js';
import { createFactPublisher } from '../../../src/producers/facts.js';
import type { SigningKey } from '../../../src/verdicts/index.js';
import { textCodec } from '../../lifecycle/support/text-codec.js';

const nothing = (): void => undefined;
/** Whatever it is told, it keeps nothing. */
const metrics = new Proxy({} as Metrics, { get: () => nothing });
const silent = pino({ level: 'silent' });

export interface DeskSeatOptions {
  readonly process: ProcessBus;
  readonly name: string;
  readonly key: SigningKey;
  readonly sessionMs: number;
  readonly aroundOwners: AroundOwners;
}

/** A policy desk in a process of its own, put together as `runtime/arbiter.ts` does it. */
export const startDesk = async (options: DeskSeatOptions): Promise<Component> => {
  const { process, name, key } = options;
  const publisher = await process.openPublisher();
  const common = { publisher, codec: textCodec, clock: process.clock };
  return startPolicyDesk(
    {
      name: 'policy-desk',
      instance: name,
      build: 'sim',
      bus: process,
      ...common,
      random: () => 0.5,
      partitions: 1,
      facts: createFactPublisher({
        ...common,
        component: 'policy-desk',
        instance: name,
        build: 'sim',
        partitions: 1,
      }),
      deadLetters: createDeadLetters({ ...common, component: 'policy-desk', partitions: 1 }),
      checkpoints: createCheckpointStore({
        bus: process,
        publisher: await process.openPublisher(),
        topic: TOPICS.checkpoints,
        partitions: 1,
        pause: () => Promise.resolve(),
        onError: nothing,
      }),
      logger: silent,
      metrics,
      sessionTimeoutMs: options.sessionMs,
      aroundOwners: options.aroundOwners,
    },
    { key },
  );
};
