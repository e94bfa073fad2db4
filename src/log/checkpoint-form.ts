import { createHash } from 'node:crypto';
import type { TopicPartition } from '../bus/port.js';
import type { Checkpoint } from './checkpoint.js';

/** Written last: what the chunks of one cut hold (architecture part 2). */
export interface Manifest {
  readonly position: number;
  readonly claim: number;
  readonly seq: number;
  readonly cause: number;
  readonly foldVersion: number;
  readonly lastHash: string;
  /** SHA-256 of each chunk, in order. */
  readonly chunks: readonly string[];
  readonly logTopicId: string | null;
}

export const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

export const keyOf = (at: TopicPartition, cut: number, chunk: string): string =>
  `${at.topic}/${at.partition}/${cut}/${chunk}`;

export const manifestOf = (
  checkpoint: Checkpoint,
  chunks: readonly string[],
  logTopicId: string | null,
): Manifest => ({
  position: checkpoint.position,
  claim: checkpoint.acceptance.claim,
  seq: checkpoint.acceptance.seq,
  cause: checkpoint.cause,
  foldVersion: checkpoint.foldVersion,
  lastHash: checkpoint.lastHash.toString('hex'),
  chunks,
  logTopicId,
});

const HASH = /^[0-9a-f]{64}$/;

/** The manifest in these bytes; undefined: it is none that this build can use. */
export const parseManifest = (bytes: Buffer | null): Manifest | undefined => {
  const found = parseObject(bytes);
  if (found === undefined) return undefined;
  const { position, claim, seq, cause, foldVersion, lastHash, chunks, logTopicId } = found;
  const numbers = [position, claim, seq, cause, foldVersion].every(Number.isSafeInteger);
  const hashes = Array.isArray(chunks) && [lastHash, ...(chunks as unknown[])].every(isHash);
  if (!numbers || !hashes || !(logTopicId === null || typeof logTopicId === 'string')) return undefined;
  return found as unknown as Manifest;
};

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

/** A stream without a value is written without one: JSON has no undefined. */
export const encodeBody = (body: Body): string =>
  JSON.stringify({
    streams: body.streams.map(([id, version, value]) =>
      value === undefined ? [id, version] : [id, version, value],
    ),
    index: body.index,
  });

export const decodeBody = (json: string): Body => {
  const { streams, index } = JSON.parse(json) as Body;
  return { streams: streams.map(([id, version, value]) => [id, version, value]), index };
};
