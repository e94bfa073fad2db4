import type { CodecOptions, Decoded } from './codec.js';
import { Cursor } from './cursor.js';
import type { EventType } from './encode.js';
import { BodyError, type UndecodableCode } from './errors.js';
import { idLookup } from './lookup.js';
import { topicPlans, type AnyPlan, type TopicPlans } from './plans.js';
import type { SchemaSource } from './source.js';
import { fingerprint, schemaId, PREFIX_BYTES, type WireRecord } from './wire.js';

type Result = Decoded | Promise<Decoded>;
export type Decode = (record: WireRecord & { readonly topic: string }) => Result;

const MAX_VALUE_BYTES = 1024 * 1024;

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
    if (value.length > MAX_VALUE_BYTES)
      return undecodable('TOO_LARGE', `expected at most ${MAX_VALUE_BYTES} bytes, found ${value.length}`);
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
