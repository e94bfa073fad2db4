import { gunzipSync, gzipSync } from 'node:zlib';
import type { Bus, LogRecord, OutgoingRecord, Publisher, TopicPartition } from '../bus/port.js';
import type { Acceptance } from './acceptance.js';
import {
  decodeBody,
  encodeBody,
  keyOf,
  manifestOf,
  parseManifest,
  sha256,
  type Manifest,
} from './checkpoint-form.js';

/** The folded state of an owned partition at one consistent cut. */
export interface Checkpoint {
  readonly position: number;
  readonly acceptance: Acceptance;
  readonly cause: number;
  readonly lastHash: Buffer;
  readonly foldVersion: number;
  /** stream id, version, value. */
  readonly streams: readonly (readonly [string, number, unknown])[];
  readonly index: unknown;
}

export interface CheckpointStore {
  /** The newest whole checkpoint of this fold version; undefined: fold from 0. */
  latest(at: TopicPartition, foldVersion: number): Promise<Checkpoint | undefined>;
  /** Takes the state now, writes it in the background; a failed write only costs a longer restore. */
  write(at: TopicPartition, checkpoint: Checkpoint): Promise<void>;
}

export interface CheckpointOptions {
  readonly bus: Bus;
  readonly publisher: Publisher;
  readonly topic: string;
  readonly partitions: number;
  topicId(topic: string): string | null;
  onError(error: unknown): void;
}

const CHUNK_BYTES = 512 * 1024;
/** A checkpoint larger than this is not read back: the log is folded instead. */
const MAX_BYTES = 1024 * 1024 * 1024;

/**
 * Checkpoints in a compacted topic: chunks first, the manifest last, the former cut deleted afterwards. Any mismatch
 * (hash, fold version, topic made anew) means an older one or none. Caches, never the truth (law 1).
 */
export const createCheckpointStore = (options: CheckpointOptions): CheckpointStore => {
  const { bus, publisher, topic } = options;
  const partitionOf = (at: TopicPartition): number => at.partition % options.partitions;
  const former = new Map<string, readonly string[]>();
  let writing: Promise<void> = Promise.resolve();

  const put = (at: TopicPartition, key: string, value: Buffer | null): Promise<unknown> => {
    const record: OutgoingRecord = { key: Buffer.from(key), value };
    return publisher.publish(topic, partitionOf(at), record);
  };

  const store = async (at: TopicPartition, checkpoint: Checkpoint, bytes: Buffer): Promise<void> => {
    const chunks: Buffer[] = [];
    for (let i = 0; i < bytes.length; i += CHUNK_BYTES) chunks.push(bytes.subarray(i, i + CHUNK_BYTES));
    const keys = chunks.map((_chunk, i) => keyOf(at, checkpoint.position, String(i)));
    await Promise.all(chunks.map((chunk, i) => put(at, keys[i] ?? '', chunk)));
    const manifest = manifestOf(checkpoint, chunks.map(sha256), options.topicId(at.topic));
    const manifestKey = keyOf(at, checkpoint.position, 'manifest');
    await put(at, manifestKey, Buffer.from(JSON.stringify(manifest)));
    const owner = `${at.topic}/${at.partition}`;
    const stale = (former.get(owner) ?? []).filter((key) => key !== manifestKey && !keys.includes(key));
    former.set(owner, [...keys, manifestKey]);
    await Promise.all(stale.map((key) => put(at, key, null)));
  };

  const readAll = async (at: TopicPartition): Promise<Map<string, LogRecord>> => {
    const prefix = `${at.topic}/${at.partition}/`;
    const found = new Map<string, LogRecord>();
    const partition = partitionOf(at);
    const begin = (await bus.admin.beginOffsets(topic))[partition] ?? 0;
    for await (const batch of bus.readRange({ topic, partition }, begin)) {
      for (const record of batch.records) {
        const key = record.key?.toString() ?? '';
        if (!key.startsWith(prefix)) continue;
        if (record.value === null) found.delete(key);
        else found.set(key, record);
      }
    }
    return found;
  };

  const open = (
    at: TopicPartition,
    manifest: Manifest,
    found: Map<string, LogRecord>,
  ): Checkpoint | undefined => {
    const chunks: Buffer[] = [];
    for (const [i, hash] of manifest.chunks.entries()) {
      const chunk = found.get(keyOf(at, manifest.position, String(i)))?.value;
      if (chunk == null || sha256(chunk) !== hash) return undefined;
      chunks.push(chunk);
    }
    try {
      const bytes = gunzipSync(Buffer.concat(chunks), { maxOutputLength: MAX_BYTES });
      return { ...decodeBody(bytes.toString()), ...headOf(manifest) };
    } catch (error) {
      options.onError(error);
      return undefined;
    }
  };

  return {
    latest: async (at, foldVersion) => {
      const found = await readAll(at);
      const manifests = [...found.entries()]
        .filter(([key]) => key.endsWith('/manifest'))
        .flatMap(([, record]) => parseManifest(record.value) ?? [])
        .filter((m) => m.foldVersion === foldVersion && m.logTopicId === options.topicId(at.topic))
        .sort((a, b) => b.position - a.position);
      former.set(`${at.topic}/${at.partition}`, [...found.keys()]);
      for (const manifest of manifests) {
        const checkpoint = open(at, manifest, found);
        if (checkpoint !== undefined) return checkpoint;
      }
      return undefined;
    },
    write: (at, checkpoint) => {
      const json = encodeBody(checkpoint);
      writing = writing
        .then(() => store(at, checkpoint, gzipSync(json, { level: 1 })))
        .catch((error: unknown) => options.onError(error));
      return writing;
    },
  };
};

const headOf = (manifest: Manifest): Omit<Checkpoint, 'streams' | 'index'> => ({
  position: manifest.position,
  acceptance: { claim: manifest.claim, seq: manifest.seq },
  cause: manifest.cause,
  lastHash: Buffer.from(manifest.lastHash, 'hex'),
  foldVersion: manifest.foldVersion,
});
