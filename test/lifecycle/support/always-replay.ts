import type { LogRecord } from '../../../src/bus/port.js';
import type { DerivedIndex, Domain } from '../../../src/log/index.js';
import type { PartitionFold } from '../../../src/log/partition-fold.js';
import { SagaIndex } from '../../../src/saga/saga-index.js';
import { replay } from '../../log/support/replay.js';
import { violated } from '../../log/support/sequential-run.js';
import { textCodec } from './text-codec.js';

const shown = (index: unknown): unknown =>
  index instanceof SagaIndex
    ? [
        index.save(),
        index.nextTimer(),
        index.inFlight,
        index.waiting,
        index.live,
        index.rememberedCommands,
        index.nextQueued(100),
      ]
    : null;

const stateOf = <Value, Index extends DerivedIndex<Value>, Record_>(
  fold: PartitionFold<Value, Index, Record_>,
): string => {
  const streams = [...fold.state.entries()].sort(([a], [b]) => (a < b ? -1 : 1));
  const { acceptance, cause, lastHash } = fold;
  return JSON.stringify([acceptance, cause, lastHash.toString('hex'), shown(fold.state.index), streams]);
};

/** Law 5: what an owner holds is the fold of its log, to the last value. */
export const mustBeReplay = <Value, Index extends DerivedIndex<Value>, Record_>(
  domain: Domain<Value, Index, Record_>,
  fold: PartitionFold<Value, Index, Record_>,
  log: readonly LogRecord[],
): void => {
  const again = replay(domain, textCodec, log, fold.position);
  const [live, rebuilt] = [stateOf(fold), stateOf(again)];
  if (live !== rebuilt)
    violated('the state is not the fold of the log', { at: fold.position, live, rebuilt });
};
