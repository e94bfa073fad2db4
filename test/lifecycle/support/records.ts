import type { FactsEvents } from '../../../src/events/generated/events.js';
import type { LoggedEvent } from '../../../src/log/index.js';

export interface ReadFact {
  readonly offset: number;
  readonly type: string;
  readonly record: FactsEvents[keyof FactsEvents];
}

/** Accepted records without the claims. */
export const events = (log: readonly LoggedEvent[]): readonly LoggedEvent[] =>
  log.filter(({ type }) => type !== 'Claimed');

export const taskOf = ({ body }: LoggedEvent): string =>
  (body as unknown as { taskId?: string }).taskId ?? '';

export const FINAL: ReadonlySet<string> = new Set([
  'TaskCompleted',
  'TaskFailed',
  'TaskRejected',
  'TaskCancelled',
]);
