import { OWNED_TOPICS } from '../../events/topics.js';
import type { CodecOptions, Decoded, DecodedEvent } from './codec.js';
import { compileReader, parseSchema, type BodyReader, type RecordSchema } from './compile.js';
import { Cursor } from './cursor.js';
import type { EventType } from './encode.js';
import { BodyError, type UndecodableCode } from './errors.js';
import { idLookup } from './lookup.js';
import type { SchemaSource } from './source.js';
import {
  fingerprint,
  fingerprintOf,
  sameFingerprint,
  schemaId,
  PREFIX_BYTES,
  type WireRecord,
} from './wire.js';

type Result = Decoded | Promise<Decoded>;
export type Decode = (record: WireRecord & { readonly topic: string }) => Result;

/** How records of one writer's schema are read in one topic: resolved once, then the hot path. */
interface Plan {
  readonly fullName: string;
  readonly fingerprint: Buffer;
  readonly make: (read: Record<string, unknown>) => Decoded;
  readonly read: BodyReader;
}
/** A schema that can not be read at all. */
interface NoPlan {
  readonly fingerprint: Buffer;
  readonly refused: string;
}
type AnyPlan = Plan | NoPlan;

/** Plans are made per (topic, writer's schema); an attacker can not make us keep more than this. */
const MAX_PLANS = 4096;
const MAX_SCHEMA_BYTES = 256 * 1024;
const DEFAULT_MAX_VALUE_BYTES = 1024 * 1024;

const undecodable = (code: UndecodableCode, message: string): Decoded => ({
  kind: 'undecodable',
  code,
  message,
});

/** Reads the bodies; see `Codec.decode`. */
export const createDecoder = (
  source: SchemaSource,
  types: readonly EventType[],
  options: CodecOptions,
): Decode => {
  const maxValueBytes = options.maxValueBytes ?? DEFAULT_MAX_VALUE_BYTES;
  const cursor = new Cursor();
  const topics = topicPlans(types);
  const lookup = idLookup(source, types, options);

  const apply = (plan: AnyPlan, value: Buffer): Decoded => {
    if ('refused' in plan) return undecodable('INCOMPATIBLE_SCHEMA', plan.refused);
    try {
      cursor.begin(value, PREFIX_BYTES);
      const read = plan.read(cursor);
      cursor.finish();
      return plan.make(read);
    } catch (error) {
      if (error instanceof BodyError) return undecodable(error.code, error.message);
      throw error;
    }
  };

  /** A schema found by its id; a fingerprint that says otherwise is believed more (law 12: ids may be given anew). */
  const byId = (topic: TopicPlans, value: Buffer, id: number, plan: AnyPlan, fp?: Buffer): Decoded => {
    topic.remember(id, undefined, plan);
    if (fp === undefined) return apply(plan, value);
    if (!plan.fingerprint.equals(fp))
      return undecodable(
        'UNKNOWN_SCHEMA_ID',
        `the schema with fingerprint ${fp.toString('hex')} is not known, and id ${id} stands for another`,
      );
    topic.remember(id, fp, plan);
    return apply(plan, value);
  };

  const fetched = async (
    topic: TopicPlans,
    name: string,
    value: Buffer,
    id: number,
    fp?: Buffer,
  ): Promise<Decoded> => {
    const text = await lookup(id);
    if (text === undefined)
      return undecodable(
        'UNKNOWN_SCHEMA_ID',
        `no schema with id ${id} in the registry or in arbiter.schemas`,
      );
    const plan = topic.planFor(text);
    if ('fullName' in plan && topic.known(plan.fullName))
      source.learned?.(`${name}-${plan.fullName}`, id, text);
    return byId(topic, value, id, plan, fp);
  };

  const slow = (
    topic: TopicPlans,
    name: string,
    value: Buffer,
    id: number,
    fp: Buffer | undefined,
  ): Result => {
    const text = fp && (topic.own(fp) ?? source.seen?.textOf(fp.toString('hex')));
    if (text !== undefined) {
      const plan = topic.planFor(text);
      topic.remember(id, fp, plan);
      return apply(plan, value);
    }
    const plan = topic.find(id, undefined);
    if (plan) return byId(topic, value, id, plan, fp);
    const seen = source.seen?.textOfId(id, name);
    return seen === undefined
      ? fetched(topic, name, value, id, fp)
      : byId(topic, value, id, topic.planFor(seen), fp);
  };

  return ({ topic: name, value, headers }) => {
    if (value === null) return undecodable('TOMBSTONE', 'a record without a value');
    if (value.length > maxValueBytes)
      return undecodable('TOO_LARGE', `expected at most ${maxValueBytes} bytes, found ${value.length}`);
    const id = schemaId(value);
    if (id === undefined)
      return undecodable(
        'NOT_CONFLUENT_FORMAT',
        `expected 0x00 and a schema id of 4 bytes, found ${value.subarray(0, 5).toString('hex') || 'nothing'}`,
      );
    const topic = topics(name);
    const fp = fingerprint({ value, headers });
    const plan = topic.find(id, fp);
    return plan ? apply(plan, value) : slow(topic, name, value, id, fp);
  };
};

interface TopicPlans {
  find(id: number, fp: Buffer | undefined): AnyPlan | undefined;
  remember(id: number, fp: Buffer | undefined, plan: AnyPlan): void;
  planFor(text: string): AnyPlan;
  /** Is a type of this name ours? */
  known(fullName: string): boolean;
  /** Text of a schema of this build. */
  own(fp: Buffer): string | undefined;
}

const topicPlans = (types: readonly EventType[]): ((topic: string) => TopicPlans) => {
  const plans = new Map<string, TopicPlans>();
  const texts = new Map(types.map((type) => [type.fingerprint.toString('latin1'), type.text]));
  const head = types
    .map((type) => type.type.fields.find((field) => field.name === 'meta')?.type)
    .find((type) => type?.name === 'arbiter.LogMeta');
  return (topic) => {
    const known = plans.get(topic);
    if (known) return known;
    const fresh = plansOf(
      topic,
      types.filter((type) => type.topic === topic),
      texts,
      head as RecordSchema | undefined,
    );
    // Topics come from our own subscriptions, so there are few.
    plans.set(topic, fresh);
    return fresh;
  };
};

const plansOf = (
  topic: string,
  types: readonly EventType[],
  texts: ReadonlyMap<string, string>,
  head: RecordSchema | undefined,
): TopicPlans => {
  const readers = new Map(types.map((type) => [type.fullName, type]));
  const owned = (OWNED_TOPICS as readonly string[]).includes(topic);
  const byText = new Map<string, AnyPlan>();
  // An id may stand for several schemas after a registry was lost; the fingerprint decides.
  const byId = new Map<number, AnyPlan[]>();
  const byIdAlone = new Map<number, AnyPlan>();

  const planFor = (text: string): AnyPlan => {
    const known = byText.get(text);
    if (known) return known;
    const plan = makePlan(text, readers, owned ? head : undefined);
    if (byText.size >= MAX_PLANS) byText.clear();
    byText.set(text, plan);
    return plan;
  };

  return {
    planFor,
    known: (fullName) => readers.has(fullName),
    own: (fp) => texts.get(fp.toString('latin1')),
    find: (id, fp) => {
      if (fp === undefined) return byIdAlone.get(id);
      const candidates = byId.get(id);
      if (candidates) for (const plan of candidates) if (sameFingerprint(plan.fingerprint, fp)) return plan;
      return undefined;
    },
    remember: (id, fp, plan) => {
      if (byId.size >= MAX_PLANS) byId.clear();
      if (byIdAlone.size >= MAX_PLANS) byIdAlone.clear();
      if (fp === undefined) byIdAlone.set(id, plan);
      else if (plan.fingerprint.equals(fp)) byId.set(id, [...(byId.get(id) ?? []).slice(-7), plan]);
    },
  };
};

const makePlan = (
  text: string,
  readers: ReadonlyMap<string, EventType>,
  head: RecordSchema | undefined,
): AnyPlan => {
  const fp = fingerprintOf(text);
  try {
    if (text.length > MAX_SCHEMA_BYTES) throw new Error(`a schema of ${text.length} characters`);
    const writer = parseSchema(text);
    const fullName = writer.name ?? '';
    const reader = readers.get(fullName);
    if (reader) return eventPlan(fp, reader, compileReader(writer, reader.type));
    const read = head
      ? compileReader(writer, headReader(fullName, head))
      : compileReader(writer, emptyReader(fullName));
    const make = (found: Record<string, unknown>): Decoded => ({
      kind: 'unknown',
      fullName,
      head: (found.meta ?? null) as DecodedHead,
      fingerprint: fp,
    });
    return { fullName, fingerprint: fp, read, make };
  } catch (error) {
    return {
      fingerprint: fp,
      refused: `writer schema ${fp.toString('hex')}: ${error instanceof Error ? error.message : String(error)}`,
    };
  }
};

type DecodedHead = Extract<Decoded, { kind: 'unknown' }>['head'];

const eventPlan = (fp: Buffer, type: EventType, read: BodyReader): Plan => ({
  fullName: type.fullName,
  fingerprint: fp,
  read,
  make: (record) => ({ kind: 'event', name: type.name, record, fingerprint: fp }) as unknown as DecodedEvent,
});

/** The head alone, under the writer's name: acceptance of a type unknown to this build needs no more (law 12). */
const headReader = (fullName: string, head: RecordSchema): RecordSchema =>
  parseSchema(
    JSON.stringify({ type: 'record', name: fullName, fields: [{ name: 'meta', type: head.schema() }] }),
  );

const emptyReader = (fullName: string): RecordSchema =>
  parseSchema(JSON.stringify({ type: 'record', name: fullName, fields: [] }));
