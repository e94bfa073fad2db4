import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Bus, LogRecord, OutgoingRecord, Publisher, TopicPartition } from '../bus/port.js';
import type { Acceptance } from './acceptance.js';
import {
  indexPieces,
  keyOf,
  manifestOf,
  parseManifest,
  readIndex,
  readStreams,
  sha256,
  streamPieces,
  type Manifest,
} from './checkpoint-form.js';

/** The folded state of an owned partition at one consistent cut. */
export interface Checkpoint {
  readonly position: number;
  readonly acceptance: Acceptance;
  readonly cause: number;
  readonly lastHash: Buffer;
  readonly foldVersion: number;
  /** Of the log and of its inbox: what was deleted and made anew is another one. */
  readonly topicIds: TopicIds;
  /** stream id, version, value. Values are never changed, only replaced, so this stays the cut while the owner goes on. */
  readonly streams: readonly (readonly [string, number, unknown])[];
  readonly index: unknown;
}

export interface TopicIds {
  readonly log: string | null;
  readonly inbox: string | null;
}

export interface CheckpointStore {
  /** The newest whole checkpoint of this fold version and of these topics; undefined: fold from 0. */
  latest(
    at: TopicPartition,
    of: Pick<Checkpoint, 'foldVersion' | 'topicIds'>,
  ): Promise<Checkpoint | undefined>;
  /** Writes it in the background, piece by piece; a failed write only costs a longer restore. */
  write(at: TopicPartition, checkpoint: Checkpoint): Promise<void>;
}

export interface CheckpointOptions {
  readonly bus: Bus;
  readonly publisher: Publisher;
  readonly topic: string;
  readonly partitions: number;
  onError(error: unknown): void;
  /** Lets others run between two pieces; default: one turn of the event loop. */
  pause?(): Promise<unknown>;
}

/**
 * Checkpoints in a compacted topic: chunks first, the manifest last, the former cut deleted afterwards. Any mismatch
 * (hash, fold version, topic made anew) means an older one or none. Caches, never the truth (law 1).
 */
export const createCheckpointStore = (options: CheckpointOptions): CheckpointStore => {
  const { bus, publisher, topic } = options;
  const pause = (): Promise<unknown> => (options.pause ?? nextTurn)();
  const partitionOf = (at: TopicPartition): number => at.partition % options.partitions;
  const former = new Map<string, readonly string[]>();
  let writing: Promise<void> = Promise.resolve();

  const put = (at: TopicPartition, key: string, value: Buffer | null): Promise<unknown> => {
    const record: OutgoingRecord = { key: Buffer.from(key), value };
    return publisher.publish(topic, partitionOf(at), record);
  };

  /** Publishes pieces as they are made. */
  const putAll = async (
    at: TopicPartition,
    cut: number,
    pieces: Iterable<Buffer>,
    hashes: string[],
  ): Promise<void> => {
    const published: Promise<unknown>[] = [];
    const failures: unknown[] = [];
    for (const piece of pieces) {
      const one = put(at, keyOf(at, cut, String(hashes.length)), piece);
      // Seen to at once: one that fails while others are still made would end the process.
      one.catch((error: unknown) => failures.push(error));
      published.push(one);
      hashes.push(sha256(piece));
      await pause();
      if (failures.length > 0) break;
    }
    await Promise.all(published);
  };

  const store = async (at: TopicPartition, checkpoint: Checkpoint, index: Buffer): Promise<void> => {
    const { position } = checkpoint;
    const hashes: string[] = [];
    await putAll(at, position, indexPieces(index), hashes);
    const indexChunks = hashes.length;
    await putAll(at, position, streamPieces(checkpoint.streams), hashes);
    const manifestKey = keyOf(at, position, 'manifest');
    await put(at, manifestKey, Buffer.from(JSON.stringify(manifestOf(checkpoint, hashes, indexChunks))));
    const keys = new Set([manifestKey, ...hashes.map((_hash, i) => keyOf(at, position, String(i)))]);
    const owner = `${at.topic}/${at.partition}`;
    const stale = (former.get(owner) ?? []).filter((key) => !keys.has(key));
    former.set(owner, [...keys]);
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

  const open = async (
    at: TopicPartition,
    manifest: Manifest,
    found: Map<string, LogRecord>,
  ): Promise<Checkpoint | undefined> => {
    const chunks: Buffer[] = [];
    for (const [i, hash] of manifest.chunks.entries()) {
      const chunk = found.get(keyOf(at, manifest.position, String(i)))?.value;
      if (chunk == null || sha256(chunk) !== hash) return undefined;
      chunks.push(chunk);
    }
    try {
      const index = readIndex(chunks.slice(0, manifest.indexChunks));
      const streams: Checkpoint['streams'][number][] = [];
      for (const chunk of chunks.slice(manifest.indexChunks)) {
        for (const stream of readStreams(chunk)) streams.push(stream);
        await pause();
      }
      return { ...headOf(manifest), streams, index };
    } catch (error) {
      options.onError(error);
      return undefined;
    }
  };

  return {
    latest: async (at, { foldVersion, topicIds }) => {
      const found = await readAll(at);
      const manifests = [...found.entries()]
        .filter(([key]) => key.endsWith('/manifest'))
        .flatMap(([, record]) => parseManifest(record.value) ?? [])
        .filter((m) => m.foldVersion === foldVersion)
        .filter((m) => m.logTopicId === topicIds.log && m.inboxTopicId === topicIds.inbox)
        .sort((a, b) => b.position - a.position);
      former.set(`${at.topic}/${at.partition}`, [...found.keys()]);
      for (const manifest of manifests) {
        const checkpoint = await open(at, manifest, found);
        if (checkpoint !== undefined) return checkpoint;
      }
      return undefined;
    },
    write: (at, checkpoint) => {
      // Indexes change in place, so theirs is taken down at once.
      const index = Buffer.from(JSON.stringify(checkpoint.index));
      writing = writing
        .then(() => store(at, checkpoint, index))
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
  topicIds: { log: manifest.logTopicId, inbox: manifest.inboxTopicId },
});
