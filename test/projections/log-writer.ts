import { createCodec, memorySchemaSource, recordHash } from '../../src/bus/codec/index.js';
import type { LogRecord, OutgoingRecord } from '../../src/bus/port.js';
import type { LogMeta } from '../../src/events/generated/events.js';
import { loadEventSchemas } from '../../src/events/schemas.js';
import type { LogCodec } from '../../src/log/codec.js';
import type { LoggedEvent } from '../../src/log/domain.js';

/** Real Avro, with ids of our own instead of a registry's. */
export const testCodec = async (): Promise<LogCodec> => {
  const codec = createCodec(memorySchemaSource(loadEventSchemas()));
  await codec.ready();
  return {
    encode: (topic, name, record) => codec.encode(topic as never, name as never, record as never),
    decode: (record) => codec.decode(record) as ReturnType<LogCodec['decode']>,
    hash: ({ value, headers }) => recordHash(value ?? Buffer.alloc(0), headers),
  };
};

/** An event as a test writes it down: everything but the head. */
export interface Said {
  readonly type: string;
  readonly streamId: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** 2026-01-01, µs. */
export const EPOCH = 1_767_225_600_000_000;

/** Gives heads to events the way an owner does, for one partition. */
export class LogWriter {
  claim = -1;
  seq = 0;
  readonly #versions = new Map<string, number>();
  #now = EPOCH;

  constructor(
    readonly topic: string,
    readonly partition: number,
  ) {}

  claimed(previousClaim = this.claim): Readonly<Record<string, unknown>> {
    return {
      previousClaim,
      foldedTo: 0,
      prevHash: Buffer.alloc(32),
      partitions: 1,
      owner: 'saga',
      instance: 'test',
      build: 'test',
      foldVersion: 1,
      inboxEnd: 0,
      logTopicId: null,
      inboxTopicId: null,
      occurredAt: this.#now,
    };
  }

  /** The next record body of the log. */
  body({ streamId, data }: Said): LoggedEvent['body'] {
    const streamVersion = (this.#versions.get(streamId) ?? 0) + 1;
    this.#versions.set(streamId, streamVersion);
    const seq = this.seq++;
    const meta: LogMeta = {
      claim: this.claim,
      seq,
      cause: seq,
      trigger: 'INPUT',
      inputId: null,
      eventId: `${this.topic}/${this.partition}/${this.claim}/${seq}`,
      streamId,
      streamVersion,
      prevHash: Buffer.alloc(32),
      occurredAt: (this.#now += 1000),
      dueAt: null,
      timer: null,
      decisionIndex: 0,
      decisionSize: 1,
      correlationId: streamId,
      tenant: 'default',
      actor: 'test',
      traceparent: null,
    };
    return { meta, ...data };
  }

  /** Encodes events, a claim of this writer before the first. */
  encode(codec: LogCodec, events: readonly Said[], at: number): OutgoingRecord[] {
    const records: OutgoingRecord[] = [];
    if (this.claim < 0) {
      records.push({ key: null, ...codec.encode(this.topic, 'Claimed', this.claimed()) });
      this.claim = at;
    }
    for (const event of events)
      records.push({ key: null, ...codec.encode(this.topic, event.type, this.body(event)) });
    return records;
  }
}

/** Records as they would stand in the log. */
export const standing = (
  topic: string,
  partition: number,
  from: number,
  records: readonly OutgoingRecord[],
): LogRecord[] =>
  records.map((record, i) => ({
    topic,
    partition,
    offset: from + i,
    timestamp: 0,
    key: record.key,
    value: record.value,
    headers: record.headers ?? {},
  }));
