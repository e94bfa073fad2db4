import {
  UnreadableBatch,
  type Batch,
  type Bus,
  type BusError,
  type LogRecord,
  type Reader,
  type TopicPartition,
  keyOf,
} from '../bus/port.js';

/** The bounded queue between the reader's callback and the loop that works on one partition (law 9). */
export interface Feed {
  readonly at: TopicPartition;
  /** Takes at most `max` records in order. */
  take(max: number): readonly LogRecord[];
  /** Offset to read next, after everything taken. */
  readonly position: number;
  /** The partition's end as last seen; -1 before the first fetch. */
  readonly end: number;
  readonly queued: number;
  /** Set when the partition can not be read on. */
  readonly error: BusError | undefined;
  close(): void;
}

/** All feeds of one component: one reader, a queue per partition; a full queue pauses its partition only. */
export interface Feeds {
  open(at: TopicPartition, position: number, onChange: () => void): Feed;
  /** A feed of an open topic: it goes on behind a batch that can not be read, which comes as one undecodable record (law 13). */
  openEdge(at: TopicPartition, position: number, onChange: () => void): Feed;
  close(): Promise<void>;
}

/** Requests carry specs of up to 256 KiB, so records alone are no bound. */
const MAX_QUEUED_BYTES = 32 * 1024 * 1024;

const bytesOf = (records: readonly LogRecord[]): number =>
  records.reduce((sum, record) => sum + (record.value?.length ?? 0), 0);

class PartitionFeed implements Feed {
  #batches: Batch[] = [];
  #index = 0;
  #paused = false;
  #bytes = 0;
  queued = 0;
  position: number;
  end = -1;
  error: BusError | undefined;

  constructor(
    readonly at: TopicPartition,
    position: number,
    private readonly reader: Reader,
    private readonly maxQueued: number,
    private readonly onChange: () => void,
    private readonly onClose: () => void,
    private readonly passesUnreadable: boolean,
  ) {
    this.position = position;
  }

  push(batch: Batch): void {
    this.end = batch.end;
    this.queued += batch.records.length;
    this.#bytes += bytesOf(batch.records);
    if (batch.records.length === 0 && this.#batches.length === 0) this.position = batch.position;
    else this.#batches.push(batch);
    if ((this.queued >= this.maxQueued || this.#bytes >= MAX_QUEUED_BYTES) && !this.#paused) {
      this.#paused = true;
      this.reader.pause(this.at);
    }
    this.onChange();
  }

  fail(error: BusError): void {
    if (this.passesUnreadable && error instanceof UnreadableBatch) return this.#pass(error.record);
    this.error = error;
    this.onChange();
  }

  #pass(record: LogRecord): void {
    const position = record.offset + 1;
    this.#paused = false;
    this.reader.follow(this.at, position);
    this.push({ ...this.at, records: [record], position, end: Math.max(this.end, position) });
  }

  take(max: number): readonly LogRecord[] {
    const taken: LogRecord[] = [];
    for (let batch = this.#batches[0]; batch !== undefined; batch = this.#batches[0]) {
      const slice = batch.records.slice(this.#index, this.#index + max - taken.length);
      taken.push(...slice);
      this.#index += slice.length;
      if (this.#index < batch.records.length) {
        this.position = (taken.at(-1)?.offset ?? this.position - 1) + 1;
        break;
      }
      this.#batches.shift();
      this.#index = 0;
      this.position = batch.position;
    }
    this.queued -= taken.length;
    this.#bytes -= bytesOf(taken);
    if (this.#paused && this.queued < this.maxQueued / 2 && this.#bytes < MAX_QUEUED_BYTES / 2) {
      this.#paused = false;
      this.reader.resume(this.at);
    }
    return taken;
  }

  close(): void {
    this.onClose();
  }
}

/** Opens the feeds of one component. `maxQueued` bounds the records waiting per partition (law 13). */
export const openFeeds = async (bus: Bus, maxQueued = 2000): Promise<Feeds> => {
  const feeds = new Map<string, PartitionFeed>();
  const reader = await bus.openReader({
    onBatch: (batch) => feeds.get(keyOf(batch))?.push(batch),
    onError: (error, at) => feeds.get(keyOf(at))?.fail(error),
  });
  const openWith =
    (passesUnreadable: boolean): Feeds['open'] =>
    (at, position, onChange) => {
      const onClose = (): void => {
        if (feeds.get(keyOf(at)) !== feed) return;
        feeds.delete(keyOf(at));
        reader.unfollow(at);
      };
      const feed: PartitionFeed = new PartitionFeed(
        at,
        position,
        reader,
        maxQueued,
        onChange,
        onClose,
        passesUnreadable,
      );
      feeds.set(keyOf(at), feed);
      reader.follow(at, position);
      return feed;
    };
  return {
    open: openWith(false),
    openEdge: openWith(true),
    close: () => reader.close(),
  };
};
