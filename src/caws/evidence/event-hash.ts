import { createHash } from 'node:crypto';
import { canonicalJson } from '../canonical-json.js';
import type { Hash } from '../formats.js';

/** Keeps these hashes apart from all others; its NUL cannot occur in the text behind it. */
const DOMAIN = 'caws.events.v1\0';

/**
 * `sha256:` and the hash over the domain and the canonical text of the whole event but `event_hash`: every field counts, those
 * CAWS does not know as well.
 * @throws CanonicalError where the event has no canonical text.
 */
export function computeEventHash(event: object): Hash {
  const { event_hash: _, ...rest } = event as { readonly event_hash?: unknown };
  return `sha256:${createHash('sha256').update(DOMAIN).update(canonicalJson(rest), 'utf8').digest('hex')}`;
}
