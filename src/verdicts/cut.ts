import { hash } from 'node:crypto';
import type { Json } from './input.js';

const DEEPEST = 16;
/** No text or observation stands in a statement with more bytes than this. */
export const LONGEST_TEXT = 4096;

/** A text or observation, read once however long it is: what may stand, how much there was, and its digest if that is more. */
export interface Measured<T> {
  readonly kept: T;
  readonly bytes: number;
  readonly sha256: string | undefined;
}

/** Nearly all texts: short, and without a half of a surrogate pair, so that they stand as they are. */
const PLAIN = /^[^\p{Surrogate}]*$/u;

/** `kept` is the text itself where it is short and plain, else its first bytes. */
export function measureText(text: string): Measured<Buffer | string> {
  if (text.length * 3 <= LONGEST_TEXT && PLAIN.test(text))
    return { kept: text, bytes: Buffer.byteLength(text), sha256: undefined };
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length <= LONGEST_TEXT) return { kept: bytes, bytes: bytes.length, sha256: undefined };
  return { kept: bytes.subarray(0, LONGEST_TEXT), bytes: bytes.length, sha256: sha256Hex(bytes) };
}

export function measureJson(value: Json): Measured<Json> {
  const sorted = inOrder(value, 0);
  const json = JSON.stringify(sorted);
  const bytes = Buffer.byteLength(json);
  if (bytes <= LONGEST_TEXT) return { kept: sorted, bytes, sha256: undefined };
  return { kept: null, bytes, sha256: sha256Hex(Buffer.from(json, 'utf8')) };
}

/** At most `most` bytes of UTF-8, cut at a character's edge and followed by the size and digest of the whole. */
export function cutText(text: Measured<Buffer | string>, most: number): string {
  // Written back from the bytes: a lone surrogate becomes U+FFFD here, not something else in each reader.
  if (text.bytes <= most) return text.kept.toString();
  const kept = Buffer.from(text.kept);
  let end = Math.min(most, kept.length);
  while (end > 0 && ((kept[end] ?? 0x80) & 0xc0) === 0x80) end -= 1;
  const sha256 = text.sha256 ?? sha256Hex(kept);
  return `${kept.toString('utf8', 0, end)}… [${text.bytes} bytes, sha256 ${sha256}]`;
}

/** A value small enough to stand in the statement, its keys in order; else its size and digest. */
export function cutJson(value: Measured<Json>, most: number): Json {
  if (value.bytes <= most && value.sha256 === undefined) return value.kept;
  const sha256 = value.sha256 ?? sha256Hex(Buffer.from(JSON.stringify(value.kept), 'utf8'));
  return { cut: true, bytes: value.bytes, sha256 };
}

/** Key order comes from the keys, not from whoever built the object: the same facts give the same bytes. */
function inOrder(value: Json, depth: number): Json {
  if (depth > DEEPEST) return { cut: true, deeperThan: DEEPEST };
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (typeof value !== 'object' || value === null) return value;
  if (isArray(value)) return value.map((one) => inOrder(one, depth + 1));
  const keys = Object.keys(value).sort();
  return Object.fromEntries(keys.map((key) => [key, inOrder(value[key] ?? null, depth + 1)]));
}

function isArray(value: object): value is readonly Json[] {
  return Array.isArray(value);
}

export function sha256Hex(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'hex');
}
