import { randomUUID } from 'node:crypto';
import type { Claimed } from '../events/generated/events.js';
import { micros } from './clock.js';
import type { DerivedIndex } from './domain.js';
import { LogBroken } from './errors.js';
import type { LogTail } from './log-tail.js';
import type { OwnerOptions } from './owner-options.js';
import type { PartitionFold } from './partition-fold.js';

/** An accepted claim: where it stands, and the end of the inbox when it was made. */
export interface Claim {
  readonly offset: number;
  readonly inboxEnd: number;
}

/**
 * Folds the log to its end, appends a claim and folds up to it (law 2). Undefined: another claim was faster, or it is in
 * doubt whether ours is in the log; then claim again, which voids whatever may still arrive.
 */
export const claimPartition = async <Value, Index extends DerivedIndex<Value>, Record_>(
  options: OwnerOptions<Value, Index, Record_>,
  tail: LogTail<Value, Index, Record_>,
): Promise<Claim | undefined> => {
  const { bus, inbox, log, codec } = options;
  const { fold } = tail;
  await tail.read();
  const inboxEnd = (await bus.admin.endOffsets(inbox.topic))[inbox.partition] ?? 0;
  if (fold.cause >= inboxEnd) {
    const message = `decided up to ${fold.cause}, but the inbox ends at ${inboxEnd}`;
    throw new LogBroken('CAUSE_BEYOND_INBOX', log.topic, log.partition, message);
  }
  const claimed = codec.encode(log.topic, 'Claimed', claimRecord(options, fold, inboxEnd));
  const outcome = await tail.append([{ key: null, ...claimed }]);
  if (outcome.kind !== 'appended') {
    if (outcome.kind === 'refused' && !outcome.error.retriable) throw outcome.error;
    return undefined;
  }
  await tail.read(outcome.baseOffset + 1);
  if (fold.acceptance.claim !== outcome.baseOffset) return undefined;
  return { offset: outcome.baseOffset, inboxEnd };
};

const claimRecord = <Value, Index extends DerivedIndex<Value>, Record_>(
  options: OwnerOptions<Value, Index, Record_>,
  fold: PartitionFold<Value, Index, Record_>,
  inboxEnd: number,
): Claimed => ({
  previousClaim: fold.acceptance.claim,
  foldedTo: fold.position,
  prevHash: fold.lastHash,
  partitions: options.partitions,
  owner: options.owner,
  instance: `${options.instance}/${randomUUID()}`,
  build: options.build,
  foldVersion: options.domain.foldVersion,
  inboxEnd,
  logTopicId: options.topicIds.log,
  inboxTopicId: options.topicIds.inbox,
  occurredAt: micros(options.clock),
});
