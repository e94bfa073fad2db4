import type { PublisherOptions } from './port.js';

type QueueLimits = Required<Pick<PublisherOptions, 'maxQueued' | 'maxQueuedBytes'>>;

/** What a publisher holds if nobody says otherwise (law 13). */
export const QUEUE_LIMITS: QueueLimits = { maxQueued: 10_000, maxQueuedBytes: 64 * 1024 * 1024 };

/** Why nothing more is taken; undefined: there is room. */
export const queueIsFull = (
  records: number,
  bytes: number,
  { maxQueued, maxQueuedBytes }: QueueLimits,
): string | undefined => {
  if (records >= maxQueued) return `${records} records are waiting, at most ${maxQueued}`;
  if (bytes >= maxQueuedBytes) return `${bytes} bytes are waiting, at most ${maxQueuedBytes}`;
  return undefined;
};
