/**
 * The checker's own reading: kafkajs for the bytes and avsc with the schemas of `arbiter.schemas` for the records. None
 * of Arbiter's bus, codec or log is used, so that what is checked does not vouch for itself.
 */
import { createHash, randomUUID } from 'node:crypto';
import avsc from 'avsc';
import { Kafka, logLevel } from 'kafkajs';

/** A record as read; `record` undefined: it can not be decoded. */
export interface Row {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
  readonly bytes: Buffer | null;
  readonly name: string | undefined;
  readonly record: Readonly<Record<string, unknown>> | undefined;
  /** SHA-256 of (schema fingerprint ‖ Avro body), hex; '' without a fingerprint. */
  readonly hash: string;
}

/** Rows by topic and partition, in offset order, and the end of each partition. */
export interface Dump {
  readonly rows: ReadonlyMap<string, readonly (readonly Row[])[]>;
  readonly ends: ReadonlyMap<string, readonly number[]>;
}

interface Raw {
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
  readonly value: Buffer | null;
  readonly fingerprint: Buffer | undefined;
}

const STALL_MS = 60_000;

/** Reads the topics from their beginnings to their ends. */
export const readTopics = async (brokers: string, topics: readonly string[]): Promise<Dump> => {
  const kafka = new Kafka({
    clientId: 'chaos-check',
    brokers: brokers.split(','),
    logLevel: logLevel.NOTHING,
  });
  const admin = kafka.admin();
  await admin.connect();
  const ends = new Map<string, number[]>();
  for (const topic of topics) {
    const offsets = await admin.fetchTopicOffsets(topic);
    const list: number[] = [];
    for (const { partition, high } of offsets) list[partition] = Number(high);
    ends.set(topic, list);
  }
  const groupId = `chaos-check-${randomUUID()}`;
  const raws = await readRaw(kafka, groupId, ends);
  await admin.deleteGroups([groupId]).catch(() => undefined);
  await admin.disconnect();
  const schemas = schemasIn(raws.get('arbiter.schemas') ?? []);
  const rows = new Map<string, Row[][]>();
  for (const topic of topics) {
    if (topic === 'arbiter.schemas') continue;
    const partitions: Row[][] = (ends.get(topic) ?? []).map(() => []);
    for (const raw of raws.get(topic) ?? []) partitions[raw.partition]?.push(rowOf(topic, raw, schemas));
    rows.set(topic, partitions);
  }
  return { rows, ends };
};

const readRaw = async (
  kafka: Kafka,
  groupId: string,
  ends: ReadonlyMap<string, readonly number[]>,
): Promise<ReadonlyMap<string, readonly Raw[]>> => {
  const raws = new Map<string, Raw[]>([...ends.keys()].map((topic) => [topic, []]));
  const left = new Set(
    [...ends].flatMap(([topic, list]) => list.flatMap((end, p) => (end > 0 ? [`${topic}/${p}`] : []))),
  );
  const consumer = kafka.consumer({ groupId, sessionTimeout: 60_000, maxWaitTimeInMs: 200 });
  await consumer.connect();
  for (const topic of ends.keys()) await consumer.subscribe({ topic, fromBeginning: true });
  let lastAt = Date.now();
  const read = new Map<string, number>();
  await consumer.run({
    autoCommit: false,
    eachBatch: ({ batch }) => {
      lastAt = Date.now();
      const { topic, partition } = batch;
      const end = ends.get(topic)?.[partition] ?? 0;
      for (const { offset, timestamp, value, headers } of batch.messages) {
        const key = `${topic}/${partition}`;
        // A rebalance would deliver again.
        if (Number(offset) >= end || Number(offset) <= (read.get(key) ?? -1)) continue;
        read.set(key, Number(offset));
        const found = headers?.['schema-fingerprint'];
        const fingerprint = Buffer.isBuffer(found) && found.length === 32 ? found : undefined;
        const raw = { partition, offset: Number(offset), timestamp: Number(timestamp), value, fingerprint };
        raws.get(topic)?.push(raw);
      }
      if (Number(batch.lastOffset()) + 1 >= end) left.delete(`${topic}/${partition}`);
      return Promise.resolve();
    },
  });
  while (left.size > 0) {
    if (Date.now() - lastAt > STALL_MS)
      throw new Error(`checker: expected to read on, nothing came of ${[...left].join(', ')}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await consumer.disconnect();
  return raws;
};

interface Schemas {
  of(topic: string, raw: Raw): avsc.Type | undefined;
}

const schemasIn = (raws: readonly Raw[]): Schemas => {
  const byFingerprint = new Map<string, avsc.Type>();
  const byId = new Map<string, avsc.Type>();
  for (const { value } of raws) {
    if (value === null) continue;
    const { fingerprint, subjects, ids, text } = JSON.parse(value.toString('utf8')) as {
      fingerprint: string;
      subjects: string[];
      ids: number[];
      text: string;
    };
    const type = avsc.Type.forSchema(JSON.parse(text) as avsc.Schema);
    byFingerprint.set(fingerprint, type);
    for (const subject of subjects)
      for (const id of ids) byId.set(`${subject.slice(0, subject.lastIndexOf('-'))} ${id}`, type);
  }
  return {
    of: (topic, { value, fingerprint }) => {
      if (fingerprint !== undefined) return byFingerprint.get(fingerprint.toString('hex'));
      if (value === null || value.length < 5 || value[0] !== 0) return undefined;
      return byId.get(`${topic} ${value.readInt32BE(1)}`);
    },
  };
};

const rowOf = (topic: string, raw: Raw, schemas: Schemas): Row => {
  const { partition, offset, timestamp, value, fingerprint } = raw;
  const at = { topic, partition, offset, timestamp, bytes: value };
  const body = value?.subarray(5);
  const hash =
    fingerprint === undefined || body === undefined
      ? ''
      : createHash('sha256').update(fingerprint).update(body).digest('hex');
  const type = schemas.of(topic, raw);
  if (type === undefined || body === undefined) return { ...at, name: undefined, record: undefined, hash };
  try {
    const record = type.fromBuffer(body) as Record<string, unknown>;
    return { ...at, name: type.name?.split('.').at(-1), record, hash };
  } catch {
    return { ...at, name: undefined, record: undefined, hash };
  }
};
