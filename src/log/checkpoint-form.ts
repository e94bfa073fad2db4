import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { TopicPartition } from '../bus/port.js';
import type { Checkpoint } from './checkpoint.js';

/** Written last: what the chunks of one cut hold. */
export interface Manifest {
  readonly position: number;
  readonly claim: number;
  readonly seq: number;
  readonly cause: number;
  readonly foldVersion: number;
  readonly lastHash: string;
  /** SHA-256 of each chunk, in order. */
  readonly chunks: readonly string[];
  /** So many of them, the first ones, are pieces of the index; each other one holds whole streams. */
  readonly indexChunks: number;
  readonly logTopicId: string | null;
  readonly inboxTopicId: string | null;
}

export const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

export const keyOf = (at: TopicPartition, cut: number, chunk: string): string =>
  `${at.topic}/${at.partition}/${cut}/${chunk}`;

export const manifestOf = (
  checkpoint: Checkpoint,
  chunks: readonly string[],
  indexChunks: number,
): Manifest => ({
  position: checkpoint.position,
  claim: checkpoint.acceptance.claim,
  seq: checkpoint.acceptance.seq,
  cause: checkpoint.cause,
  foldVersion: checkpoint.foldVersion,
  lastHash: checkpoint.lastHash.toString('hex'),
  chunks,
  indexChunks,
  logTopicId: checkpoint.topicIds.log,
  inboxTopicId: checkpoint.topicIds.inbox,
});

const HASH = /^[0-9a-f]{64}$/;

/** The manifest in these bytes; undefined: it is none that this build can use. */
export const parseManifest = (bytes: Buffer | null): Manifest | undefined => {
  const found = parseObject(bytes);
  if (found === undefined) return undefined;
  const { position, claim, seq, cause, foldVersion, lastHash, chunks, indexChunks } = found;
  const numbers = [position, claim, seq, cause, foldVersion, indexChunks].every(Number.isSafeInteger);
  const hashes = Array.isArray(chunks) && [lastHash, ...(chunks as unknown[])].every(isHash);
  if (!numbers || !hashes || !isTopicId(found.logTopicId) || !isTopicId(found.inboxTopicId)) return undefined;
  return found as unknown as Manifest;
};

const isTopicId = (value: unknown): boolean => value === null || typeof value === 'string';

const isHash = (value: unknown): boolean => typeof value === 'string' && HASH.test(value);

const parseObject = (bytes: Buffer | null): Record<string, unknown> | undefined => {
  if (bytes === null) return undefined;
  try {
    const found: unknown = JSON.parse(bytes.toString());
    return typeof found === 'object' && found !== null ? (found as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
};

type Body = Pick<Checkpoint, 'streams' | 'index'>;
type Stream = Body['streams'][number];

/** What is made, pressed or read without a pause: a few milliseconds. */
const PIECE_BYTES = 256 * 1024;
/** One piece, unpacked: a single stream may be larger than a piece, but not without end. */
const MOST_PIECE_BYTES = 64 * 1024 * 1024;

/** The index's JSON in pieces. */
export function* indexPieces(json: Buffer): Generator<Buffer> {
  for (let at = 0; at < json.length; at += PIECE_BYTES) yield pressed(json.subarray(at, at + PIECE_BYTES));
}

/** The streams, some at a time. A stream without a value is written without one: JSON has no undefined. */
export function* streamPieces(streams: Body['streams']): Generator<Buffer> {
  let texts: string[] = [];
  let bytes = 0;
  for (const [id, version, value] of streams) {
    const text = JSON.stringify(value === undefined ? [id, version] : [id, version, value]);
    texts.push(text);
    bytes += text.length;
    if (bytes < PIECE_BYTES) continue;
    yield pressed(`[${texts.join(',')}]`);
    texts = [];
    bytes = 0;
  }
  if (texts.length > 0) yield pressed(`[${texts.join(',')}]`);
}

const pressed = (text: string | Buffer): Buffer => gzipSync(text, { level: 1 });
const unpacked = (piece: Buffer): Buffer => gunzipSync(piece, { maxOutputLength: MOST_PIECE_BYTES });

export const readIndex = (pieces: readonly Buffer[]): unknown =>
  JSON.parse(Buffer.concat(pieces.map(unpacked)).toString());

export const readStreams = (piece: Buffer): readonly Stream[] =>
  (JSON.parse(unpacked(piece).toString()) as Stream[]).map(([id, version, value]) => [id, version, value]);
