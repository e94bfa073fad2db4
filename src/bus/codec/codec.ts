import type { EventsByTopic, LogMeta } from '../../events/generated/events.js';
import { loadEventSchemas } from '../../events/schemas.js';
import type { TopicName } from '../../events/topics.js';
import { createDecoder } from './decode.js';
import { encodeRecord, eventType, type Encoded, type EventType } from './encode.js';
import { CodecError, type UndecodableCode } from './errors.js';
import type { KnownSchema, SchemaSource } from './source.js';
import type { WireRecord } from './wire.js';

/** Topics that carry Avro events. */
export type EventTopic = keyof EventsByTopic & TopicName;

/** A decoded record of a known type, as the newest schema of this build sees it. */
export type DecodedEvent<T extends EventTopic = EventTopic> = {
  [Topic in T]: {
    [N in keyof EventsByTopic[Topic] & string]: {
      readonly kind: 'event';
      readonly name: N;
      readonly record: EventsByTopic[Topic][N];
      /** Of the writer's schema: what `recordHash` and `prevHash` rest on. */
      readonly fingerprint: Buffer;
    };
  }[keyof EventsByTopic[Topic] & string];
}[T];

/** A type that this build does not know: skipped and counted. In an owned log its head advances seq (law 12). */
export interface DecodedUnknown {
  readonly kind: 'unknown';
  readonly fullName: string;
  /** Null where there is none: inboxes. */
  readonly head: LogMeta | null;
  readonly fingerprint: Buffer;
}

export interface Undecodable {
  readonly kind: 'undecodable';
  readonly code: UndecodableCode;
  readonly message: string;
}

export type Decoded<T extends EventTopic = EventTopic> = DecodedEvent<T> | DecodedUnknown | Undecodable;

export interface Codec {
  /**
   * Resolves the schemas of these topics (default: all) to ids. Rejects with `UNKNOWN_SCHEMA`, naming every subject and
   * how to register it, or with the retriable `REGISTRY_UNREACHABLE`. A producer starts only after it.
   */
  ready(topics?: readonly EventTopic[]): Promise<void>;
  /** Throws `INVALID_RECORD` (path, expected, found), `RECORD_TOO_LARGE`, `UNKNOWN_EVENT`, or `UNKNOWN_SCHEMA` before `ready`. */
  encode<T extends EventTopic, N extends keyof EventsByTopic[T] & string>(
    topic: T,
    name: N,
    record: EventsByTopic[T][N],
  ): Encoded;
  /**
   * At once while the writer's schema is known, else a promise, which may reject with a retriable `CodecError`: pause
   * the partition and try again. Bytes that are no record of ours are a value, never an exception.
   */
  decode<T extends EventTopic = EventTopic>(
    record: WireRecord & { readonly topic: string },
  ): Decoded<T> | Promise<Decoded<T>>;
}

export interface CodecOptions {
  /** CloudEvents source: `/arbiter/<deployment>/<component>`. Default `/arbiter`. */
  readonly source?: string;
  /** The schemas of this build; default: those of `events/schemas`. */
  readonly schemas?: readonly KnownSchema[];
  /** Look-ups of unknown ids per second at most; default 100. */
  readonly lookupsPerSecond?: number;
  /** How long an id that the registry does not know is not asked for again; default 30 s. */
  readonly negativeTtlMs?: number;
  /** Milliseconds, monotonic; for tests. */
  readonly now?: () => number;
}

let ownTypes: readonly EventType[] | undefined;

/** Avro in Confluent wire format over avsc: pure besides the look-up of schemas. */
export const createCodec = (source: SchemaSource, options: CodecOptions = {}): Codec => {
  const types = options.schemas
    ? options.schemas.map(eventType)
    : (ownTypes ??= loadEventSchemas().map(eventType));
  const byTopic = new Map<string, Map<string, EventType>>();
  for (const type of types)
    byTopic.set(type.topic, (byTopic.get(type.topic) ?? new Map<string, EventType>()).set(type.name, type));
  const ids = new Map<EventType, number>();
  const decode = createDecoder(source, types, options);

  const ready = async (topics?: readonly EventTopic[]): Promise<void> => {
    const wanted = types.filter(
      (type) => topics === undefined || (topics as readonly string[]).includes(type.topic),
    );
    const missing: string[] = [];
    await Promise.all(
      wanted.map(async (type) => {
        const id = await source.idOf(type.subject, type.text);
        if (id === undefined) missing.push(type.subject);
        else ids.set(type, id);
      }),
    );
    if (missing.length > 0) throw unknownSchema(missing.sort());
  };

  const encode = (topic: string, name: string, record: object): Encoded => {
    const type = byTopic.get(topic)?.get(name);
    if (!type) throw new CodecError('UNKNOWN_EVENT', `expected an event type of ${topic}, found ${name}`);
    const id = ids.get(type);
    if (id === undefined) throw unknownSchema([type.subject]);
    return encodeRecord(type, id, record, options.source ?? '/arbiter');
  };

  return { ready, encode: encode as Codec['encode'], decode: decode as Codec['decode'] };
};

const unknownSchema = (subjects: readonly string[]): CodecError =>
  new CodecError(
    'UNKNOWN_SCHEMA',
    `the registry does not hold this build's schema of ${subjects.join(', ')}; register it with: arbiter schemas register`,
    subjects[0] === undefined ? {} : { subject: subjects[0] },
  );
