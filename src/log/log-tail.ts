import { BusError, type Appender, type AppendOutcome, type OutgoingRecord } from '../bus/port.js';
import type { DerivedIndex } from './domain.js';
import { LogBroken } from './errors.js';
import type { OwnerOptions } from './owner-options.js';
import { PartitionFold } from './partition-fold.js';

/** The owned log as its owner holds it: folded up to the tail, with one appender (law 4). */
export class LogTail<Value, Index extends DerivedIndex<Value>, Record_> {
  readonly fold: PartitionFold<Value, Index, Record_>;
  #appender: Appender | undefined;

  constructor(private readonly options: OwnerOptions<Value, Index, Record_>) {
    const { log, partitions, domain, codec, observer, topicIds } = options;
    this.fold = new PartitionFold({
      at: log,
      partitions,
      domain,
      codec,
      topicIds,
      onRejected: (reason) => observer.rejected(log, reason),
      onParked: (streamId, error) => observer.streamParked?.(log, streamId, error),
    });
  }

  /** Folds the log from the tail as we know it to `to`, or to its end. */
  async read(to?: number): Promise<void> {
    const { bus, log, codec } = this.options;
    for await (const batch of bus.readRange(log, this.fold.position, to)) {
      for (const record of batch.records) {
        const decoded = codec.decode(record);
        this.fold.fold(record, decoded instanceof Promise ? await decoded : decoded);
      }
      this.fold.position = Math.max(this.fold.position, batch.position);
    }
  }

  /**
   * One append request. In doubt the appender is thrown away: the caller must claim anew and never send again under the
   * same claim. Rejects only when nothing was sent, or when the log has been cut (base offset below the tail, law 3).
   */
  async append(records: readonly OutgoingRecord[]): Promise<AppendOutcome> {
    const { bus, log, observer } = this.options;
    const appender = (this.#appender ??= await bus.openAppender(log));
    const outcome = await appender.append(records).catch(inDoubt);
    if (outcome.kind === 'appended') {
      if (outcome.baseOffset >= this.fold.position) return outcome;
      const message = `tail ${this.fold.position}, appended at ${outcome.baseOffset}; the log has been cut, run arbiter doctor`;
      throw new LogBroken('APPEND_BEFORE_TAIL', log.topic, log.partition, message);
    }
    observer.doubtful(log, outcome.error);
    if (outcome.kind === 'doubtful') await this.dropAppender();
    return outcome;
  }

  async dropAppender(): Promise<void> {
    const appender = this.#appender;
    this.#appender = undefined;
    await appender?.close().catch(() => undefined);
  }
}

/** Outcomes are values; what is thrown after all leaves the request in doubt. */
const inDoubt = (cause: unknown): AppendOutcome => {
  const message = cause instanceof Error ? cause.message : String(cause);
  return { kind: 'doubtful', error: new BusError('BROKER', message, true, { cause }) };
};
