import type { AskKind, LogMeta } from '../events/generated/events.js';
import { TOPICS } from '../events/topics.js';
import {
  LogBroken,
  startAsker,
  type Ask,
  type Asker,
  type AskerOptions,
  type LoggedEvent,
} from '../log/index.js';
import {
  onRejected,
  traceOf,
  wordsOf,
  withoutSecrets,
  type Component,
  type ComponentContext,
  type Readiness,
} from '../platform/component.js';
import type { Outcome } from '../platform/metrics.js';
import type { FactHead } from '../producers/facts.js';
import { NEUTRAL } from './neutral.js';

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
    neutral: [...NEUTRAL],
    sessionTimeoutMs: context.sessionTimeoutMs,
    onRejected: onRejected(context),
    onError: (error, at, ask) => {
      const level = error instanceof LogBroken ? 'error' : 'warn';
      const words = { ...at, ...ask, error: withoutSecrets(wordsOf(error)) };
      context.logger[level](
        words,
        ask === undefined ? `${context.name}: partition` : `${context.name}: not answered`,
      );
    },
    handle: async (ask) => {
      const begun = performance.now();
      let outcome: Outcome = 'answered';
      try {
        await options.handle(ask);
      } catch (error) {
        outcome = 'failed';
        const { traceparent } = ask.event.body.meta;
        const place = { taskId: ask.taskId, ...traceOf(traceparent), ask: ask.ref.offset };
        context.logger.debug({ ...place, type: ask.event.type }, `${context.name}: ask failed`);
        throw error;
      } finally {
        context.metrics.handled(context.name, ask.event.type, outcome);
        context.metrics.took(context.name, ask.event.type, performance.now() - begun);
      }
    },
  });

interface AskingExtras {
  /** What else must be there before it can answer. */
  readiness?(): Readiness;
  stop?(): Promise<void>;
}

export const asComponent = (
  context: ComponentContext,
  groupId: string,
  asker: Asker,
  more: AskingExtras = {},
): Component => ({
  name: context.name,
  readiness: () => {
    const extra = more.readiness?.() ?? { ready: true, detail: {} };
    const halted = [...asker.halted()].map(([p, why]) => `${TOPICS.tasks}/${p}: ${why}`);
    const detail = { pending: asker.pending, assigned: asker.assigned, halted, ...extra.detail };
    return { ready: asker.ready() && extra.ready, detail };
  },
  observe: (metrics) => {
    metrics.queueDepth(context.name, asker.pending);
    for (const [partition, lag] of asker.lag()) metrics.lag(groupId, TOPICS.tasks, partition, lag);
  },
  get lastHeartbeatAt() {
    return asker.lastHeartbeatAt;
  },
  stop: async () => {
    await asker.stop();
    await more.stop?.();
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
