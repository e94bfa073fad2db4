import type { LogMeta } from '../events/generated/events.js';
import type { DecideContext, Decision, Domain, Input } from '../log/domain.js';

/** An accepted event of the tasks log, as the inbox of an owner that follows it. */
export type TaskEvent = Readonly<Record<string, unknown>> & {
  readonly meta: LogMeta;
  readonly taskId: string;
};

/** Nothing is derived from what is not remembered. */
export interface NoIndex {
  moved(): void;
}

/** No event: the input has no effect. */
export const NOTHING: Decision = { kind: 'events', events: [] };

/**
 * An owner that follows the tasks log and remembers nothing of it: `cause` says what has been decided (law 5), and what a
 * decision needs stands in the event itself, or in the inbox at an offset that the event names.
 */
export const memorylessDomain = (
  decide: (input: Input<TaskEvent>, context: DecideContext) => Decision,
  loadsLater: (type: string) => boolean = () => false,
): Domain<never, NoIndex, TaskEvent> => ({
  foldVersion: 1,
  createIndex: () => ({ moved: () => undefined }),
  decide: (_view, input, context) => decide(input, context),
  evolve: () => undefined,
  loadsLater,
  isFinal: () => true,
  nextTimer: () => undefined,
  saveIndex: () => null,
  loadIndex: () => undefined,
});
