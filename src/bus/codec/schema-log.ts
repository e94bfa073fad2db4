/**
 * The schemas in the log itself: the compacted topic `arbiter.schemas` (law 12). Key: the fingerprint in hex; value: JSON.
 * With it everything is readable, and the registry can be filled again, after the registry was lost.
 */
import { TOPICS } from '../../events/topics.js';
import { partitionFor } from '../partition.js';
import type { Batch, Bus, LogRecord, OutgoingRecord, Publisher } from '../port.js';
import type { SeenSchemas } from './source.js';
import { fingerprintOf } from './wire.js';

/** One schema with everything it was ever called. */
export interface LoggedSchema {
  /** SHA-256 of `text`, lower-case hex. */
  readonly fingerprint: string;
  readonly subjects: readonly string[];
  /** Every id that a registry ever gave it: old records carry old ids. */
  readonly ids: readonly number[];
  readonly text: string;
}

const MAX_TEXT = 256 * 1024;
/** Bounds what a stranger with write access can make us keep. */
const MAX_SCHEMAS = 20_000;

/** Folds the topic. What does not hold (a fingerprint that is not the text's, no JSON) is passed over and counted. */
export class SchemaLog implements SeenSchemas {
  readonly #byFingerprint = new Map<string, LoggedSchema>();
  readonly #byId = new Map<number, LoggedSchema[]>();
  /** Records passed over. */
  ignored = 0;

  get all(): readonly LoggedSchema[] {
    return [...this.#byFingerprint.values()];
  }

  get(fingerprint: string): LoggedSchema | undefined {
    return this.#byFingerprint.get(fingerprint);
  }

  textOf(fingerprint: string): string | undefined {
    return this.#byFingerprint.get(fingerprint)?.text;
  }

  textOfId(id: number, topic: string): string | undefined {
    const found = this.#byId.get(id);
    // The latest schema that had this id in this topic: after a loss a registry may give an id anew.
    const inTopic = found?.findLast((schema) =>
      schema.subjects.some((subject) => subject.startsWith(`${topic}-`)),
    );
    return inTopic?.text;
  }

  put(schema: LoggedSchema): void {
    const known = this.#byFingerprint.get(schema.fingerprint);
    if (!known && this.#byFingerprint.size >= MAX_SCHEMAS) {
      this.ignored++;
      return;
    }
    for (const id of known?.ids ?? [])
      this.#byId.set(
        id,
        (this.#byId.get(id) ?? []).filter((other) => other !== known),
      );
    this.#byFingerprint.set(schema.fingerprint, schema);
    for (const id of schema.ids) this.#byId.set(id, [...(this.#byId.get(id) ?? []), schema]);
  }

  fold(records: readonly Pick<LogRecord, 'value'>[]): void {
    for (const { value } of records) {
      const schema = value === null ? undefined : readSchema(value);
      if (schema) this.put(schema);
      else this.ignored++;
    }
  }
}

const readSchema = (value: Buffer): LoggedSchema | undefined => {
  try {
    const found = JSON.parse(value.toString('utf8')) as Partial<LoggedSchema>;
    const { fingerprint, subjects, ids, text } = found;
    if (typeof text !== 'string' || text.length > MAX_TEXT) return undefined;
    if (fingerprint !== fingerprintOf(text).toString('hex')) return undefined;
    if (!Array.isArray(subjects) || !subjects.every((subject) => typeof subject === 'string'))
      return undefined;
    if (!Array.isArray(ids) || !ids.every((id) => Number.isInteger(id))) return undefined;
    return { fingerprint, subjects, ids, text };
  } catch {
    return undefined;
  }
};

const outgoing = (schema: LoggedSchema): OutgoingRecord => ({
  key: Buffer.from(schema.fingerprint),
  value: Buffer.from(JSON.stringify(schema)),
});

/** Everything in the topic as of now. */
export const loadSchemaLog = async (bus: Bus, into = new SchemaLog()): Promise<SchemaLog> => {
  const begins = await bus.admin.beginOffsets(TOPICS.schemas);
  for (const [partition, from] of begins.entries())
    for await (const batch of bus.readRange({ topic: TOPICS.schemas, partition }, from))
      into.fold(batch.records);
  return into;
};

/** A schema log that follows the topic until closed. */
export interface FollowedSchemaLog {
  readonly log: SchemaLog;
  close(): Promise<void>;
}

/** Loads the topic and follows it. `onError`: a partition is no longer followed. */
export const followSchemaLog = async (
  bus: Bus,
  onError: (error: Error) => void,
): Promise<FollowedSchemaLog> => {
  const log = new SchemaLog();
  const ends = await bus.admin.endOffsets(TOPICS.schemas);
  await loadSchemaLog(bus, log);
  const reader = await bus.openReader({ onBatch: (batch: Batch) => log.fold(batch.records), onError });
  // Folding a record twice changes nothing, so the ends from before the load are good enough.
  for (const [partition, end] of ends.entries()) reader.follow({ topic: TOPICS.schemas, partition }, end);
  return { log, close: () => reader.close() };
};

/** A name or an id of a schema that was found somewhere. */
export interface Sighting {
  readonly subject: string;
  readonly id: number;
  readonly text: string;
}

/** Writes what the log does not hold yet and folds it; resolves when it is acknowledged. Returns how many were written. */
export const writeSightings = async (
  log: SchemaLog,
  publisher: Publisher,
  partitions: number,
  sightings: readonly Sighting[],
): Promise<number> => {
  const changed = new Map<string, LoggedSchema>();
  for (const { subject, id, text } of sightings) {
    const fingerprint = fingerprintOf(text).toString('hex');
    const known = changed.get(fingerprint) ?? log.get(fingerprint);
    const merged = merge(known, { fingerprint, subjects: [subject], ids: [id], text });
    if (merged !== known) changed.set(fingerprint, merged);
  }
  await Promise.all(
    [...changed.values()].map((schema) => {
      const record = outgoing(schema);
      return publisher.publish(TOPICS.schemas, partitionFor(schema.fingerprint, partitions), record);
    }),
  );
  for (const schema of changed.values()) log.put(schema);
  return changed.size;
};

const merge = (known: LoggedSchema | undefined, seen: LoggedSchema): LoggedSchema => {
  if (!known) return seen;
  const subjects = [...new Set([...known.subjects, ...seen.subjects])];
  const ids = [...new Set([...known.ids, ...seen.ids])];
  if (subjects.length === known.subjects.length && ids.length === known.ids.length) return known;
  return { ...known, subjects, ids };
};
