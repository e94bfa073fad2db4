import { OWNED_TOPICS } from '../../events/topics.js';
import type { Decoded, DecodedEvent } from './codec.js';
import { compileReader, parseSchema, type BodyReader, type RecordSchema } from './compile.js';
import type { EventType } from './encode.js';
import { fingerprintOf, sameFingerprint } from './wire.js';

/** How records of one writer's schema are read in one topic: resolved once, then the hot path. */
export interface Plan {
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
export type AnyPlan = Plan | NoPlan;

/** Plans are made per (topic, writer's schema); an attacker can not make us keep more than this. */
const MAX_PLANS = 4096;
const MAX_SCHEMA_BYTES = 256 * 1024;
export interface TopicPlans {
  find(id: number, fp: Buffer | undefined): AnyPlan | undefined;
  remember(id: number, fp: Buffer | undefined, plan: AnyPlan): void;
  planFor(text: string): AnyPlan;
  /** Is a type of this name ours? */
  known(fullName: string): boolean;
  /** Text of a schema of this build. */
  own(fp: Buffer): string | undefined;
}

/** The plans of each topic, made when a schema is first met. */
export const topicPlans = (types: readonly EventType[]): ((topic: string) => TopicPlans) => {
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
