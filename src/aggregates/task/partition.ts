import type { CommandRefused, RequestRefused } from '../../events/generated/events.js';
import type { LoggedEvent } from '../../log/domain.js';
import { REFUSALS_REMEMBERED, type PartitionState, type SagaValue } from './state.js';

/** What a refusal on the partition's stream is recognised by. A request and a command may have the same id. */
export const refusalKey = (of: 'request' | 'command', taskId: string, id: string): string =>
  `${of === 'request' ? 'r' : 'c'} ${taskId} ${id}`;

/** Folds an event of the stream `partition/<p>`: the last refusals, oldest first. */
export const evolvePartition = (value: SagaValue | undefined, event: LoggedEvent): SagaValue | undefined => {
  const key = keyOf(event);
  if (key === undefined) return value;
  const before: PartitionState =
    value?.kind === 'partition' ? value : { kind: 'partition', version: 0, refused: [] };
  const refused = [...before.refused, key].slice(-REFUSALS_REMEMBERED);
  return { kind: 'partition', version: event.body.meta.streamVersion, refused };
};

const keyOf = (event: LoggedEvent): string | undefined => {
  if (event.type === 'RequestRefused') {
    const body = event.body as unknown as RequestRefused;
    return refusalKey('request', body.taskId, body.requestId);
  }
  if (event.type !== 'CommandRefused') return undefined;
  const body = event.body as unknown as CommandRefused;
  return refusalKey('command', body.taskId, body.commandId);
};
