import type { AskKind, LogMeta } from '../events/generated/events.js';
import { TOPICS } from '../events/topics.js';
import { startAsker, type Ask, type Asker, type AskerOptions, type LoggedEvent } from '../log/index.js';
import { onRejected, wordsOf, type Component, type ComponentContext } from '../platform/component.js';
import type { FactHead } from '../producers/facts.js';

/** Events of the tasks log that leave a pending ask as it is. */
export const NEUTRAL: readonly string[] = [
  'AskRepeated',
  'LeaseRenewed',
  'CommandRefused',
  'CommandRemembered',
  'RequestRefused',
];

export interface AskingOptions extends Pick<
  AskerOptions,
  'asks' | 'concurrency' | 'handle' | 'observe' | 'onUnfollowed'
> {
  readonly groupId: string;
  readonly kinds: readonly AskKind[];
}

/** Starts an asynchronous component on the tasks log (law 6). */
export const startAsking = (context: ComponentContext, options: AskingOptions): Promise<Asker> =>
  startAsker({
    ...options,
    bus: context.bus,
    codec: context.codec,
    clock: context.clock,
    topic: TOPICS.tasks,
    neutral: NEUTRAL,
    sessionTimeoutMs: context.sessionTimeoutMs,
    onRejected: onRejected(context),
    onError: (error, at) =>
      context.logger.warn({ ...at, error: wordsOf(error) }, `${context.name}: not answered`),
    handle: async (ask) => {
      const begun = performance.now();
      let outcome = 'answered';
      try {
        await options.handle(ask);
      } catch (error) {
        outcome = 'failed';
        throw error;
      } finally {
        context.metrics.handled(context.name, ask.event.type, outcome, performance.now() - begun);
      }
    },
  });

export const asComponent = (
  context: ComponentContext,
  asker: Asker,
  stop?: () => Promise<void>,
): Component => ({
  name: context.name,
  readiness: () => {
    context.metrics.queueDepth(context.name, asker.pending);
    return { ready: asker.ready(), detail: { pending: asker.pending, assigned: asker.assigned } };
  },
  get lastHeartbeatAt() {
    return asker.lastHeartbeatAt;
  },
  stop: async () => {
    await asker.stop();
    await stop?.();
  },
});

/** The head of an answer: its id derives from the ask, so that an answer given twice is one fact to a reader. */
export const answerHead = (component: string, ask: Ask): FactHead => ({
  ...headFrom(component, ask.event),
  inReplyTo: ask.ref,
  readUpTo: ask.readUpTo,
});

export const headFrom = (component: string, event: LoggedEvent): FactHead => {
  const meta: LogMeta = event.body.meta;
  return {
    factId: `${component}/${meta.eventId}`,
    taskId: (event.body as unknown as { taskId: string }).taskId,
    tenant: meta.tenant,
    actor: component,
    traceparent: meta.traceparent,
    inReplyTo: { offset: event.offset, eventId: meta.eventId },
  };
};
