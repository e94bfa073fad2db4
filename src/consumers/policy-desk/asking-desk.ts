import type { AskRef, PolicyOrder, WaiverAwaited } from '../../events/generated/events.js';
import { TOPICS } from '../../events/topics.js';
import { micros, sleep, type Asker, type LoggedEvent } from '../../log/index.js';
import { wordsOf, type ComponentContext } from '../../platform/component.js';
import { startAsking } from '../asking.js';
import { NEUTRAL } from '../neutral.js';
import { demandFor, withdrawalOf, type Speaker } from './demands.js';

export const DEMANDS_GROUP = 'arbiter.policy-desk.demands';

const RETRY_MS = 500;

/** Answers of the desk: the task left because of them. */
const ANSWERED: ReadonlySet<string> = new Set(['WaiverApplied', 'WaiverRefused']);

interface Waiting {
  readonly ask: AskRef;
  readonly partition: number;
  readonly until: number;
}

export interface Demanding {
  readonly asker: Asker;
  stop(): Promise<void>;
}

/** Puts what tasks wait for before the desk; once it stands in the inbox, the desk sees to it. */
export const startDemanding = async (context: ComponentContext, speaker: Speaker): Promise<Demanding> => {
  const { clock, logger } = context;
  const stopping = new AbortController();
  const waiting = new Map<string, Waiting>();

  const put = async (order: PolicyOrder): Promise<void> => {
    const encoded = context.codec.encode(TOPICS.policyCommands, 'PolicyOrder', order);
    await context.publisher.publish(TOPICS.policyCommands, 0, {
      key: Buffer.from(order.commandId),
      ...encoded,
    });
  };

  /** The ask is not repeated, so it is put until it is acknowledged, or nobody waits any more. */
  const untilPut = async (order: PolicyOrder, until: number): Promise<void> => {
    while (!stopping.signal.aborted && micros(clock) < until) {
      try {
        await put(order);
        return;
      } catch (error) {
        logger.warn(
          { order: order.commandId, error: wordsOf(error) },
          'demand not acknowledged, trying again',
        );
        await sleep(clock, RETRY_MS, stopping.signal);
      }
    }
    if (stopping.signal.aborted) throw new Error('stopped before the demand was acknowledged');
  };

  /** Best effort: a demand that is not withdrawn ends by itself, at most one use poorer. */
  const withdraw = (event: LoggedEvent, { ask, until }: Waiting): void => {
    if (until <= micros(clock)) return;
    put(withdrawalOf(speaker, event, ask)).catch((error: unknown) =>
      logger.warn({ ask, error: wordsOf(error) }, 'demand not withdrawn, it ends by itself'),
    );
  };

  const observe = (event: LoggedEvent, partition: number): void => {
    const { taskId, until } = event.body as unknown as Partial<WaiverAwaited>;
    if (taskId === undefined || NEUTRAL.has(event.type)) return;
    const before = waiting.get(taskId);
    if (before !== undefined) {
      waiting.delete(taskId);
      if (!ANSWERED.has(event.type)) withdraw(event, before);
    }
    if (event.type !== 'WaiverAwaited') return;
    const ask = { offset: event.offset, eventId: event.body.meta.eventId };
    waiting.set(taskId, { ask, partition, until: until ?? 0 });
  };

  const asker = startAsking(context, {
    groupId: DEMANDS_GROUP,
    asks: ['WaiverAwaited'],
    kinds: ['WAIVE'],
    concurrency: 64,
    observe,
    onUnfollowed: (partition) => {
      for (const [taskId, one] of waiting) if (one.partition === partition) waiting.delete(taskId);
    },
    handle: (ask) => untilPut(demandFor(speaker, ask.event, ask.ref), untilOf(ask.event)),
  });
  return {
    asker: await asker,
    stop: async () => {
      stopping.abort();
      await (await asker).stop();
    },
  };
};

const untilOf = (event: LoggedEvent): number => (event.body as unknown as WaiverAwaited).until;
