import type { LogRecord, Publisher } from '../bus/port.js';
import type { DeadLettered } from '../events/generated/events.js';
import { TOPICS } from '../events/topics.js';
import { micros, type Clock } from '../log/clock.js';
import type { LogCodec } from '../log/codec.js';
import { derivedUuid } from './ids.js';

export interface DeadLetters {
  /** Puts the original bytes aside with the reason (law 13). Resolves when acknowledged. */
  put(record: LogRecord, code: string, message: string): Promise<void>;
}

export interface DeadLetterOptions {
  readonly publisher: Publisher;
  readonly codec: LogCodec;
  readonly clock: Clock;
  readonly component: string;
  readonly partitions: number;
}

/** Longest value kept whole: an edge record of 1 MiB does not fit into another with its reason around it. */
const MOST_BYTES = 800 * 1024;

/** Headers may be as large as a value; together they still fit. */
const MOST_HEADER_BYTES = 64 * 1024;
const LONGEST_MESSAGE = 2000;

const boundedHeaders = (headers: LogRecord['headers']): Record<string, Buffer> => {
  const kept: Record<string, Buffer> = {};
  let left = MOST_HEADER_BYTES;
  for (const [name, value] of Object.entries(headers)) {
    left -= Buffer.byteLength(name) + value.length;
    if (left < 0) break;
    kept[name] = value;
  }
  return kept;
};

/** The letter's id derives from where the record stands: the same record put aside twice is the same letter. */
export const createDeadLetters = (options: DeadLetterOptions): DeadLetters => ({
  put: async (record, code, message) => {
    const { topic, partition, offset } = record;
    const letter: DeadLettered = {
      letterId: derivedUuid('dead-letter', topic, String(partition), String(offset)),
      source: { topic, partition, offset },
      component: options.component,
      code,
      message: message.slice(0, LONGEST_MESSAGE),
      key: record.key === null ? null : record.key.subarray(0, 1024),
      value: record.value === null ? null : record.value.subarray(0, MOST_BYTES),
      headers: boundedHeaders(record.headers),
      occurredAt: micros(options.clock),
    };
    const encoded = options.codec.encode(TOPICS.deadLetters, 'DeadLettered', letter);
    const key = Buffer.from(letter.letterId);
    await options.publisher.publish(TOPICS.deadLetters, partition % options.partitions, { key, ...encoded });
  },
});
