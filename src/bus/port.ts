/**
 * The bus port: the only thing the rest of Arbiter knows about the log it runs on.
 *
 * Offsets are plain numbers (safe to 2^53). The end of a partition is a *position*, never a last message: offsets may
 * have holes, so every comparison is made on positions. Adapters: `kafka/` and `memory/`; one
 * contract suite (`test/bus/contract.ts`) holds for both.
 */

/** One partition of one topic. */
export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** One text for one partition: a key of maps. */
export const keyOf = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`;

/** A record to be written. Header values are raw bytes. `value: null` is a tombstone. */
export interface OutgoingRecord {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers?: Readonly<Record<string, Buffer>>;
}

/**
 * A record as it stands in the log. `timestamp` is in milliseconds since the epoch. The buffers may be views into a larger
 * answer: copy what is kept for long, or it keeps the whole answer in memory.
 */
export interface LogRecord extends TopicPartition {
  readonly offset: number;
  readonly timestamp: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, Buffer>>;
  /** Why these are the bytes of a whole batch that can not be read; see `UnreadableBatch`. */
  readonly unreadable?: string;
}

/**
 * A piece of one partition, in offset order. `position` is the offset to read next (it may move although `records` is
 * empty: control records); `end` is the partition's end as a position, as known when the batch was fetched.
 */
export interface Batch extends TopicPartition {
  readonly records: readonly LogRecord[];
  readonly position: number;
  readonly end: number;
}

/**
 * What became of one append request (law 4), as a value:
 * - `appended`: the records stand in the log from `baseOffset` on, contiguous.
 * - `refused`: definitely not in the log and never will be.
 * - `doubtful`: may be in the log, may still arrive. The appender must be thrown away.
 */
export type AppendOutcome =
  | { readonly kind: 'appended'; readonly baseOffset: number }
  | { readonly kind: 'refused'; readonly error: BusError }
  | { readonly kind: 'doubtful'; readonly error: BusError };

/** One request in flight, `acks=all`, no client retries, no transaction, no idempotence (law 4). */
export interface Appender {
  append(records: readonly OutgoingRecord[]): Promise<AppendOutcome>;
  /** Abandons whatever is in flight: its outcome becomes `doubtful`. */
  close(): Promise<void>;
}

/**
 * A queueing publisher for inboxes: sends that arrive while one is in flight leave as the next batch; the order per
 * partition is kept, over retries too; at least once. Bounded: over `maxQueued` records or `maxQueuedBytes` `publish` rejects with
 * `QUEUE_FULL`, over `deliveryTimeoutMs` with `DELIVERY_TIMEOUT` (then the record may or may not be in the log).
 */
export interface Publisher {
  publish(topic: string, partition: number, record: OutgoingRecord): Promise<{ readonly offset: number }>;
  /** Resolves when everything queued so far is acknowledged or rejected. */
  flush(): Promise<void>;
  readonly queued: number;
  close(): Promise<void>;
}

/**
 * Receives batches. Must return at once (law 9): put the batch into a bounded queue, `pause` the partition when full.
 * A batch is delivered whenever the position moved, and once after `follow` even if there is nothing to read.
 */
export interface ReaderHandlers {
  onBatch(batch: Batch): void;
  /** The partition can not be read on (out of range, unknown codec, authorisation); it is no longer followed. */
  onError(error: BusError, at: TopicPartition): void;
}

/** Follows any number of partitions from given positions, without a consumer group. Reconnects by itself. */
export interface Reader {
  follow(at: TopicPartition, position: number): void;
  unfollow(at: TopicPartition): void;
  /** A paused partition delivers no further batch (one already fetched is kept back, not lost). */
  pause(at: TopicPartition): void;
  resume(at: TopicPartition): void;
  close(): Promise<void>;
}

export interface GroupOptions {
  readonly groupId: string;
  /** All members of a group subscribe to the same topics. */
  readonly topics: readonly string[];
  /** Default 6000. */
  readonly sessionTimeoutMs?: number;
  /** A new generation begins: these partitions, and only these, are ours from now on. */
  onAssigned(partitions: readonly TopicPartition[]): void;
  /** A rebalance has begun or membership was lost: nothing is ours until the next `onAssigned`. */
  onRevoked?(): void;
  /** Membership could not be restored; the group rebuilds itself unless `fatal`. */
  onError(error: BusError, fatal: boolean): void;
}

export interface CommittedOffset extends TopicPartition {
  readonly offset: number;
  /** Where a reader keeps (claim, next seq) beside its position (law 3). At most 1 KiB. */
  readonly metadata: string;
}

/** Membership only: who owns which partition, and committed offsets. Data comes from a `Reader`. */
export interface Group {
  readonly generation: number;
  readonly assigned: readonly TopicPartition[];
  /** Rejects with `NOT_A_MEMBER` when the generation has passed. */
  commit(offsets: readonly CommittedOffset[]): Promise<void>;
  /** Resolves at the next successful heartbeat or commit of the current generation (law 2); rejects `NOT_A_MEMBER`. */
  confirm(): Promise<void>;
  readonly lastHeartbeatAt: number;
  leave(): Promise<void>;
}

export interface TopicSpec {
  readonly topic: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly config: Readonly<Record<string, string>>;
}

export interface TopicDescription {
  readonly topic: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  /** Effective values, defaults included. */
  readonly config: Readonly<Record<string, string>>;
  /** Kafka's topic id where the adapter can learn it, so that a topic deleted and made again is noticed. */
  readonly topicId: string | null;
}

export interface BusAdmin {
  cluster(): Promise<{ readonly clusterId: string; readonly brokers: readonly string[] }>;
  /** Makes what is missing, leaves what exists. */
  createTopics(specs: readonly TopicSpec[]): Promise<void>;
  /** Adds partitions (tests, operators); never used by Arbiter on its own topics. */
  addPartitions(topic: string, total: number): Promise<void>;
  alterConfig(topic: string, config: Readonly<Record<string, string>>): Promise<void>;
  deleteTopics(topics: readonly string[]): Promise<void>;
  listTopics(): Promise<readonly string[]>;
  /** Rejects with `UNKNOWN_TOPIC`. */
  describeTopic(topic: string): Promise<TopicDescription>;
  /** Positions, indexed by partition. */
  endOffsets(topic: string): Promise<readonly number[]>;
  beginOffsets(topic: string): Promise<readonly number[]>;
  /** `undefined` at an index: nothing committed. */
  committed(groupId: string, topic: string): Promise<readonly (CommittedOffset | undefined)[]>;
  close(): Promise<void>;
}

export interface PublisherOptions {
  /** Records waiting at most; default 10000. */
  readonly maxQueued?: number;
  /** Bytes of records waiting at most, one record aside; default 64 MiB. */
  readonly maxQueuedBytes?: number;
  /** Default 30000. */
  readonly deliveryTimeoutMs?: number;
}

export interface Bus {
  readonly kind: 'kafka' | 'memory';
  readonly admin: BusAdmin;
  openAppender(at: TopicPartition): Promise<Appender>;
  openPublisher(options?: PublisherOptions): Promise<Publisher>;
  openReader(handlers: ReaderHandlers): Promise<Reader>;
  /** Reads [from, to) of one partition and ends when the position reaches `to` (default: the end as of the call). */
  readRange(at: TopicPartition, from: number, to?: number): AsyncIterable<Batch>;
  /** Resolves before the first `onAssigned`; rejects if a topic is unknown or no broker can be reached. */
  joinGroup(options: GroupOptions): Promise<Group>;
  close(): Promise<void>;
}

export type BusErrorCode =
  | 'UNREACHABLE'
  | 'TIMEOUT'
  | 'CLOSED'
  | 'TOO_LARGE'
  | 'NOT_AUTHORISED'
  | 'INVALID_RECORD'
  | 'UNKNOWN_TOPIC'
  | 'OFFSET_OUT_OF_RANGE'
  | 'UNSUPPORTED_CODEC'
  | 'QUEUE_FULL'
  | 'DELIVERY_TIMEOUT'
  | 'NOT_A_MEMBER'
  | 'STALLED'
  | 'BROKER';

/** Every error that leaves the bus. `retriable` tells whether the same call may succeed later. */
export class BusError extends Error {
  override readonly name = 'BusError';
  constructor(
    readonly code: BusErrorCode,
    message: string,
    readonly retriable: boolean,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

/**
 * A batch whose records can not be taken out: damaged, or made to unpack to gigabytes. An owned log halts at it. A reader of
 * strangers' records goes on behind it, with its bytes as one record at its last offset.
 */
export class UnreadableBatch extends BusError {
  constructor(
    message: string,
    readonly record: LogRecord,
    options?: { cause?: unknown },
  ) {
    super('INVALID_RECORD', message, false, options);
  }
}
