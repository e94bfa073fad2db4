import type { Checkpoint } from './checkpoint.js';
import type { DerivedIndex } from './domain.js';
import { LogBroken } from './errors.js';
import type { LogTail } from './log-tail.js';
import type { OwnerOptions } from './owner-options.js';

/** Begins the fold from the newest checkpoint, if there is one; the tail is read when claiming. */
export const restore = async <Value, Index extends DerivedIndex<Value>, Record_>(
  options: OwnerOptions<Value, Index, Record_>,
  tail: LogTail<Value, Index, Record_>,
): Promise<void> => {
  const { bus, log, domain, checkpoints } = options;
  const checkpoint = await checkpoints?.latest(log, {
    foldVersion: domain.foldVersion,
    topicIds: options.topicIds,
  });
  if (checkpoint === undefined) return;
  const end = (await bus.admin.endOffsets(log.topic))[log.partition] ?? 0;
  if (checkpoint.position > end) {
    const message = `a checkpoint at ${checkpoint.position}, but the log ends at ${end}; the log has been cut, run arbiter doctor`;
    throw new LogBroken('LOG_BROKEN', log.topic, log.partition, message);
  }
  const { state } = tail.fold;
  tail.fold.begin(checkpoint);
  for (const [id, version, value] of checkpoint.streams) state.load(id, version, value as Value | undefined);
  domain.loadIndex(state.index, checkpoint.index);
};

/** The settled state as a checkpoint. Its cause is the log's, not the owner's cursor: only that is acknowledged. */
export const takeCheckpoint = <Value, Index extends DerivedIndex<Value>, Record_>(
  options: OwnerOptions<Value, Index, Record_>,
  tail: LogTail<Value, Index, Record_>,
): Checkpoint => {
  const { fold } = tail;
  return {
    position: fold.position,
    acceptance: fold.acceptance,
    cause: fold.cause,
    lastHash: fold.lastHash,
    foldVersion: options.domain.foldVersion,
    topicIds: options.topicIds,
    streams: [...fold.state.entries()],
    index: options.domain.saveIndex(fold.state.index),
  };
};
