import type { LogRecord } from '../../../src/bus/port.js';
import type { Checkpoint, Decoded, DerivedIndex, Domain, LogCodec } from '../../../src/log/index.js';
import { indexPieces, readIndex, readStreams, streamPieces } from '../../../src/log/checkpoint-form.js';
import { PartitionFold } from '../../../src/log/partition-fold.js';
import type { AnyFold } from './doubles.js';
import { violated } from './sequential-run.js';
import { TimersAndFinished } from './timers.js';

/** The fold of a log up to a position, from nothing or from a checkpoint. */
export const replay = <Value, Index extends DerivedIndex<Value>, Record_>(
  domain: Domain<Value, Index, Record_>,
  codec: LogCodec,
  log: readonly LogRecord[],
  to: number,
  from?: Checkpoint,
  partitions = 1,
): PartitionFold<Value, Index, Record_> => {
  const at = { topic: 'log', partition: 0 };
  const fold = new PartitionFold<Value, Index, Record_>({
    at,
    partitions,
    domain,
    codec,
    onRejected: () => undefined,
  });
  if (from !== undefined) {
    fold.begin(from);
    for (const [id, version, value] of [...streamPieces(from.streams)].flatMap(readStreams))
      fold.state.load(id, version, value as Value | undefined);
    domain.loadIndex(fold.state.index, readIndex([...indexPieces(Buffer.from(JSON.stringify(from.index)))]));
  }
  for (const record of log) {
    if (record.offset >= fold.position && record.offset < to)
      fold.fold(record, codec.decode(record) as Decoded);
  }
  return fold;
};

const shown = (index: unknown): unknown =>
  index instanceof TimersAndFinished ? [[...index.due].sort(), [...index.finished].sort()] : index;

/** Everything a fold holds, as text to compare. */
export const stateOf = (fold: AnyFold): string => {
  const streams = [...fold.state.entries()].map(([id, version, value]) => [id, version, value as unknown]);
  return JSON.stringify([
    fold.acceptance,
    fold.cause,
    fold.lastHash.toString('hex'),
    shown(fold.state.index),
    streams.sort((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1)),
  ]);
};

/** The always-replay check: what the owner holds is what the log says, to the last value. */
export const mustEqualReplay = (fold: AnyFold, other: AnyFold, what: string): void => {
  const [mine, theirs] = [stateOf(fold), stateOf(other)];
  if (mine !== theirs) violated(what, { position: fold.position, mine, theirs });
};

/** What a fold would be as a checkpoint. */
export const takeAny = (fold: AnyFold): Checkpoint => ({
  position: fold.position,
  acceptance: fold.acceptance,
  cause: fold.cause,
  lastHash: fold.lastHash,
  foldVersion: 1,
  topicIds: { log: null, inbox: null },
  streams: [...fold.state.entries()],
  index: (fold.state.domain as { saveIndex(index: unknown): unknown }).saveIndex(fold.state.index),
});
